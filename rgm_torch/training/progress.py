"""Where a run is: what a checkpoint holds beside the weights."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Progress:
    """Counters and tables of a run; plain values only, so that a checkpoint can hold them.

    `epoch` epochs are finished, and `batch` steps of the next one are done, on the first rows of
    `order` (empty between epochs). `loss` is the sum over its `clips`, `seconds` its time.
    `losses` has the loss of every step, `epochs` a row per epoch; `plane` has a row per backward
    pass, the present epoch's from `plane_start` on, and `samples` some of each step's samples, of
    which `plane_read` and `samples_read` rows have been read off the recorders.
    """

    epoch: int = 0
    batch: int = 0
    step: int = 0
    order: list[int] = field(default_factory=list)
    clips: int = 0
    loss: float = 0.0
    seconds: float = 0.0
    best_accuracy: float = -1.0
    losses: list[float] = field(default_factory=list)
    epochs: list[dict[str, Any]] = field(default_factory=list)
    plane: list[dict[str, float]] = field(default_factory=list)
    samples: list[dict[str, float]] = field(default_factory=list)
    plane_read: int = 0
    samples_read: int = 0
    plane_start: int = 0

    def count(self, loss: float, clips: int, seconds: float) -> None:
        """One more step."""
        self.batch += 1
        self.step += 1
        self.clips += clips
        self.loss += loss * clips
        self.losses.append(loss)
        self.seconds += seconds

    def close(self, row: dict[str, Any]) -> None:
        """The epoch is over."""
        self.epochs.append(row)
        self.epoch += 1
        self.batch, self.order, self.clips, self.loss, self.seconds = 0, [], 0, 0.0, 0.0
        self.plane_start = len(self.plane)
