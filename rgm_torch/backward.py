"""The one autograd function: identity forward, all modalities' gradients together backward."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from rgm_torch.modulation import of_global_batch, together


class History:
    """Gradients that earlier backward passes through the same forward left in the same step."""

    def __init__(self) -> None:
        self.gradients: Sequence[Tensor] = ()
        self.turn = 0

    def join(
        self, energy: Tensor, gradients: Sequence[Tensor], mask: Tensor | None, turn: int
    ) -> Tensor:
        """‖h + g‖² − ‖h‖² = ‖g‖² + 2 h·g per modality (M,), ‖g‖² on the first pass; h ← h + g.

        A new `turn`, when the optimizer has stepped, starts anew. Shapes: `energy` ‖g‖² (M,), M
        gradients g (..., d).
        """
        if not self.gradients or self.turn != turn:
            self.gradients, self.turn = gradients, turn
            return energy
        before, now = together(self.gradients, mask), together(gradients, mask)
        self.gradients = (before + now).unbind()
        return energy + 2 * of_global_batch((before * now).flatten(1).sum(dim=1))


class Modulate(torch.autograd.Function):
    """Features (M tensors) → themselves; their gradients → what `layer.backward` makes of them."""

    @staticmethod
    def forward(ctx, layer, mask: Tensor | None, *features: Tensor):
        """The features under a new name each; what needed no gradient before needs none now.

        `detach`, not a view: the features may be changed in place after the layer, as without it.
        """
        ctx.layer, ctx.mask, ctx.history = layer, mask, History()
        ctx.set_materialize_grads(False)
        named = tuple(feature.detach() for feature in features)
        ctx.mark_non_differentiable(
            *(new for new, old in zip(named, features, strict=True) if not old.requires_grad)
        )
        return named

    @staticmethod
    @once_differentiable
    def backward(ctx, *gradients: Tensor | None):
        """All gradients at once; a modality that the loss does not use (None) gets None again."""
        like = next((g for g in gradients if g is not None), None)
        if like is None:
            return None, None, *gradients
        given = [torch.zeros_like(like) if g is None else g for g in gradients]
        with _without_autocast(like.device.type):
            sent = ctx.layer.backward(ctx.history, given, ctx.mask)
        pairs = zip(sent, gradients, strict=True)
        return None, None, *(None if g is None else new for new, g in pairs)


def _without_autocast(device: str) -> AbstractContextManager:
    """No autocast: where `backward()` is called under it, it would round the Gram matrices."""
    if torch.amp.is_autocast_available(device) and torch.is_autocast_enabled(device):
        return torch.autocast(device, enabled=False)
    return nullcontext()
