"""Synergistic Enhanced Projection, Syn (Eqs. 9–11): rescale the blocks, keep their directions.

Whether that brings two gradients closer (Theorem 2) is the business of `alignment`.
"""

import numpy as np

from rgm_ref._checks import as_gradients, as_nonnegative, as_shares, one_of, positive
from rgm_ref._scaled import norm, safe_divide, unit
from rgm_ref._shapes import Float
from rgm_ref.blocks import block_norms, split

Array = np.ndarray

READINGS = ("swap", "one-sided", "unsquared")


def alpha(
    gradients: Float[Array, "M *batch d"], shares: Float[Array, "M *_"], blocks: int
) -> Float[Array, "M *batch l"]:
    """Block scaling α_i^(k) = √(w_i S_k) / ‖g_i^(k)‖ with S_k = Σ_i ‖g_i^(k)‖².

    Shapes: gradients (M, ..., d), shares (M, ...) → (M, ..., l). At a zero block α is singular and
    α g has no limit; α = 0 there, so that 0 stays 0: see claim synergy-zero. Raises: ValueError
    where the shares do not sum to 1. Source: Eq. 11.
    """
    gradients = as_gradients(gradients)
    norms = block_norms(gradients, blocks)
    return safe_divide(_root_share(shares, gradients) * norm(norms, axis=0), norms)


def project(
    gradients: Float[Array, "M *batch d"], shares: Float[Array, "M *_"], blocks: int
) -> Float[Array, "M *batch d"]:
    """Projection P_i^(k) = √(w_i S_k) · g_i^(k) / ‖g_i^(k)‖: block lengths as √w_i : √w_j.

    It is α_i^(k) g_i^(k) without the detour over α, which is infinite at a zero block; 0 stays 0.
    Shapes: as `alpha` → (M, ..., d). Keeps Σ_i ‖P_i^(k)‖² = S_k where no block is zero: see claim
    synergy-solution. Raises: as `alpha`. Source: Eqs. 9 and 11.
    """
    gradients = as_gradients(gradients)
    root_share = _root_share(shares, gradients)
    return np.concatenate(
        [
            root_share * norm(norm(block), axis=0) * unit(block)
            for block in split(gradients, blocks)
        ],
        axis=-1,
    )


def _root_share(shares: Array, gradients: Array) -> Array:
    """√w_i in the shape (M, ..., 1); the shares of Eq. 11 sum to 1, or energy is not kept."""
    w = as_shares(shares, gradients)
    if (np.abs(w.sum(axis=0) - 1) > 8 * np.finfo(w.dtype).eps).any():
        raise ValueError(f"shares: sum to {w.sum(axis=0).ravel()}, expected 1")
    return np.sqrt(w)


def printed_lengths(
    lengths: Float[Array, "2 *blocks"], ratio: float, reading: str
) -> Float[Array, "2 *blocks"]:
    """Block lengths (‖P_i‖, ‖P_j‖) that constraint (10) demands as printed; none of them is Eq. 11.

    With a = ‖g_i‖, b = ‖g_j‖ per block and ρ = `ratio`:
    'swap', first line for both modalities: (b, a), possible only for ρ = 1;
    'one-sided', first line for i alone: (ρ b, a + b − ρ b), which needs ρ b ≤ a + b;
    'unsquared', ‖g_j‖ corrected to ‖P_j‖: (ρ, 1)(a + b)/(1 + ρ).
    Shapes: (2, ...) → (2, ...). Raises: ValueError where the reading has no solution. Source:
    Eq. 10, see claim synergy-constraint.
    """
    a, b = as_nonnegative(lengths, "lengths")
    positive(ratio, "ratio")
    one_of(reading, READINGS, "reading")
    if reading == "unsquared":
        return np.stack([ratio / (1 + ratio) * (a + b), (a + b) / (1 + ratio)])
    if reading == "swap":
        if ratio != 1:
            raise ValueError(f"ratio: got {ratio}, expected 1, the only value both lines allow")
        return np.stack([b, a])
    if (ratio * b > a + b).any():
        raise ValueError(f"ratio: {ratio} leaves no length for j, expected ratio * b <= a + b")
    return np.stack([ratio * b, a + b - ratio * b])


def best_angle(lengths: Float[Array, "2 l"]) -> float:
    """Angle φ* of the block ratio ρ = tan φ that distorts the pair least.

    tan φ* = Σ_k s_k a_k / Σ_k s_k b_k with s_k = √S_k; Eq. 11 uses sin²φ = w_i instead.
    Shapes: block lengths (2, l) → radians in [0, π/2]. Source: ours, see claim synergy-best-ratio.
    """
    return float(np.arctan2(*_pull(lengths)))


def best_angle_one_sided(lengths: Float[Array, "2 l"]) -> float:
    """Angle φ that distorts modality i least, j left out of the objective as Eq. 9 is printed.

    sin φ = Σ_k s_k a_k / Σ_k S_k with s_k = √S_k. Shapes: block lengths (2, l), not all zero →
    radians in [0, π/2]. Source: ours, see claim synergy-best-ratio.
    """
    s = _root_energies(lengths)
    return float(np.arcsin(min(1.0, _pull(lengths)[0] / (s @ s))))


def distortion(lengths: Float[Array, "2 l"], angle: float) -> float:
    """Distortion Σ_k ‖P_i^(k) − g_i^(k)‖² + ‖P_j^(k) − g_j^(k)‖² = 2 ΣS_k − 2N cos(φ − φ*).

    N² = (Σ s_k a_k)² + (Σ s_k b_k)². Shapes: block lengths (2, l), radians → squared length.
    Source: Eq. 9 summed over both modalities, see claim synergy-best-ratio.
    """
    s = _root_energies(lengths)
    return float(2 * s @ s - 2 * np.hypot(*_pull(lengths)) * np.cos(angle - best_angle(lengths)))


def price(lengths: Float[Array, "2 l"], share: float) -> float:
    """What the share costs beyond the least distortion, 2N (1 − cos(φ_w − φ*)), sin²φ_w = w_i.

    Computed as 4N sin²((φ_w − φ*)/2), which does not cancel near φ*. Shapes: block lengths (2, l),
    0 ≤ w_i ≤ 1 → squared length. Source: ours, see claim synergy-least-distorting.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share: got {share}, expected a number from 0 to 1")
    share_angle = np.arctan2(np.sqrt(share), np.sqrt(1 - share))
    return float(
        4 * np.hypot(*_pull(lengths)) * np.sin((share_angle - best_angle(lengths)) / 2) ** 2
    )


def _root_energies(lengths: Array) -> Array:
    """s_k = √(a_k² + b_k²)."""
    lengths = as_nonnegative(lengths, "lengths")
    if lengths.ndim != 2 or len(lengths) != 2:
        raise ValueError(f"lengths: got shape {lengths.shape}, expected (2, l)")
    return np.hypot(*lengths.astype(np.float64))


def _pull(lengths: Array) -> Array:
    """(Σ_k s_k a_k, Σ_k s_k b_k) = N (sin φ*, cos φ*)."""
    return as_nonnegative(lengths, "lengths") @ _root_energies(lengths)
