"""The step sizes that Eq. 3 multiplies gradients with, read off an optimizer at work."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

STEPS = ("rate", "effective")


class Follower:
    """Learning rates per modality: the optimizer's own, or the steps it really took.

    rate: η_k is the learning rate of the parameter group that holds modality k, scheduled or not.
    effective: η_k = ‖Δθ_k‖ / ‖∇θ_k‖, what the last step made of the gradient it was given. Plain
    gradient descent gives the learning rate back; momentum, weight decay and Adam's denominators
    are counted in. It costs a copy of the encoders' parameters per step.
    Raises: ValueError where the modalities' parameters are needed but not given, or do not fit.
    Source: Eq. 3, "the effective learning rate (reflecting … optimizer dynamics)".
    """

    def __init__(
        self,
        optimizer: Optimizer,
        modalities: int,
        parameters: Sequence[Iterable[nn.Parameter]] | None = None,
        step: str = "rate",
    ):
        if step not in STEPS:
            raise ValueError(f"step: got {step!r}, expected one of {list(STEPS)}")
        if parameters is None and step == "effective":
            raise ValueError("parameters: needed for step='effective', one list per modality")
        if parameters is not None and len(parameters) != modalities:
            raise ValueError(
                f"parameters: got {len(parameters)} lists, expected one per modality ({modalities})"
            )
        self.optimizer, self.modalities, self.step = optimizer, modalities, step
        self.parameters = None if parameters is None else [list(each) for each in parameters]
        self._before: list[list[Tensor]] = []
        self.rates()  # a mistake shows here, not in the middle of a training

    def rates(self) -> list:
        """Learning rate of every modality now."""
        groups = self.optimizer.param_groups
        if self.parameters is None:
            rates = {float(group["lr"]) for group in groups}
            if len(rates) > 1:
                raise ValueError(
                    f"parameters: the optimizer's groups have the learning rates {sorted(rates)}; "
                    "say which parameters belong to which modality, one list per modality"
                )
            return [groups[0]["lr"]] * self.modalities
        return [self._rate_of(k) for k in range(self.modalities)]

    def _rate_of(self, modality: int):
        assert self.parameters is not None
        held = {
            id(p): group["lr"] for group in self.optimizer.param_groups for p in group["params"]
        }
        rates = [held[id(p)] for p in self.parameters[modality] if id(p) in held]
        if not rates or len({float(rate) for rate in rates}) > 1:
            found = (
                f"the learning rates {sorted(set(map(float, rates)))}" if rates else "none of them"
            )
            raise ValueError(
                f"parameters[{modality}]: the optimizer holds {found}, expected one rate for all"
            )
        return rates[0]

    def idle(self) -> bool:
        """Whether no parameter has a gradient: a step was finished, or thrown away."""
        groups = self.optimizer.param_groups
        return all(p.grad is None for group in groups for p in group["params"])

    def remember(self) -> None:
        """Before a step: keep the parameters, to see how far they go."""
        if self.step == "effective" and self.parameters is not None:
            self._before = [[p.detach().clone() for p in each] for each in self.parameters]

    def taken(self, rates: Tensor) -> Tensor:
        """After a step: η_k (M,), and the old rate where a gradient was zero."""
        if self.step == "rate" or self.parameters is None:
            return rates
        found = [
            _length(p - q for p, q in zip(now, before, strict=True))
            / _length(p.grad for p in now if p.grad is not None)
            for now, before in zip(self.parameters, self._before, strict=True)
        ]
        taken = torch.stack(found).to(rates)
        return torch.where(taken.isfinite(), taken, rates)


def _length(tensors: Iterable[Tensor]) -> Tensor:
    """Length of all tensors together."""
    lengths = [torch.linalg.vector_norm(t.detach(), dtype=torch.float32) for t in tensors]
    return torch.linalg.vector_norm(torch.stack(lengths)) if lengths else torch.zeros(())
