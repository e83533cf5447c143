"""The Balance–nonConflict Plane as a picture: where every pair of modalities went in a training."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib import colors
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

# Okabe and Ito's colours, told apart by everyone; from the fifth pair on markers tell the most.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
MARKERS = "osD^vP*XhH"
REGIONS = {
    (0.5, 0.5): "balanced,\nagreeing",
    (0.5, -0.5): "balanced,\nconflicting",
    (-0.5, 0.5): "unbalanced,\nagreeing",
    (-0.5, -0.5): "unbalanced,\nconflicting",
}


def draw_plane(record: Mapping[str, np.ndarray]) -> Figure:
    """Ways of all pairs over the plane, w̄ to the right, c upwards, early steps pale, late dark.

    A hollow marker is the first step of a pair, a full one its last; steps whose c or w̄ is not
    finite are left out. `record`: columns step, balance_i_j and conflict_i_j, each (n,), as
    `Recorder.numpy` gives them. Raises: ValueError for a record without pairs.
    """
    pairs = [name.removeprefix("balance_") for name in record if name.startswith("balance_")]
    if not pairs:
        raise ValueError(f"record: got columns {list(record)}, expected balance_i_j")
    figure = Figure(figsize=(6.4, 5.4), layout="constrained")
    axes = figure.add_subplot()
    _draw_ground(axes)
    for number, pair in enumerate(pairs):
        way = np.stack([record["step"], record[f"balance_{pair}"], record[f"conflict_{pair}"]])
        _draw_way(axes, way[:, np.isfinite(way).all(axis=0)], number, pair.replace("_", "–"))
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.1), ncols=4, frameon=False)
    _draw_scale(figure, axes, record["step"])
    return figure


def _draw_ground(axes: Axes) -> None:
    """Axes, zero lines, and the names of the four regions."""
    axes.set(xlim=(-1.05, 1.05), ylim=(-1.05, 1.05), aspect="equal")
    axes.set(xlabel="balance $\\bar w_{ij}$", ylabel="nonConflict $c_{ij}$")
    axes.axhline(0, color="0.6", lw=0.8, zorder=0)
    axes.axvline(0, color="0.6", lw=0.8, zorder=0)
    for (x, y), name in REGIONS.items():
        axes.text(x, y, name, ha="center", va="center", color="0.6", zorder=0)


def _draw_way(axes: Axes, way: np.ndarray, number: int, pair: str) -> None:
    """One pair's steps (3, n): a line and points from pale to dark, marked at both ends."""
    colour, marker = COLOURS[number % len(COLOURS)], MARKERS[number % len(MARKERS)]
    step, points = way[0], way[1:].T
    cmap, norm = _from_pale(colour), _span(step)
    ends: dict[str, Any] = {"marker": marker, "ls": "none", "ms": 8, "mec": colour, "zorder": 3}
    lines = LineCollection(list(pairwise(points)), lw=1, cmap=cmap, norm=norm)
    lines.set_array(step[1:])
    axes.add_collection(lines)
    x, y = points.T
    axes.scatter(x, y, 9, step, marker=marker, cmap=cmap, norm=norm, linewidths=0, zorder=2)
    axes.plot(x[:1], y[:1], mfc="white", mew=1.8, **ends)
    axes.plot(x[-1:], y[-1:], mfc=colour, label=f"pair {pair}", **ends)


def _draw_scale(figure: Figure, axes: Axes, step: np.ndarray) -> None:
    """A grey bar that tells which shade is which step."""
    if len(step):
        shades = ScalarMappable(norm=_span(step), cmap=_from_pale("#303030"))
        figure.colorbar(shades, ax=axes, shrink=0.6, label="step (hollow: first, full: last)")


def _from_pale(colour: str) -> colors.LinearSegmentedColormap:
    """Colours from a quarter of this one on white to this one a third darker."""
    dark = np.array(colors.to_rgb(colour))
    return colors.LinearSegmentedColormap.from_list("way", [0.75 + 0.25 * dark, 0.67 * dark])


def _span(step: np.ndarray) -> colors.Normalize:
    """From the first step to the last."""
    first, last = (step[0], step[-1]) if len(step) else (0, 1)
    return colors.Normalize(first, max(last, first + 1))
