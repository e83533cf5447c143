"""What the layer must do, said again with NumPy: `rgm_ref`, one sample after the other."""

from collections.abc import Sequence

import numpy as np
import torch

from rgm_ref.mixing import mixing_matrix
from rgm_ref.plane import nonconflict
from rgm_ref.synorth import synorth
from rgm_torch import RGM


class Oracle:
    """Cumulative energies (M,) and, for gradients (M, ..., d), what the layer must send back."""

    def __init__(self, modalities=2, blocks=1, energy="raw", granularity="sample", **options):
        self.spent = np.zeros(modalities)
        self.blocks, self.accumulate = blocks, energy
        self.granularity, self.options = granularity, options

    def step(self, gradients: np.ndarray, rate=1.0, present: np.ndarray | None = None):
        """One backward pass that is one optimizer step; `present` (M, ...) or nothing."""
        there = np.ones(gradients.shape[:-1], bool) if present is None else present
        counted = np.where(there[..., None], gradients, 0)
        raw = np.square(rate) * energy_of(counted)
        seen = self.spent + raw if self.accumulate == "raw" or not self.spent.any() else self.spent
        mixed = (self.by_sample if self.granularity == "sample" else self.of_batch)(
            gradients, seen, there
        )
        after = np.square(rate) * energy_of(np.where(there[..., None], mixed, 0))
        self.spent = self.spent + (raw if self.accumulate == "raw" else after)
        return mixed

    def by_sample(self, gradients, energy, there):
        """Eq. 15 for the modalities that each sample has; one of them alone keeps its gradient."""
        mixed = gradients.copy()
        for sample in np.ndindex(gradients.shape[1:-1]):
            here = np.flatnonzero(there[:, *sample])
            if len(here) > 1:
                chosen = gradients[here, *sample]
                mixed[here, *sample] = synorth(chosen, energy[here], self.blocks, **self.options)
        return mixed

    def of_batch(self, gradients, energy, there):
        """One matrix per block for the whole batch, from the Gram matrices of all its samples."""
        M, width = len(gradients), gradients.shape[-1]
        here = np.flatnonzero(there.reshape(M, -1).any(axis=1))
        mixed = gradients.copy()
        if len(here) < 2:
            return mixed
        g = np.where(there[..., None], gradients, 0)[here].reshape(len(here), -1, width)
        cuts = np.array_split(np.arange(width), self.blocks)
        gram = np.stack([np.einsum("isd,jsd->ij", g[..., c], g[..., c]) for c in cuts], axis=-1)
        matrix = mixing_matrix(gram, energy[here], **self.options)
        for k, cut in enumerate(cuts):
            g[..., cut] = np.einsum("ij,jsd->isd", matrix[..., k], g[..., cut].copy())
        full = np.zeros_like(gradients)
        full[here] = g.reshape(len(here), *gradients.shape[1:])
        return np.where(there[..., None], full, gradients)


def energy_of(gradients: np.ndarray) -> np.ndarray:
    """‖g_k‖² of all samples together, (M, ..., d) → (M,)."""
    return np.square(gradients).reshape(len(gradients), -1).sum(axis=1)


def mean_conflict(gradients: np.ndarray) -> float:
    """Mean c of the first pair over samples."""
    return float(nonconflict(gradients)[0, 1].mean())


def send_back(
    rgm: RGM, gradients: np.ndarray | torch.Tensor | Sequence[torch.Tensor], present=None
) -> np.ndarray:
    """What features receive when the layer's outputs are given these gradients."""
    if isinstance(gradients, np.ndarray):
        gradients = torch.from_numpy(gradients)
    features = [torch.zeros_like(g).requires_grad_() for g in gradients]
    torch.autograd.backward(rgm(*features, present=present), list(gradients))
    return torch.stack([f.grad for f in features]).double().numpy()
