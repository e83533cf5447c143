"""Synergistic Enhanced Projection, Syn (Eqs. 9–11), and when it helps (Theorem 2, repaired)."""

import numpy as np

from rgm_ref._checks import as_gradients, as_nonnegative, as_shares, one_of, positive
from rgm_ref._scaled import norm, safe_divide, unit
from rgm_ref._shapes import Float
from rgm_ref.blocks import block_norms, split

Array = np.ndarray


def alpha(
    gradients: Float[Array, "M *batch d"], shares: Float[Array, "M *_"], blocks: int
) -> Float[Array, "M *batch l"]:
    """Block scaling α_i^(k) = √(w_i S_k) / ‖g_i^(k)‖ with S_k = Σ_i ‖g_i^(k)‖².

    Shapes: gradients (M, ..., d), shares (M, ...) summing to 1 → (M, ..., l). At a zero block α is
    singular and α g has no limit; α = 0 there, so that 0 stays 0. Source: Eq. 11; claim synergy-zero.
    """
    gradients = as_gradients(gradients)
    norms = block_norms(gradients, blocks)
    return safe_divide(np.sqrt(as_shares(shares, gradients)) * norm(norms, axis=0), norms)


def project(
    gradients: Float[Array, "M *batch d"], shares: Float[Array, "M *_"], blocks: int
) -> Float[Array, "M *batch d"]:
    """Projection P_i^(k) = α_i^(k) g_i^(k): block lengths in the ratio √w_i : √w_j, directions kept.

    Computed as √(w_i S_k) times the direction of the block, which is finite at every scale.
    Shapes: as `alpha` → (M, ..., d). Keeps Σ_i ‖P_i^(k)‖² = S_k where no block is zero.
    Source: Eqs. 9 and 11.
    """
    gradients = as_gradients(gradients)
    root_share = np.sqrt(as_shares(shares, gradients))
    return np.concatenate(
        [
            root_share * norm(norm(block), axis=0) * unit(block)
            for block in split(gradients, blocks)
        ],
        axis=-1,
    )


READINGS = ("swap", "one-sided", "unsquared")


def printed_lengths(
    lengths: Float[Array, "2 *blocks"], ratio: float, reading: str
) -> Float[Array, "2 *blocks"]:
    """Block lengths (‖P_i‖, ‖P_j‖) that constraint (10) demands as printed; none of them is Eq. 11.

    With a = ‖g_i‖, b = ‖g_j‖ per block and ρ = `ratio`:
    'swap', first line for both modalities: (b, a), possible only for ρ = 1;
    'one-sided', first line for i alone: (ρ b, a + b − ρ b), which needs ρ b ≤ a + b;
    'unsquared', ‖g_j‖ corrected to ‖P_j‖: (ρ, 1)(a + b)/(1 + ρ).
    Shapes: (2, ...) → (2, ...). Source: Eq. 10, see claim synergy-constraint.
    """
    a, b = as_nonnegative(lengths, "lengths")
    positive(ratio, "ratio")
    one_of(reading, READINGS, "reading")
    if reading == "unsquared":
        return np.stack([ratio * (a + b), a + b]) / (1 + ratio)
    if reading == "swap":
        if ratio != 1:
            raise ValueError(
                f"ratio: got {ratio}, expected 1, the only value that both lines allow"
            )
        return np.stack([b, a])
    if (ratio * b > a + b).any():
        raise ValueError(f"ratio: {ratio} leaves no length for j, expected ratio * b <= a + b")
    return np.stack([ratio * b, a + b - ratio * b])


def best_angle(lengths: Float[Array, "2 l"]) -> float:
    """Angle φ* of the block ratio ρ = tan φ that distorts the pair least.

    tan φ* = Σ_k s_k a_k / Σ_k s_k b_k with s_k = √S_k; Eq. 11 uses sin²φ = w_i instead.
    Shapes: block lengths (2, l) → radians in [0, π/2]. Source: ours, see claim synergy-best-ratio.
    """
    a, b = as_nonnegative(lengths, "lengths")
    s = np.hypot(a, b)
    return float(np.arctan2((s * a).sum(), (s * b).sum()))


def distortion(lengths: Float[Array, "2 l"], angle: float) -> float:
    """Distortion Σ_k ‖P_i^(k) − g_i^(k)‖² + ‖P_j^(k) − g_j^(k)‖² = 2 ΣS_k − 2N cos(φ − φ*).

    N² = (Σ s_k a_k)² + (Σ s_k b_k)². Using the share's angle φ_w instead of φ* therefore costs
    2N (1 − cos(φ_w − φ*)). Shapes: block lengths (2, l), radians → squared length.
    Source: Eq. 9 summed over both modalities, see claim synergy-best-ratio.
    """
    a, b = as_nonnegative(lengths, "lengths")
    s = np.hypot(a, b)
    reach = np.hypot((s * a).sum(), (s * b).sum())
    return float(2 * (s**2).sum() - 2 * reach * np.cos(angle - best_angle(lengths)))


def cosine_before(lengths: Float[Array, "2 l"], cosines: Float[Array, "l"]) -> float:
    """Cosine of the pair, Σ_k q_k c_k with q_k = a_k b_k / (‖g_i‖ ‖g_j‖).

    Shapes: block lengths (2, l), block cosines (l,). Source: see claim synergy-cosine.
    """
    directions = unit(as_nonnegative(lengths, "lengths"))
    return float((directions[0] * directions[1] * cosines).sum())


def cosine_after(lengths: Float[Array, "2 l"], cosines: Float[Array, "l"]) -> float:
    """Cosine after Eq. 11, Σ_k p_k c_k with p_k = S_k / Σ S: the shares w drop out.

    Shapes: block lengths (2, l), every one positive; block cosines (l,). Raises: ValueError at a
    zero length (0 stays 0 there, and the formula changes). Source: see claim synergy-cosine.
    """
    lengths = as_nonnegative(lengths, "lengths")
    if (lengths == 0).any():
        raise ValueError("lengths: expected positive block lengths")
    energies = norm(lengths, axis=0)[0] / norm(lengths.ravel())
    return float((energies**2 * cosines).sum())


def improves(lengths: Float[Array, "2 l"], cosines: Float[Array, "l"]) -> bool:
    """Whether Eq. 11 does not lower the cosine: Theorem 2 repaired, Σ_k (p_k − q_k) c_k ≥ 0.

    Always true for equally long gradients with every c_k ≥ 0. Shapes: as `cosine_after`.
    Source: see claim synergy-repaired.
    """
    return cosine_after(lengths, cosines) >= cosine_before(lengths, cosines)
