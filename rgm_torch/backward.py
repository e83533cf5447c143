"""The one autograd function: identity forward, all modalities' gradients together backward."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from rgm_torch.functional._safe import widened
from rgm_torch.modulation import masked, of_global_batch


class History:
    """What earlier backward passes through the same forward sent: the energy is that of the sum."""

    def __init__(self) -> None:
        self.sum: Tensor | None = None

    def overlap(self, gradients: Tensor, mask: Tensor | None) -> Tensor | float:
        """‖h + g‖² − ‖h‖² − ‖g‖² = 2 h·g per modality (M,); 0 on the first pass."""
        if self.sum is None:
            return 0.0
        products = masked(self.sum * gradients, mask).flatten(1).sum(dim=1)
        return 2 * of_global_batch(products)

    def add(self, gradients: Tensor) -> None:
        """One more pass."""
        self.sum = gradients if self.sum is None else self.sum + gradients


class Modulate(torch.autograd.Function):
    """Features (M tensors) → themselves; their gradients → what `layer.backward` makes of them."""

    @staticmethod
    def forward(ctx, layer, present: Tensor | None, *features: Tensor):
        """Views of the features, so that autograd knows them apart from what came in."""
        ctx.layer, ctx.present, ctx.history = layer, present, History()
        return tuple(feature.view_as(feature) for feature in features)

    @staticmethod
    @once_differentiable
    def backward(ctx, *gradients: Tensor):
        """Stack, modulate, and hand each modality its own, in its own dtype."""
        mask = _taking_part(ctx.present, ctx.needs_input_grad[2:], gradients[0])
        stacked = torch.stack([widened(gradient) for gradient in gradients])
        sent = ctx.layer.backward(ctx.history, stacked, mask)
        if sent is stacked:
            return None, None, *gradients
        pairs = zip(sent.unbind(0), gradients, strict=True)
        return None, None, *(new.to(old.dtype) for new, old in pairs)


def _taking_part(present: Tensor | None, trained: Sequence[bool], like: Tensor) -> Tensor | None:
    """Mask of the modalities that are there and whose encoders learn; None for all of them."""
    if all(trained):
        return present
    learning = torch.tensor(trained, device=like.device)
    if present is None:
        return learning
    return present & learning.reshape((-1,) + (1,) * (present.ndim - 1))
