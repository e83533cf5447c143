"""The learning rate over time, and which rows make the batches of an epoch."""

import math
from collections.abc import Sequence
from typing import Any

import torch


def factor(schedule: str, part: float) -> float:
    """Learning rate over its start, at the given part of the run in [0, 1).

    cosine: ½ (1 + cos π part). step: 1, then 0.1 from 0.7 on. constant: 1. It needs no memory of
    the steps before, so that there is nothing to save.
    """
    if schedule == "cosine":
        return (1 + math.cos(math.pi * part)) / 2
    return 0.1 if schedule == "step" and part >= 0.7 else 1.0


def set_rate(optimizer: torch.optim.Optimizer, scale: float) -> None:
    """Every group's learning rate becomes `scale` times the one it started with."""
    for group in optimizer.param_groups:
        group["lr"] = scale * group.setdefault("initial_lr", group["lr"])


def whole_batches(rows: Sequence[int], batch_size: int) -> list[int]:
    """The rows that fill whole batches; all of them where they do not even fill one.

    Left out are fewer than a batch, other ones every epoch. A last batch of 8 instead of 64 would
    count eightfold in the energies, since ‖∂L/∂z‖² of a mean over B clips goes with 1/B; and a
    batch of one has no variance for batch norm to estimate.
    """
    return list(rows[: len(rows) // batch_size * batch_size or len(rows)])


def set_epoch(dataset: Any, epoch: int) -> None:
    """Tell a data set that draws crops and frames which epoch it is; others need not know."""
    if hasattr(dataset, "set_epoch"):
        dataset.set_epoch(epoch)
