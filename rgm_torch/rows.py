"""What one backward pass leaves in the record: a place on the plane for every pair, and lengths."""

from itertools import combinations

import torch
from torch import Tensor

from rgm_torch.distributed import summed
from rgm_torch.functional.blocks import gram_cosines
from rgm_torch.functional.mixing import coordinates, gate
from rgm_torch.modulation import Measured

SINGLE = ("energy", "share", "norm_before", "norm_after")
PAIRWISE = ("balance", "conflict", "gate", "block_gate")


def columns(modalities: int) -> list[str]:
    """Names of a step and of what `row` records, such as share_0 and balance_0_1."""
    single = [f"{name}_{k}" for name in SINGLE for k in range(modalities)]
    pairs = list(combinations(range(modalities), 2))
    return ["step", *single, *(f"{name}_{i}_{j}" for name in PAIRWISE for i, j in pairs)]


def sample_columns(modalities: int) -> list[str]:
    """Names of a step and of what `sample_rows` records."""
    return ["step", *(f"conflict_{i}_{j}" for i, j in combinations(range(modalities), 2))]


def row(
    measured: Measured, energy: Tensor, after: Tensor, mask: Tensor | None, slope: str
) -> Tensor:
    """Energies, shares and norms per modality; w̄, c, γ_g and the mean γ_l per pair, i < j.

    All of the global batch; coordinates of single samples are averaged over those that have both
    modalities. Shapes: energies spent (M,), squared norms after modulation (M,) → one row.
    """
    at = coordinates(measured.gram.sum(dim=-1), energy, measured.conflict)
    gates = gate(at.conflict, at.balance, slope)
    block_gates = gate(gram_cosines(measured.gram), at.balance[..., None], slope).mean(dim=-1)
    means = _pair_means(torch.stack([at.conflict, gates, block_gates]), mask)
    balance = at.balance.flatten(2).mean(dim=2) if at.balance.ndim > 2 else at.balance
    i, j = _pairs(len(energy), energy.device)
    norms = [measured.energy.sqrt(), after.sqrt()]
    pairwise = [balance[i, j], *(mean[i, j] for mean in means)]
    return torch.cat([energy, energy / energy.sum(), *norms, *pairwise])


def sample_rows(conflict: Tensor, step: Tensor) -> Tensor:
    """c of every pair, i < j, one row per sample: (M, M, ...) → (n, 1 + pairs)."""
    i, j = _pairs(len(conflict), conflict.device)
    pairs = conflict.flatten(2)[i, j].T if conflict.ndim > 2 else conflict[i, j][None]
    return torch.cat([step.to(pairs.dtype).expand(len(pairs), 1), pairs], dim=1)


def _pairs(modalities: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Indices of the pairs i < j."""
    i, j = torch.triu_indices(modalities, modalities, 1, device=device)
    return i, j


def _pair_means(values: Tensor, mask: Tensor | None) -> Tensor:
    """Means (n, M, M) of (n, M, M, ...) over the samples of the global batch that have both."""
    values = values.flatten(3) if values.ndim > 3 else values[..., None]
    if mask is None or values.shape[-1] == 1:
        both = torch.ones_like(values[0])
    else:
        here = mask[:, None].expand(-1, values.shape[-1]) if mask.ndim == 1 else mask.flatten(1)
        both = (here[:, None] & here).to(values.dtype)
    total = summed(torch.cat([(values * both).sum(dim=-1), both.sum(dim=-1)[None]]).double())
    return total[:-1] / total[-1].clamp_min(1)
