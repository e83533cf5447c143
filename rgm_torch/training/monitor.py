"""Where on the plane a run is: read off the RGM layer that modulates, or off one that watches."""

from itertools import groupby
from operator import itemgetter

import numpy as np
from torch.amp import GradScaler
from torch.optim import Optimizer

from rgm_torch.layer import RGM
from rgm_torch.methods.base import Method
from rgm_torch.recorder import Recorder

READ_EVERY = 10
"""Steps between two readings, each of which waits for a GPU; a recorder keeps 1024."""

SAMPLES = 4096
"""Rows of single samples kept between two readings: enough for batches of 400."""

SHOWN = 4
"""Samples of each step that go into the table."""


class Monitor:
    """The RGM layer of a method's model; where there is none, one that only watches is put there.

    The plane needs at least two modalities whose features have one width: `layer` is None
    otherwise, and there is nothing to read.
    """

    def __init__(self, method: Method) -> None:
        model = method.model
        one_width = len(set(model.fusion.widths)) == 1
        if model.modulator is None and len(model.modalities) > 1 and one_width:
            model.modulator = RGM(len(model.modalities), modulate=False)
        self.layer = model.modulator if isinstance(model.modulator, RGM) else None
        self.modalities = model.modalities
        if self.layer is not None and not self.layer.sample_recorder.capacity:
            self.layer.sample_recorder = Recorder(self.layer.sample_recorder.columns, SAMPLES)

    def attach(self, method: Method, optimizer: Optimizer, scaler: GradScaler) -> None:
        """Let a layer that only watches count in the optimizer's steps."""
        if self.layer is not None and not self.layer.modulate:
            parameters = [method.model.parameters_of[name] for name in self.modalities]
            self.layer.follow(optimizer, scaler, parameters)

    def remove(self, method: Method) -> None:
        """Take away what only watches, so that a method can be timed as it is."""
        if self.layer is not None and not self.layer.modulate:
            method.model.modulator = None
        elif self.layer is not None:
            self.layer.sample_recorder = Recorder(self.layer.sample_recorder.columns, 0)

    def rows(self, already: int) -> tuple[list[dict[str, float]], int]:
        """What was recorded since `already` rows, one per backward pass, and rows in all."""
        return self.read(self.layer.recorder, already) if self.layer else ([], 0)

    def samples(self, already: int) -> tuple[list[dict[str, float]], int]:
        """The first `SHOWN` samples of every step since `already` rows, and rows in all."""
        if self.layer is None:
            return [], 0
        rows, read = self.read(self.layer.sample_recorder, already)
        steps = [list(group) for _, group in groupby(rows, key=itemgetter("step"))]
        return [row for group in steps for row in group[:SHOWN]], read

    def read(self, recorder: Recorder, already: int) -> tuple[list[dict[str, float]], int]:
        """A recorder's rows after the first `already`, as far as they are still there."""
        fresh = min(recorder.written - already, len(recorder))
        values = np.stack(list(recorder.numpy().values()), axis=1)[len(recorder) - fresh :]
        names = [self.named(column) for column in recorder.columns]
        rows = [dict(zip(names, row, strict=True)) for row in values.tolist()]
        rows = [{**row, "step": int(row["step"])} for row in rows]
        return rows, recorder.written

    def named(self, column: str) -> str:
        """A recorder's column with names for numbers: 'balance_0_1' → 'balance_audio-video'."""
        parts = column.split("_")
        names = [self.modalities[int(part)] for part in parts if part.isdigit()]
        quantity = "_".join(part for part in parts if not part.isdigit())
        return f"{quantity}_{'-'.join(names)}" if names else quantity


def coordinates(rows: list[dict[str, float]]) -> dict[str, float]:
    """Of some steps in a row: energies and w̄ at their end, and the mean c (nothing for no rows)."""
    if not rows:
        return {}
    ends = {name: rows[-1][name] for name in rows[-1] if name.startswith(("balance_", "energy_"))}
    means = {
        name: float(np.mean([row[name] for row in rows]))
        for name in rows[-1]
        if name.startswith("conflict_")
    }
    return ends | means
