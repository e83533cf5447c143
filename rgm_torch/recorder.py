"""What a layer saw, step by step: a bounded record on the device, read only when asked for."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn


class Recorder(nn.Module):
    """The last `capacity` rows of named columns, on the device of the rows that come.

    A row is written without waiting for a GPU; reading (`numpy`, `csv`, `figure`, `state_dict`)
    waits. The rows are no buffer: DistributedDataParallel would send a buffer around at every step,
    and `.half()` would round it. A subclass may keep rows of another `width` than it has columns,
    and make a `table` of them. Raises: ValueError for a negative capacity.
    """

    def __init__(self, columns: Sequence[str], capacity: int, width: int | None = None):
        super().__init__()
        if capacity < 0:
            raise ValueError(f"record: got {capacity}, expected a number of rows >= 0")
        self.columns, self.capacity = tuple(columns), capacity
        self.width = len(self.columns) if width is None else width
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.written = 0
        self.rows = torch.zeros(self.capacity, self.width, dtype=torch.float64)

    def append(self, rows: Tensor) -> None:
        """Add rows (n, width); of more than fit, the last ones stay."""
        if self.capacity == 0:
            return
        if self.rows.device != rows.device:
            self.rows = self.rows.to(rows.device, rows.dtype)
        if len(rows) > self.capacity:
            rows = rows[-self.capacity :]
        start = self.written % self.capacity
        until_end = self.capacity - start
        self.written += len(rows)
        if len(rows) > until_end:
            self.rows[: len(rows) - until_end] = rows[until_end:]
            rows = rows[:until_end]
        self.rows[start : start + len(rows)] = rows

    def __len__(self) -> int:
        return min(self.written, self.capacity)

    def ordered(self) -> Tensor:
        """All rows (n, width) that are kept, oldest first."""
        start = self.written % self.capacity if self.written > self.capacity else 0
        return self.rows.roll(-start, dims=0)[: len(self)]

    def table(self) -> Tensor:
        """What the rows that are kept say, (n, columns), on the CPU."""
        return self.ordered().cpu()

    def numpy(self) -> dict[str, np.ndarray]:
        """Column name → array (n,), oldest row first."""
        return dict(zip(self.columns, self.table().numpy().T, strict=True))

    def csv(self, path: str | Path) -> None:
        """Write all rows as comma-separated values, with a line of names first."""
        header = ",".join(self.columns)
        np.savetxt(
            path, self.table().numpy(), delimiter=",", header=header, comments="", fmt="%.9g"
        )

    def figure(self, path: str | Path | None = None):
        """The plane: every pair's way over it, early steps pale, late steps dark.

        Returns the matplotlib figure, and writes it to `path` if one is given.
        """
        from rgm_torch.plane_figure import draw_plane

        figure = draw_plane(self.numpy())
        if path is not None:
            figure.savefig(path, dpi=150)
        return figure

    def get_extra_state(self) -> Tensor:
        """Number of rows ever written, then the rows kept: checkpoints may be of tensors only."""
        rows = self.ordered()
        return torch.cat([rows.new_full((1,), self.written), rows.flatten()])

    def set_extra_state(self, state: Tensor) -> None:
        """Take the rows from a `state_dict`, the last ones if more than fit."""
        self.clear()
        rows = state[1:].reshape(-1, self.width)[-self.capacity :]
        if len(rows) == self.capacity:
            self.written = int(state[0]) - len(rows)
        self.append(rows)
