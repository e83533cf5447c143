"""Energy-Aware Rebalancing, EAR (Eqs. 7–8), and where it takes constant raw energies."""

import torch
from torch import Tensor

from rgm_torch.functional._checks import as_energy, one_of
from rgm_torch.functional._safe import safe_divide

ACCUMULATE = ("raw", "applied")
"""The two energies CGE can mean: of the gradients before, or after, they are scaled."""


def ratio(energy: Tensor) -> Tensor:
    """Rebalancing ratio r_i = Σ_j E_j / (M E_i): above 1 for a modality that has moved less.

    Shapes: (M, ...) → (M, ...), at least 1/M, unbounded above. A modality with no energy yet gets
    r_i = 1: without a gradient there is nothing to rebalance (as E_i → 0 there is no limit).
    Source: Eq. 7; claims rebalance-ratio and rebalance-unbounded.
    """
    energy = as_energy(energy)
    largest = energy.detach().amax(dim=0)
    mean = largest * safe_divide(energy, largest).mean(dim=0)  # its sum would overflow first
    return torch.where(energy > 0, safe_divide(mean, energy), 1)


def pair_ratio(energy: Tensor) -> Tensor:
    """Ratio within each pair, r_ij = (E_i + E_j) / (2 E_i): Eq. 7 of the pair (i, j) alone.

    Shapes: (M, ...) → (M, M, ...), 1 on the diagonal. Off it, equal to `ratio` for M = 2. For
    M > 2 Eq. 8 does not say which c_ij belongs to r_i; r_ij goes with c_ij.
    Source: ours for M > 2, see claim rebalance-many.
    """
    energy = as_energy(energy)
    return ratio(torch.stack(torch.broadcast_tensors(energy[:, None], energy[None, :])))[0]


def temper(ratio: Tensor, conflict: float | Tensor) -> Tensor:
    """Conflict-aware ratio r̃ = r^((1 + c)/2): all of r at c = 1, none of it at c = −1.

    Shapes: broadcastable; the result has the ratio's dtype and lies between 1 and r.
    Source: Eq. 8; claim rebalance-temper.
    """
    if isinstance(conflict, Tensor):
        conflict = conflict.to(ratio.dtype)
    return ratio ** ((1 + conflict) / 2)


def settled_exponent(conflict: float | Tensor, accumulate: str = "raw") -> float | Tensor:
    """Exponent x to which constant raw energies settle: applied energies ∝ (raw energies)^x.

    x = −c where CGE accumulates the raw gradients (equal at c = 0, inverted at c = 1), and
    x = 1/(2 + c) where it accumulates the applied ones (square root at c = 0, cube root at c = 1).
    Raises: ValueError for an unknown `accumulate`. Source: ours, see claims rebalance-raw and
    rebalance-applied.
    """
    one_of(accumulate, ACCUMULATE, "accumulate")
    return -conflict if accumulate == "raw" else 1 / (2 + conflict)
