"""What one backward pass leaves in the record: a place on the plane for every pair, and lengths.

A row is written at every step and seldom read. So what is written is raw, in few operations, and
`PlaneRecorder` makes shares, lengths and pairs of it when it is read.
"""

from itertools import combinations

import torch
from torch import Tensor

from rgm_torch.distributed import summed, world_size
from rgm_torch.functional.energy import shares
from rgm_torch.functional.mixing import Place
from rgm_torch.functional.plane import balance
from rgm_torch.recorder import Recorder

SINGLE = ("energy", "share", "norm_before", "norm_after")
PAIRWISE = ("balance", "conflict", "gate", "block_gate")


def columns(modalities: int) -> list[str]:
    """Names: the steps taken before, and then such as share_0 and balance_0_1."""
    single = [f"{name}_{k}" for name in SINGLE for k in range(modalities)]
    pairs = list(combinations(range(modalities), 2))
    return ["step", *single, *(f"{name}_{i}_{j}" for name in PAIRWISE for i, j in pairs)]


def sample_columns(modalities: int) -> list[str]:
    """Names of what `sample_rows` records: the steps taken before, and c of every pair."""
    return ["step", *(f"conflict_{i}_{j}" for i, j in combinations(range(modalities), 2))]


def row(step: Tensor, energy: Tensor, lengths2: Tensor, at: Place, mask: Tensor | None) -> Tensor:
    """Raw row (1, 1 + 3 M + 3 M²): steps, energies, squared lengths; c, 1 − γ_g and mean 1 − γ_l.

    All of the global batch; coordinates of single samples are averaged over those that have both
    modalities. Shapes: energies seen (M,), squared lengths before and after modulation (2 M,).
    """
    block_turn = at.block_turn
    if block_turn.shape[-1] > 1:
        block_turn = block_turn.mean(dim=-1, keepdim=True)
    means = _pair_means(torch.stack([at.conflict, at.turn, block_turn]), mask)
    return torch.cat([step.unsqueeze(0), energy, lengths2, means.flatten()]).unsqueeze(0)


class PlaneRecorder(Recorder):
    """Rows as `row` leaves them, read as `columns`: shares, w̄, lengths and gates, pairs i < j."""

    def __init__(self, modalities: int, capacity: int):
        width = 1 + 3 * modalities + 3 * modalities**2
        super().__init__(columns(modalities), capacity, width)
        self.modalities = modalities

    def table(self) -> Tensor:
        """The rows kept, raw (n, 1 + 3 M + 3 M²) → (n, columns)."""
        M = self.modalities
        step, energy, lengths2, pairs = self.ordered().cpu().T.split([1, M, 2 * M, 3 * M * M])
        conflict, turn, block_turn = pairs.unflatten(0, (3, M, M))
        i, j = torch.triu_indices(M, M, 1)
        pairwise = torch.stack([balance(energy), conflict, 1 - turn, 1 - block_turn])[:, i, j]
        single = [step, energy, shares(energy), lengths2.sqrt()]
        return torch.cat([*single, pairwise.flatten(0, 1)]).T


def sample_rows(conflict: Tensor, step: Tensor) -> Tensor:
    """c of every pair, i < j, one row per sample: (M, M, ...) → (n, 1 + pairs)."""
    i, j = torch.triu_indices(len(conflict), len(conflict), 1, device=conflict.device)
    pairs = conflict.reshape(*conflict.shape[:2], -1)[i, j].T.double()
    return torch.cat([step.to(pairs.dtype).expand(len(pairs), 1), pairs], dim=1)


def _pair_means(values: Tensor, mask: Tensor | None) -> Tensor:
    """Means (n, M, M) of (n, M, M, ..., 1) over the samples of the global batch that have both."""
    values = values.squeeze(-1)
    samples = values.shape[3:]
    if not samples:
        return values
    if mask is None and world_size() == 1:
        return values.flatten(3).sum(dim=-1) / max(samples.numel(), 1)
    if mask is None:
        both = values.new_ones(()).expand(values.shape[1:])
    else:
        both = (mask[:, None] & mask).to(values.dtype).expand(values.shape[1:])
        values = values * both
    total = summed(torch.cat([values, both[None]]).flatten(3).sum(dim=-1).double())
    return total[:-1] / total[-1].clamp_min(1)
