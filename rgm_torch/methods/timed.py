"""Methods that do something else in one part of the run than in another."""

import math
from typing import Any

import torch
from torch import Tensor

from rgm_torch.data.batch import Corpus
from rgm_torch.methods.base import Method
from rgm_torch.models.multimodal import Multimodal


class Timed(Method):
    """A method that knows the present epoch e (from 0) and how many there are, E.

    Windows are fractions of the run, so that they grow and shrink with its budget: e is within the
    first part f if e < f E, and a part above 0 has at least one epoch. Without `begin` the run has
    no end, and every part above 0 lasts for ever.
    """

    epoch: Tensor

    def __init__(self, model: Multimodal, *, generator: torch.Generator | None = None) -> None:
        super().__init__(model, generator=generator)
        self.epochs = math.inf
        self.register_buffer("epoch", torch.tensor(0))

    def begin(self, corpus: Corpus, settings: Any) -> None:
        """Read the number of epochs."""
        self.epochs = settings.epochs

    def start_epoch(self, epoch: int) -> None:
        """Count, in a buffer: a run resumed within an epoch does not start it again."""
        self.epoch.fill_(epoch)

    def within(self, part: float) -> bool:
        """Whether the present epoch is in the first `part` of the run."""
        return part > 0 and int(self.epoch) < part * self.epochs - 1e-9  # 0.55 · 20 > 11


def as_part(value: float, name: str) -> float:
    """A fraction of the run. Raises: ValueError unless 0 <= value <= 1."""
    if not 0 <= value <= 1:
        raise ValueError(f"{name}: got {value}, expected a fraction of the run between 0 and 1")
    return value


def as_amount(value: float, name: str) -> float:
    """A strength. Raises: ValueError unless it is finite and >= 0."""
    if not 0 <= value < math.inf:
        raise ValueError(f"{name}: got {value}, expected a finite number >= 0")
    return value


def several(model: Multimodal, method: str) -> None:
    """Raise ValueError for a model of one modality, where there is nobody to compare with."""
    if len(model.modalities) < 2:
        raise ValueError(f"modalities: got {model.modalities}, {method} expects at least 2")
