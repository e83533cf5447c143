"""Cumulative Gradient Energy (Eq. 3) of a training at work, spent step by step."""

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.amp import GradScaler
from torch.optim import Optimizer
from torch.utils.module_tracker import ModuleTracker

from rgm_torch.follow import Follower

BACKWARD = ModuleTracker()  # its `is_bw` says whether a backward pass is under way


class CumulativeEnergy(nn.Module):
    """E_k = Σ_t η_t² ‖g_k^(t)‖², where g^(t) is all that one optimizer step used.

    `energy` (M,) is what the steps taken have spent, `pending` (M,) the ‖g_k‖² gathered for the
    next step, `rate` (M,) the last known η_k, `steps` the number of steps, `skipped` that of
    backward passes with gradients that were not finite. `turn` counts the steps of an optimizer
    that is followed, in this process. Source: Eq. 3.
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
        self.turn = 0
        self._waiting = True  # False where `pending` is known to be 0, without asking a GPU
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
            optimizer.register_step_pre_hook(lambda *_: self._stepping(follower)),
            optimizer.register_step_post_hook(lambda *_: self._stepped(follower)),
        ]
        measured = self.rate.clone()
        self._set_rate(follower)
        if step == "effective":  # a measured rate, if there is one, is better than a nominal one
            self.rate.copy_(torch.where(self.steps > 0, measured, self.rate))

    def reset(self) -> None:
        """Forget all energy; an optimizer that is followed is followed on."""
        for buffer in (self.energy, self.pending, self.steps, self.skipped):
            buffer.zero_()

    def begin(self) -> None:
        """Before a forward pass: gradients that were thrown away never moved anything.

        Not where checkpointing repeats a forward pass within a backward pass.
        """
        if self._follower is None or not self._waiting or BACKWARD.is_bw:
            return
        if self._follower.idle():
            self._drop()

    def unscaled(self, squares: Tensor) -> Tensor:
        """Squares of a scaled loss's gradients as those of the loss, without waiting for a GPU."""
        if self._scaler is None or not self._scaler.is_enabled():
            return squares
        one = torch.ones((), dtype=squares.dtype, device=squares.device)
        return squares / self._scaler.scale(one).square()

    def seen(self, own: Tensor | None) -> Tensor:
        """E (M,) that a backward pass is modulated with; `own` are its ‖g_k‖² if those count."""
        if self._follower is not None and self._follower.step == "rate":
            self._set_rate(self._follower)
        waiting = self.pending if own is None else self.pending + own
        return torch.addcmul(self.energy, self.rate.square(), waiting)

    def spend(self, squares: Tensor, finite: Tensor) -> None:
        """Add the ‖g_k‖² (M,) of a backward pass, if finite, to the step that is being prepared."""
        self._waiting = True
        bad = ~finite
        self.pending.add_(squares.masked_fill(bad, 0))  # `+=` would register the buffer once more
        self.skipped.add_(bad)
        if self._follower is None:
            self._add(self.pending)

    def _stepping(self, follower: Follower) -> None:
        """A step is about to be taken."""
        follower.remember()
        if follower.step == "rate":
            self._set_rate(follower)

    def _stepped(self, follower: Follower) -> None:
        """A step was taken: what was pending is spent, unless the step was skipped inside."""
        self.turn += 1
        rate, overflow = follower.taken(self.rate), follower.overflow()
        if overflow is None:
            self.rate.copy_(rate)
            self._add(self.pending)
        else:
            taken = overflow == 0
            self.rate.copy_(torch.where(taken, rate, self.rate))
            self._add(torch.where(taken, self.pending, 0), taken)

    def _add(self, squares: Tensor, steps: Tensor | int = 1) -> None:
        self.energy.addcmul_(self.rate.square(), squares)
        self.steps.add_(steps)
        self._drop()

    def _drop(self) -> None:
        self.pending.zero_()
        self._waiting = False

    def _set_rate(self, follower: Follower) -> None:
        """Write the optimizer's rates; numbers go to a GPU without a copy it would wait for."""
        rates = follower.rates()
        if all(rate is rates[0] for rate in rates):
            self.rate.fill_(rates[0])
        else:
            for k, rate in enumerate(rates):
                self.rate[k].fill_(rate)

    def _apply(self, fn, recurse=True):
        """Sums over a whole training move with the model, but no `.half()` rounds them."""
        before = dict(self.named_buffers(recurse=False))
        super()._apply(fn, recurse)
        for name, old in before.items():
            new = self.get_buffer(name)
            if new.dtype != old.dtype:
                # Apple's GPUs have no float64.
                dtype = torch.float32 if new.device.type == "mps" else old.dtype
                setattr(self, name, old.to(device=new.device, dtype=dtype))
        return self

    def _load_from_state_dict(self, *args, **kwargs):
        """A state may be that of the middle of a step."""
        super()._load_from_state_dict(*args, **kwargs)
        self._waiting = True

    def __getstate__(self) -> dict[str, Any]:
        """A copy or a pickle follows nobody: the optimizer stays with the original."""
        return {**self.__dict__, "_follower": None, "_scaler": None, "_hooks": []}
