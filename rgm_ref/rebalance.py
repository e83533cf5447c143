"""Energy-Aware Rebalancing, EAR (Eqs. 7–8), and where it takes constant raw energies."""

import numpy as np

from rgm_ref._checks import as_energy, as_float, as_nonnegative, one_of
from rgm_ref._scaled import safe_divide
from rgm_ref._shapes import Float

Array = np.ndarray

ACCUMULATE = ("raw", "applied")
"""The two energies CGE can mean: of the gradients before, or after, they are scaled."""


def ratio(energy: Float[Array, "M *batch"]) -> Float[Array, "M *batch"]:
    """Rebalancing ratio r_i = Σ_j E_j / (M E_i): above 1 for a modality that has moved less.

    Shapes: (M, ...) → (M, ...), at least 1/M, unbounded above. A modality with no energy yet gets
    r_i = 1: without a gradient there is nothing to rebalance (as E_i → 0 there is no limit).
    Source: Eq. 7; claims rebalance-ratio and rebalance-unbounded.
    """
    energy = as_energy(energy)
    largest = energy.max(axis=0)
    mean = largest * safe_divide(energy, largest).mean(axis=0)  # its sum would overflow first
    return np.where(energy > 0, safe_divide(mean, energy), 1).astype(energy.dtype)


def pair_ratio(energy: Float[Array, "M *batch"]) -> Float[Array, "M M *batch"]:
    """Ratio within each pair, r_ij = (E_i + E_j) / (2 E_i): Eq. 7 of the pair (i, j) alone.

    Shapes: (M, ...) → (M, M, ...), 1 on the diagonal. Off it, equal to `ratio` for M = 2. For
    M > 2 Eq. 8 does not say which c_ij belongs to r_i; r_ij goes with c_ij.
    Source: ours for M > 2, see claim rebalance-many.
    """
    energy = as_energy(energy)
    pairs = np.stack(np.broadcast_arrays(energy[:, None], energy[None, :]))
    return ratio(pairs)[0]


def temper(
    ratio: Float[Array, "*#shape"], conflict: Float[Array, "*#shape"]
) -> Float[Array, "*#shape"]:
    """Conflict-aware ratio r̃ = r^((1 + c)/2): all of r at c = 1, none of it at c = −1.

    Shapes: broadcastable; the result has the ratio's dtype and lies between 1 and r.
    Raises: ValueError for a negative r and for c outside [−1, 1].
    Source: Eq. 8; claim rebalance-temper.
    """
    ratio = as_nonnegative(ratio, "ratio")
    return ratio ** ((1 + _cosine(conflict).astype(ratio.dtype)) / 2)


def trajectory(
    raw: Float[Array, "M *batch"], conflict: float | Array, steps: int, accumulate: str = "raw"
) -> tuple[Float[Array, "T M *batch"], Float[Array, "T M *batch"]]:
    """CGE before each step, and the energy r̃_i² e_i it applies, for constant raw energies e_i.

    E_i^(0) = e_i (one unscaled step), then E_i grows by e_i ('raw') or by r̃_i² e_i ('applied').
    Shapes: raw step energies (M, ...), conflict a number or (...) → two arrays (steps, M, ...).
    Source: Eqs. 3, 7, 8; claims rebalance-raw and rebalance-applied.
    """
    one_of(accumulate, ACCUMULATE, "accumulate")
    raw = as_energy(raw, "raw")
    cge, applied = np.empty((2, steps, *raw.shape), raw.dtype)
    energy, conflict = raw, np.asarray(conflict)
    for t in range(steps):
        cge[t], applied[t] = energy, temper(ratio(energy), conflict) ** 2 * raw
        energy = energy + (raw if accumulate == "raw" else applied[t])
    return cge, applied


def settled_exponent(conflict: float | Array, accumulate: str = "raw") -> float | Array:
    """Exponent x to which constant raw energies settle: applied energies ∝ (raw energies)^x.

    x = −c where CGE accumulates the raw gradients (equal at c = 0, inverted at c = 1), and
    x = 1/(2 + c) where it accumulates the applied ones (square root at c = 0, cube root at c = 1).
    Raises: ValueError for c outside [−1, 1] and for an unknown `accumulate`.
    Source: ours, see claims rebalance-raw and rebalance-applied.
    """
    one_of(accumulate, ACCUMULATE, "accumulate")
    conflict = _cosine(conflict)
    return -conflict if accumulate == "raw" else 1 / (2 + conflict)


def _cosine(conflict) -> Array:
    conflict = as_float(conflict, "conflict")
    if (np.abs(conflict) > 1).any():
        raise ValueError(f"conflict: got {conflict}, expected cosines in [-1, 1]")
    return conflict
