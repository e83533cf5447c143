"""What RGM does to one backward pass: measure the gradients, place them on the plane, mix them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from rgm_torch.distributed import summed, world_size
from rgm_torch.functional._safe import widened
from rgm_torch.functional.blocks import block_gram, gram_cosines, squares
from rgm_torch.functional.mixing import Place, mix, place, placed_matrix


class Measured(NamedTuple):
    """Gram matrices (M, M, ..., l), energies (M,), and the cosines (M, M, ...) of logit pushes.

    At batch granularity there are no axes of samples, and everything is of the global batch; at
    sample granularity the energies are. `own`: Gram matrices of this process's samples. Without a
    head `conflict` is None: the cosines are those of the Gram matrices, Eq. 6.
    """

    gram: Tensor
    own: Tensor
    energy: Tensor
    conflict: Tensor | None


@dataclass(frozen=True)
class Modulation:
    """Blocks, granularity, the head (for the cosine of logit pushes), gates' slope, and the options
    of Eq. 15."""

    blocks: int
    whole_batch: bool
    head: nn.Linear | None
    compile: bool
    slope: str
    options: dict[str, Any]

    def measure(self, gradients: Tensor) -> Measured:
        """Gram matrices, energies and cosines of gradients (M, ..., d)."""
        own = gram = self._kernel(block_gram)(gradients, self.blocks)
        if self.whole_batch:
            gram = _over_samples(own)
        energy = squares(gram).flatten(1).sum(dim=1)
        energy = energy.double() if self.whole_batch else of_global_batch(energy)
        return Measured(gram, own, energy, self._logit_conflict(gradients))

    def _logit_conflict(self, gradients: Tensor) -> Tensor | None:
        """Cosines (M, M, ...) of the logit pushes, if there is a head."""
        if self.head is None:
            return None
        gram = block_gram(_pushes(gradients, self.head), 1)
        return gram_cosines((_over_samples(gram) if self.whole_batch else gram)[..., 0])

    def place(self, measured: Measured, energy: Tensor) -> Place:
        """Where every pair stands with these energies (M,), and its gates there."""
        return self._kernel(place)(measured.gram, energy, self.slope, measured.conflict)

    def matrix(self, measured: Measured, at: Place, mask: Tensor | None) -> Tensor:
        """Mixing matrices (M, M, ..., l); the mask (M, ...) says who is there."""
        if mask is not None and self.whole_batch:
            mask = summed(mask.flatten(1).any(dim=1).to(torch.int32)) > 0
        return self._kernel(placed_matrix)(measured.gram, at, **self.options, present=mask)

    def apply(self, matrix: Tensor, gradients: Tensor) -> Tensor:
        """Mixed gradients (M, ..., d)."""
        return self._kernel(mix)(self._for_samples(matrix, gradients.ndim - 2), gradients)

    def energy_after(self, matrix: Tensor, measured: Measured, mask: Tensor | None) -> Tensor:
        """Energies ‖Σ_j A_ij g_j‖² (M,) of the mixed gradients, the diagonal of A G Aᵀ."""
        matrix = self._for_samples(matrix, measured.own.ndim - 3)
        products = (matrix.unsqueeze(2) * measured.own).sum(dim=1) * matrix  # (AG)_ik A_ik
        if mask is not None:
            products = torch.where(mask[:, None, ..., None], products, 0)
        # Rounding may leave a 0 below it.
        return of_global_batch(products.flatten(1).sum(dim=1).clamp_min(0))

    def _for_samples(self, matrix: Tensor, axes: int) -> Tensor:
        """A batch's one matrix (M, M, l) with axes for its samples."""
        if not self.whole_batch:
            return matrix
        return matrix.reshape(matrix.shape[:2] + (1,) * axes + matrix.shape[-1:])

    def _kernel(self, function):
        return _compiled(function) if self.compile else function


@cache
def _compiled(function):
    return torch.compile(function, fullgraph=True)


def together(gradients: Sequence[Tensor], mask: Tensor | None) -> Tensor:
    """M gradients as one tensor (M, ..., d), float32 at least; zero where the mask is False."""
    stacked = torch.stack([widened(gradient) for gradient in gradients])
    return stacked if mask is None else stacked.masked_fill_(~mask[..., None], 0)


def all_finite(energy: Tensor, refuse: bool) -> Tensor:
    """Whether the energies (M,) are finite, so that all gradients are.

    Raises: ValueError if they are not and `refuse` is set, which waits for a GPU to know.
    """
    finite = energy.sum() < torch.inf
    if refuse and not finite:
        lengths = ", ".join(f"{length:.3g}" for length in energy.sqrt().tolist())
        raise ValueError(f"gradients: got lengths {lengths}, expected finite ones")
    return finite


def of_global_batch(energy: Tensor) -> Tensor:
    """Squared lengths or Gram matrices, of samples of this process, summed over all processes.

    In float64, of the gradient of the mean of the K processes' losses.
    """
    world = world_size()
    return energy.double() if world == 1 else summed(energy.double()) / world**2


def _over_samples(gram: Tensor) -> Tensor:
    """Gram matrices (M, M, l) of the global batch from those of its samples (M, M, ..., l)."""
    local = gram.flatten(2, -2).sum(dim=2) if gram.ndim > 3 else gram
    return of_global_batch(local).to(gram.dtype)


def _pushes(gradients: Tensor, head: nn.Linear) -> Tensor:
    """Logit pushes u_k = g_k W_kᵀ (M, ..., K), W_k the columns of the head for modality k."""
    blocks = head.weight.detach().unflatten(1, (len(gradients), gradients.shape[-1]))
    return torch.einsum("m...d,cmd->m...c", gradients, blocks.to(gradients.dtype))


def keep_unwanted(
    mixed: Tensor, gradients: Tensor, given: Sequence[Tensor], finite: Tensor, mask: Tensor | None
) -> list[Tensor]:
    """Mixed gradients (M, ..., d) as M tensors in the dtypes of those given.

    Those given stay where the mask (M, ...) is False, and everywhere if not all are `finite`.
    Written over `mixed`, to save memory; `gradients` are those given, as `together` has them.
    """
    if mask is None:
        torch.where(finite, mixed, gradients, out=mixed)
    else:
        for new, old, there in zip(mixed, given, mask[..., None], strict=True):
            torch.where(finite & there, new, old, out=new)
    return [new.to(old.dtype) for new, old in zip(mixed, given, strict=True)]
