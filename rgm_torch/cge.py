"""Cumulative Gradient Energy (Eq. 3) of a training at work, spent step by step."""

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.amp import GradScaler
from torch.optim import Optimizer

from rgm_torch.follow import Follower
from rgm_torch.precision import KeepsPrecision


class CumulativeEnergy(KeepsPrecision, nn.Module):
    """E_k = Σ_t η_t² ‖g_k^(t)‖², where g^(t) is all that one optimizer step used.

    `energy` (M,) is what the steps taken have spent, `pending` (M,) the ‖g_k‖² gathered for the
    next step, `rate` (M,) the last known η_k, `steps` the number of steps, `skipped` that of
    gradients that were not finite. Source: Eq. 3.
    """

    energy: Tensor
    pending: Tensor
    rate: Tensor
    steps: Tensor
    skipped: Tensor

    def __init__(self, modalities: int):
        super().__init__()
        for name in ("energy", "pending", "rate"):
            self.register_buffer(name, torch.zeros(modalities, dtype=torch.float64))
        for name in ("steps", "skipped"):
            self.register_buffer(name, torch.zeros((), dtype=torch.int64))
        self.rate.fill_(1)
        self._follower: Follower | None = None
        self._scaler: GradScaler | None = None
        self._hooks: list[Any] = []

    def follow(
        self,
        optimizer: Optimizer,
        scaler: GradScaler | None,
        parameters: Sequence[Iterable[nn.Parameter]] | None,
        step: str,
    ) -> None:
        """Take step sizes and steps from an optimizer, the loss scale from a scaler."""
        follower = Follower(optimizer, len(self.energy), parameters, step)
        for hook in self._hooks:
            hook.remove()
        self._follower, self._scaler = follower, scaler
        self._hooks = [
            optimizer.register_step_pre_hook(lambda *_: follower.remember()),
            optimizer.register_step_post_hook(lambda *_: self._stepped()),
        ]
        self.rate.copy_(_vector(follower.rates()))

    def reset(self) -> None:
        """Forget all energy; an optimizer that is followed is followed on."""
        for buffer in (self.energy, self.pending, self.steps, self.skipped):
            buffer.zero_()

    def begin(self) -> None:
        """Before a forward pass: gradients that were thrown away never moved anything."""
        if self._follower is not None and self._follower.idle():
            self.pending.zero_()

    def seen(self, raw: Tensor | None) -> Tensor:
        """E (M,) that a backward pass is modulated with; `raw` is its own ‖g_k‖² if that counts."""
        if self._follower is not None and self._follower.step == "rate":
            self.rate.copy_(_vector(self._follower.rates()))
        own = self.pending if raw is None else self.pending + raw
        return self.energy + self.rate.square() * own

    def spend(self, squares: Tensor) -> None:
        """Add the ‖g_k‖² (M,) of a backward pass to the step that is being prepared."""
        finite = squares.isfinite().all()
        self.pending += torch.where(finite, squares, 0)
        self.skipped += ~finite
        if self._follower is None:
            self._stepped()

    def unscale(self) -> Tensor | float:
        """One over the loss scale, without waiting for a GPU to tell it."""
        if self._scaler is None or not self._scaler.is_enabled():
            return 1.0
        one = torch.ones((), dtype=torch.float64, device=self.energy.device)
        return 1 / self._scaler.scale(one)

    def _stepped(self) -> None:
        """A step was taken: what was pending is spent."""
        if self._follower is not None:
            self.rate.copy_(self._follower.taken(self.rate))
        self.energy += self.rate.square() * self.pending
        self.pending.zero_()
        self.steps += 1

    def __getstate__(self) -> dict[str, Any]:
        """A copy or a pickle follows nobody: the optimizer stays with the original."""
        return {**self.__dict__, "_follower": None, "_scaler": None, "_hooks": []}


def _vector(rates: list) -> Tensor:
    """Learning rates, numbers or tensors, as one tensor (M,)."""
    return torch.stack([torch.as_tensor(rate, dtype=torch.float64) for rate in rates])
