"""Gradients of several losses as the rows of a matrix, and one vector back into `.grad`.

What every method needs that compares gradients before it adds them: one forward pass, then one
backward pass per loss.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from rgm_torch.functional._safe import widened

Found = dict[Tensor, Tensor | None]


@dataclass(frozen=True)
class Gradients:
    """Gradients of m losses with respect to one group of parameters.

    parameters: those of the group that at least one loss depends on (features may stand for them).
    rows (m, d): the gradients, one tensor after the other, float32 or wider, free of AMP's scale,
    with zeros where a loss does not depend on a parameter. reached (m, parameters): where it does.
    scale: AMP's, that `.grad` must have until the loop takes it out again.
    """

    parameters: list[Tensor]
    rows: Tensor
    reached: Tensor
    scale: float

    @property
    def sizes(self) -> list[int]:
        """Number of entries of each parameter: what cuts a row into tensors."""
        return [parameter.numel() for parameter in self.parameters]

    def pieces(self, update: Tensor) -> list[Tensor]:
        """A vector (d,) as tensors like the parameters, with AMP's scale."""
        scaled = update if self.scale == 1 else update * self.scale
        parts = scaled.split(self.sizes)
        return [part.view_as(p).to(p.dtype) for p, part in zip(self.parameters, parts, strict=True)]

    def write(self, update: Tensor) -> None:
        """Set `.grad` of the group to a vector (d,)."""
        for parameter, piece in zip(self.parameters, self.pieces(update), strict=True):
            parameter.grad = piece


def gradients(
    losses: Sequence[Tensor],
    groups: Mapping[str, Iterable[Tensor]],
    scaler: torch.amp.GradScaler,
) -> dict[str, Gradients]:
    """∇L_i for each loss, by group; a group that no loss depends on is left out.

    One backward pass per loss through the graph they share, over all groups at once, so that a
    monitor between encoders and fusion sees the joint loss once. Frees the graph.
    """
    wanted = {name: [p for p in group if p.requires_grad] for name, group in groups.items()}
    each = list(dict.fromkeys(p for group in wanted.values() for p in group))
    last = len(losses) - 1
    found = [_backward(loss, each, scaler, keep=i < last) for i, loss in enumerate(losses)]
    scale = scaler.get_scale()
    together = {name: _together(group, found, scale) for name, group in wanted.items()}
    return {name: one for name, one in together.items() if one.parameters}


def _backward(loss: Tensor, parameters, scaler, keep: bool) -> Found:
    """The scaled gradient of one loss, None where it does not depend on a parameter."""
    found = torch.autograd.grad(
        scaler.scale(loss), parameters, retain_graph=keep, allow_unused=True
    )
    return dict(zip(parameters, found, strict=True))


def _together(group: list[Tensor], found: list[Found], scale: float) -> Gradients:
    """The gradients of one group, flattened."""
    parameters = [p for p in group if any(gradient[p] is not None for gradient in found)]
    reached = torch.tensor([[gradient[p] is not None for p in parameters] for gradient in found])
    entries = [_entries(p, gradient[p]) for gradient in found for p in parameters]
    rows = widened(torch.cat(entries)).view(len(found), -1) if entries else torch.empty(0)
    return Gradients(parameters, rows if scale == 1 else rows / scale, reached, scale)


def _entries(parameter: Tensor, gradient: Tensor | None) -> Tensor:
    """The gradient's entries in a row, zeros where there is none."""
    return (torch.zeros_like(parameter) if gradient is None else gradient).reshape(-1)
