"""How fast a branch learns through the others, and who leans on them most (Greedy)."""

from collections.abc import Iterable

import torch
from torch import Tensor


def effective_update(group: Iterable[tuple[Tensor, Tensor | None]]) -> Tensor:
    """ν = ‖g‖² / ‖θ‖² of parameters and their gradients (None is 0) as one vector."""
    pairs = [(p.detach().double(), g) for p, g in group]
    spent = [g.double().square().sum() for _, g in pairs if g is not None]
    size = torch.stack([p.square().sum() for p, _ in pairs]).sum()
    return torch.stack([size.new_zeros(()), *spent]).sum() / size


def learning_speed(bypass: Tensor, own: Tensor) -> Tensor:
    """s_k = log₁₀(Σ ν(bypass_k) / Σ ν(own_k)), in decades. Shapes: (M,), (M,) → (M,)."""
    return (bypass / own).log10()


def cared_for(speeds: Tensor, threshold: float) -> int | None:
    """argmax_k s_k if max s − min s > ε, else None. Shapes: (M,) → number."""
    apart = speeds.max() - speeds.min()
    return int(speeds.argmax()) if apart > threshold else None
