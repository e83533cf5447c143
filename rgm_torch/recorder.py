"""What a layer saw, step by step: a bounded record on the device, read only when asked for."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from rgm_torch.precision import KeepsPrecision


class Recorder(KeepsPrecision, nn.Module):
    """The last `capacity` rows of named columns, on the device of the model.

    A row is written without waiting for a GPU; reading (`numpy`, `csv`, `figure`) waits.
    Raises: ValueError for a negative capacity.
    """

    def __init__(self, columns: Sequence[str], capacity: int):
        super().__init__()
        if capacity < 0:
            raise ValueError(f"record: got {capacity}, expected a number of rows >= 0")
        self.columns = tuple(columns)
        self.written = 0
        self.rows: Tensor
        self.register_buffer("rows", torch.zeros(capacity, len(columns), dtype=torch.float64))

    @property
    def capacity(self) -> int:
        """Rows kept; older ones are overwritten."""
        return len(self.rows)

    def append(self, rows: Tensor) -> None:
        """Add rows (n, columns); of more than fit, the last ones stay."""
        rows = rows[-self.capacity :].to(self.rows.dtype) if self.capacity else rows[:0]
        start = self.written % max(self.capacity, 1)
        until_end = self.capacity - start
        self.rows[start : start + len(rows)] = rows[:until_end]
        self.rows[: len(rows[until_end:])] = rows[until_end:]
        self.written += len(rows)

    def clear(self) -> None:
        """Forget everything."""
        self.written = 0
        self.rows.zero_()

    def __len__(self) -> int:
        return min(self.written, self.capacity)

    def numpy(self) -> dict[str, np.ndarray]:
        """Column name → array (n,), oldest row first."""
        order = np.arange(self.written - len(self), self.written) % max(self.capacity, 1)
        rows = self.rows.cpu().numpy()[order]
        return {name: rows[:, k] for k, name in enumerate(self.columns)}

    def csv(self, path: str | Path) -> None:
        """Write all rows as comma-separated values, with a line of names first."""
        table = np.stack(list(self.numpy().values()), axis=1)
        np.savetxt(
            path, table, delimiter=",", header=",".join(self.columns), comments="", fmt="%.9g"
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

    def get_extra_state(self) -> dict:
        """How many rows were written, for `state_dict`."""
        return {"written": self.written}

    def set_extra_state(self, state: dict) -> None:
        """Take the number of rows from a `state_dict`."""
        self.written = state["written"]
