"""Energy-Aware Rebalancing, EAR (Eqs. 7–8)."""

import numpy as np

from rgm_ref._checks import as_energy, as_float, as_nonnegative
from rgm_ref._scaled import safe_divide
from rgm_ref._shapes import Float

Array = np.ndarray


def ratio(energy: Float[Array, "M *batch"]) -> Float[Array, "M *batch"]:
    """Rebalancing ratio r_i = Σ_j E_j / (M E_i): above 1 for a modality that has moved less.

    Shapes: (M, ...) → (M, ...), at least 1/M, unbounded above. A modality with no energy yet gets
    r_i = 1: it has had no gradient, so there is nothing to rebalance (as E_i → 0 there is no limit).
    Source: Eq. 7.
    """
    energy = as_energy(energy)
    largest = energy.max(axis=0)
    mean = safe_divide(energy, largest).mean(axis=0)
    return np.where(energy > 0, safe_divide(mean, safe_divide(energy, largest)), 1).astype(
        energy.dtype
    )


def pair_ratio(energy: Float[Array, "M *batch"]) -> Float[Array, "M M *batch"]:
    """Ratio within each pair, r_ij = (E_i + E_j) / (2 E_i): Eq. 7 of the pair (i, j) alone.

    Shapes: (M, ...) → (M, M, ...). Equal to `ratio` for M = 2. With it the joint-descent theorem
    carries over to M > 2: see claim synorth-many. Source: ours for M > 2.
    """
    energy = as_energy(energy)
    pairs = np.stack(np.broadcast_arrays(energy[:, None], energy[None, :]))
    return ratio(pairs)[0]


def temper(
    ratio: Float[Array, "*shape"], conflict: Float[Array, "*shape"]
) -> Float[Array, "*shape"]:
    """Conflict-aware ratio r̃ = r^((1 + c)/2): all of r at c = 1, none of it at c = −1.

    Shapes: broadcastable arrays. Lies between 1 and r. Raises: ValueError for c outside [−1, 1].
    Source: Eq. 8.
    """
    ratio, conflict = as_nonnegative(ratio, "ratio"), as_float(conflict, "conflict")
    if (np.abs(conflict) > 1).any():
        raise ValueError("conflict: expected cosines in [-1, 1]")
    return ratio ** ((1 + conflict) / 2)


def settled_exponent(conflict: float, accumulate: str = "raw") -> float:
    """Exponent x to which constant raw energies settle: applied energies ∝ (raw energies)^x.

    x = −c where CGE accumulates the raw gradients (equal at c = 0, inverted at c = 1), and
    x = 1/(2 + c) where it accumulates the applied ones (square root at c = 0, cube root at c = 1).
    Source: ours, see claims rebalance-raw and rebalance-applied.
    """
    if accumulate not in ("raw", "applied"):
        raise ValueError(f"accumulate: got {accumulate!r}, expected 'raw' or 'applied'")
    return -conflict if accumulate == "raw" else 1 / (2 + conflict)
