"""The step sizes that Eq. 3 multiplies gradients with, read off an optimizer at work."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from rgm_torch.functional._checks import one_of

STEPS = ("rate", "effective")


class Follower:
    """Learning rates per modality: the optimizer's own, or the steps it really took.

    rate: η_k is the learning rate of the parameter group that holds modality k, scheduled or not.
    effective: η_k = ‖Δθ_k‖ / ‖∇θ_k‖, what the last step made of the gradient it was given (so after
    clipping). Plain gradient descent gives the learning rate back; momentum, weight decay and
    Adam's denominators are counted in. It costs a copy of the encoders' parameters per step.
    A modality none of whose parameters is trained has η_k = 0.
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
        self.step = one_of(step, STEPS, "step")
        if parameters is None and step == "effective":
            raise ValueError("parameters: needed for step='effective', one list per modality")
        if parameters is not None and len(parameters) != modalities:
            raise ValueError(
                f"parameters: got {len(parameters)} lists, expected one per modality ({modalities})"
            )
        self.optimizer, self.modalities = optimizer, modalities
        self.parameters = [list(each) for each in parameters or ()]
        self._before: list[list[Tensor]] = []
        self._groups = [self._groups_of(k) for k in range(len(self.parameters))]
        self.rates(wait=True)  # a mistake shows here, not in the middle of a training

    def rates(self, wait: bool = False) -> list[float | Tensor]:
        """Learning rate of every modality now.

        Rates that are tensors are compared only if we may `wait` for a GPU to tell them.
        """
        rates = [group["lr"] for group in self.optimizer.param_groups]
        if self.parameters:
            return [_one([rates[g] for g in held], wait) for held in self._groups]
        return [_one(rates, wait)] * self.modalities

    def idle(self) -> bool:
        """Whether no parameter has a gradient: a step was finished, or thrown away."""
        groups = self.optimizer.param_groups
        return all(p.grad is None for group in groups for p in group["params"])

    def remember(self) -> None:
        """Before a step: keep the parameters, to see how far they go."""
        if self.step == "effective":
            self._before = [[p.detach().clone() for p in each] for each in self.parameters]

    def taken(self, rates: Tensor) -> Tensor:
        """After a step: η_k (M,), and the old rate where there was no gradient."""
        if self.step == "rate":
            return rates
        found = [
            _length([p.detach() - q for p, q in zip(now, old, strict=True)], like=rates)
            / _length([p.grad for p in now if p.grad is not None], like=rates)
            for now, old in zip(self.parameters, self._before, strict=True)
        ]
        taken = torch.stack(found)
        return torch.where(taken.isfinite(), taken, rates)

    def overflow(self) -> Tensor | None:
        """Under loss scaling, the flag with which a fused optimizer skips a step in silence."""
        return getattr(self.optimizer, "found_inf", None)

    def _groups_of(self, modality: int) -> list[int]:
        """Numbers of the parameter groups that hold a modality."""
        own = {id(p) for p in self.parameters[modality]}
        held = [
            number
            for number, group in enumerate(self.optimizer.param_groups)
            if any(id(p) in own for p in group["params"])
        ]
        if not held and any(p.requires_grad for p in self.parameters[modality]):
            raise ValueError(f"parameters[{modality}]: the optimizer holds none of them")
        return held


def _one(rates: list[float | Tensor], wait: bool) -> float | Tensor:
    """The one learning rate of some groups; 0 for no group."""
    known = {float(rate) for rate in rates if wait or not isinstance(rate, Tensor)}
    if len(known) > 1:
        raise ValueError(
            f"parameters: their groups have the learning rates {sorted(known)}, expected one; say "
            "which parameters belong to which modality, one list per modality"
        )
    return rates[0] if rates else 0.0


def _length(tensors: Sequence[Tensor], like: Tensor) -> Tensor:
    """Length of all tensors together; 0 for none."""
    if not tensors:
        return like.new_zeros(())
    lengths = [
        torch.linalg.vector_norm(t, dtype=torch.promote_types(t.dtype, torch.float32))
        for t in tensors
    ]
    return torch.linalg.vector_norm(torch.stack(lengths)).to(like)
