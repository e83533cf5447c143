"""What RGM does to one backward pass: measure the gradients, place them on the plane, mix them."""

from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from rgm_torch.distributed import summed, world_size
from rgm_torch.functional.blocks import block_gram, gram_cosines, squares
from rgm_torch.functional.mixing import mix, mixing_matrix


class Measured(NamedTuple):
    """Gram matrices (M, M, ..., l), the chosen cosines (M, M, ...), and the energies (M,).

    At batch granularity there are no axes of samples, and everything is of the global batch; at
    sample granularity the energies are.
    """

    gram: Tensor
    conflict: Tensor
    energy: Tensor


@dataclass(frozen=True)
class Modulation:
    """Blocks, granularity, the head (for the cosine of logit pushes), and options of Eq. 15."""

    blocks: int
    whole_batch: bool
    head: nn.Linear | None
    compile: bool
    options: dict[str, Any]

    def measure(self, gradients: Tensor, mask: Tensor | None) -> Measured:
        """Gram matrices of (M, ..., d); what the mask (M,) or (M, ...) leaves out is zero."""
        gradients = masked(gradients, mask)
        gram = self._kernel(block_gram)(gradients, self.blocks)
        pushes = gram if self.head is None else block_gram(_pushes(gradients, self.head), 1)
        if self.whole_batch:
            gram, pushes = _over_samples(gram), _over_samples(pushes)
            conflict = gram_cosines(pushes.sum(dim=-1))
            return Measured(gram, conflict, squares(gram.sum(dim=-1)).double())
        energy = squares(gram.sum(dim=-1)).flatten(1).sum(dim=1)
        return Measured(gram, gram_cosines(pushes.sum(dim=-1)), of_global_batch(energy))

    def matrix(self, measured: Measured, energy: Tensor, mask: Tensor | None) -> Tensor:
        """Mixing matrices (M, M, ..., l), the identity where an energy is not finite."""
        gram, conflict, spent = measured
        present = self._present(mask)
        matrix = self._kernel(mixing_matrix)(
            gram, energy, **self.options, conflict=conflict, present=present
        )
        eye = torch.eye(len(matrix), dtype=matrix.dtype, device=matrix.device)
        unchanged = eye.reshape(eye.shape + (1,) * (matrix.ndim - 2))
        return torch.where(spent.isfinite().all(), matrix, unchanged)

    def apply(self, matrix: Tensor, gradients: Tensor, mask: Tensor | None) -> Tensor:
        """Mixed gradients (M, ..., d); those that the mask leaves out stay what they were."""
        if self.whole_batch:
            samples = (1,) * (gradients.ndim - 2)
            matrix = matrix.reshape(matrix.shape[:2] + samples + matrix.shape[-1:])
        mixed = self._kernel(mix)(matrix, masked(gradients, mask))
        return mixed if mask is None else torch.where(_columns(mask, mixed), mixed, gradients)

    def _present(self, mask: Tensor | None) -> Tensor | None:
        """Which modalities take part: per sample, or anywhere in the global batch."""
        if mask is None or mask.ndim == 1 or not self.whole_batch:
            return mask
        return summed(mask.flatten(1).any(dim=1).to(torch.int32)) > 0

    def _kernel(self, function):
        return _compiled(function) if self.compile else function


@cache
def _compiled(function):
    return torch.compile(function, fullgraph=True)


def masked(x: Tensor, mask: Tensor | None) -> Tensor:
    """(M, ..., d) with zeros where the mask (M,) or (M, ...) is False."""
    return x if mask is None else torch.where(_columns(mask, x), x, 0)


def square_lengths(gradients: Tensor, mask: Tensor | None) -> Tensor:
    """‖g_k‖² of this process's samples together, (M, ..., d) → (M,)."""
    return torch.linalg.vector_norm(masked(gradients, mask).flatten(1), dim=1).square()


def of_global_batch(energy: Tensor) -> Tensor:
    """Squared lengths summed over processes, of the gradient of the mean of their K losses."""
    return summed(energy.double()) / world_size() ** 2


def _columns(mask: Tensor, x: Tensor) -> Tensor:
    """A mask (M,) or (M, ...) beside (M, ..., d)."""
    return mask.reshape(mask.shape + (1,) * (x.ndim - mask.ndim))


def _over_samples(gram: Tensor) -> Tensor:
    """Gram matrices (M, M, l) of the global batch from those of its samples (M, M, ..., l)."""
    local = gram.flatten(2, -2).sum(dim=2) if gram.ndim > 3 else gram
    return summed(local.double()).to(gram.dtype) / world_size() ** 2


def _pushes(gradients: Tensor, head: nn.Linear) -> Tensor:
    """Logit pushes u_k = g_k W_kᵀ (M, ..., K), W_k the columns of the head for modality k."""
    blocks = head.weight.detach().unflatten(1, (len(gradients), gradients.shape[-1]))
    return torch.einsum("m...d,cmd->m...c", gradients, blocks.to(gradients.dtype))
