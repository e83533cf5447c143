"""Numbers out of the tables of curves: by epoch and seed, or as columns."""

from collections.abc import Mapping, Sequence

import numpy as np

from rgm_torch.study.results import Row

Seeds = Mapping[int, float]
"""Seed → value."""

Curve = Mapping[float, Seeds]
"""Place on the x axis → seed → value."""


def over_epochs(
    epochs: Sequence[Row], setting: str, method: str, metric: str, variant: str = "tuned"
) -> Curve:
    """Epoch → seed → value of a metric in the table of epochs; empty for no rows."""
    curve: dict[float, dict[int, float]] = {}
    place = (setting, method, variant, metric)
    for row in epochs:
        if (row["setting"], row["method"], row["variant"], row["metric"]) == place:
            curve.setdefault(int(row["epoch"]), {})[int(row["seed"])] = float(row["value"])
    return curve


def last(curve: Curve) -> Seeds:
    """The values of the last epoch."""
    return curve[max(curve)]


def columns(rows: Sequence[Row], names: Sequence[str], **where: str) -> np.ndarray:
    """The named numbers of the rows that are `where` says, (names, n), in the table's order."""
    chosen = [row for row in rows if all(row[key] == value for key, value in where.items())]
    return np.array([[float(row[name]) for row in chosen] for name in names])
