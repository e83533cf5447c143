"""What one backward pass leaves in the record: a place on the plane for every pair, and lengths."""

from itertools import combinations

import torch
from torch import Tensor

from rgm_torch.distributed import summed
from rgm_torch.functional.blocks import gram_cosines
from rgm_torch.functional.energy import shares
from rgm_torch.functional.mixing import coordinates, gate
from rgm_torch.modulation import Measured

SINGLE = ("energy", "share", "norm_before", "norm_after")
PAIRWISE = ("balance", "conflict", "gate", "block_gate")


def columns(modalities: int) -> list[str]:
    """Names: the steps taken before, and what `row` records, such as share_0 and balance_0_1."""
    single = [f"{name}_{k}" for name in SINGLE for k in range(modalities)]
    pairs = list(combinations(range(modalities), 2))
    return ["step", *single, *(f"{name}_{i}_{j}" for name in PAIRWISE for i, j in pairs)]


def sample_columns(modalities: int) -> list[str]:
    """Names of what `sample_rows` records: the steps taken before, and c of every pair."""
    return ["step", *(f"conflict_{i}_{j}" for i, j in combinations(range(modalities), 2))]


def row(
    measured: Measured, energy: Tensor, lengths: Tensor, mask: Tensor | None, slope: str
) -> Tensor:
    """Energies, shares and norms per modality; w̄, c, γ_g and the mean γ_l per pair, i < j.

    All of the global batch; coordinates of single samples are averaged over those that have both
    modalities. Shapes: energies seen (M,), norms before and after modulation (2, M) → one row.
    """
    at = coordinates(measured.gram.sum(dim=-1), energy, measured.conflict)
    gates = gate(at.conflict, at.balance, slope)
    block_gates = gate(gram_cosines(measured.gram), at.balance[..., None], slope).mean(dim=-1)
    means = _pair_means(torch.stack([at.conflict, gates, block_gates]), mask)
    balance = at.balance.reshape(1, *means.shape[1:])
    i, j = _pairs(len(energy), energy.device)
    pairwise = torch.cat([balance, means])[:, i, j].flatten()
    return torch.cat([energy, shares(energy), lengths.flatten(), pairwise])


def sample_rows(measured: Measured, step: Tensor) -> Tensor:
    """c of every pair, i < j, one row per sample: (n, 1 + pairs)."""
    conflict = measured.conflict
    if conflict is None:
        conflict = gram_cosines(measured.gram.sum(dim=-1))
    i, j = _pairs(len(conflict), conflict.device)
    pairs = conflict.reshape(*conflict.shape[:2], -1)[i, j].T.to(measured.energy.dtype)
    return torch.cat([step.to(pairs.dtype).expand(len(pairs), 1), pairs], dim=1)


def _pairs(modalities: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Indices of the pairs i < j."""
    i, j = torch.triu_indices(modalities, modalities, 1, device=device)
    return i, j


def _pair_means(values: Tensor, mask: Tensor | None) -> Tensor:
    """Means (n, M, M) of (n, M, M, ...) over the samples of the global batch that have both."""
    samples = values.shape[3:]
    if not samples:
        return values.double()
    if mask is None:
        both = values.new_ones(()).expand(values.shape[1:])
    else:
        both = (mask[:, None] & mask).to(values.dtype).expand(values.shape[1:])
        values = values * both
    total = summed(torch.cat([values, both[None]]).flatten(3).sum(dim=-1).double())
    return total[:-1] / total[-1].clamp_min(1)
