"""The two pictures of a run, drawn from its tables: the plane (Fig. 3), energies and loss (Fig. 5).

Colours are safe for the colour-blind, and markers or dashes say the same. Each picture is written
as SVG and as PNG.
"""

import io
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from rgm_torch.training.files import read_table, write
from rgm_torch.training.folder import Folder

INK, MUTED, PAPER, LINE = "#1f2328", "#59636e", "#ffffff", "#d0d7de"
# Red is early and blue is late, as in the paper; by way of grey, which both kinds of red-green
# blindness tell from either end.
TIME = LinearSegmentedColormap.from_list("time", ["#D55E00", "#9a8f88", "#0072B2"])
LOOKS = (
    ("#0072B2", "-", "o"),
    ("#D55E00", "--", "s"),
    ("#009E73", "-.", "^"),
    ("#CC79A7", ":", "D"),
)
TICKS = (-1, -0.5, 0, 0.5, 1)
STYLE: dict[Any, Any] = {
    "svg.hashsalt": "rgm",
    "svg.fonttype": "path",
    "font.size": 12,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
}

Table = dict[str, np.ndarray]


def draw(folder: Folder) -> None:
    """Write both pictures of a finished run; the plane needs a run that was watched."""
    plane, losses = table(folder.plane), table(folder.losses)
    with mpl.rc_context(STYLE):
        if plane:
            save(draw_plane(plane, table(folder.samples)), folder.path / "plane")
        save(draw_energy(plane, losses), folder.path / "energy")


def table(path: Path) -> Table:
    """Column name → numbers of a table of the run."""
    return {name: np.array(column) for name, column in read_table(path).items()}


def save(figure: Figure, path: Path) -> None:
    """The same bytes every time."""
    for kind, metadata in (("svg", {"Date": None, "Creator": None}), ("png", {"Software": None})):
        picture = io.BytesIO()
        figure.savefig(picture, format=kind, dpi=150, metadata=metadata)
        write(path.with_suffix(f".{kind}"), picture.getvalue())


def draw_plane(plane: Table, samples: Table) -> Figure:
    """Single samples at (w̄, c), coloured by time, and the way of their means; a panel per pair."""
    pairs = [name.removeprefix("balance_") for name in plane if name.startswith("balance_")]
    figure = Figure(figsize=(5.6 * len(pairs) + 0.8, 5.2), facecolor=PAPER, layout="constrained")
    panels = figure.subplots(1, len(pairs), squeeze=False)[0]
    for axes, pair in zip(panels, pairs, strict=True):
        background(axes)
        w, c = f"balance_{pair}", f"conflict_{pair}"
        axes.scatter(
            np.interp(samples["step"], plane["step"], plane[w]), samples[c],
            c=samples["step"], cmap=TIME, s=9, alpha=0.5, lw=0, zorder=2, rasterized=True,
        )  # fmt: skip
        way(axes, binned(plane[w]), binned(plane[c]))
        axes.set_title(pair.replace("-", " – "), loc="left")
    panels[0].set_ylabel("nonConflict c")
    figure.supxlabel("balance w̄ of the energies so far", size=12)
    time = ScalarMappable(Normalize(0, plane["step"][-1]), TIME)
    figure.colorbar(time, ax=list(panels), label="step", pad=0.02).outline.set_visible(False)
    return figure


def way(axes: Axes, x: np.ndarray, y: np.ndarray) -> None:
    """The means over stretches of the run, from an open square to a full circle."""
    axes.plot(x, y, color=INK, lw=1.6, zorder=3)
    axes.scatter(x, y, c=np.arange(len(x)), cmap=TIME, s=34, ec=INK, zorder=4)
    ends: dict[str, Any] = {"s": 90, "lw": 2, "ec": INK, "zorder": 5}
    axes.scatter(x[:1], y[:1], marker="s", fc=PAPER, label="mean, at first", **ends)
    axes.scatter(x[-1:], y[-1:], marker="o", fc=TIME(1.0), label="mean, at last", **ends)
    axes.legend(loc="lower right", frameon=True, framealpha=0.85, edgecolor="none")


def binned(values: np.ndarray, bins: int = 16) -> np.ndarray:
    """Means over that many stretches of equal length."""
    return np.array([part.mean() for part in np.array_split(values, min(bins, len(values)))])


def background(axes: Axes) -> None:
    """The plane itself: its two zero lines and the names of its corners."""
    axes.axhline(0, color=LINE, lw=1.2, zorder=1)
    axes.axvline(0, color=LINE, lw=1.2, zorder=1)
    corner: dict[str, Any] = {"color": MUTED, "style": "italic", "size": 10, "zorder": 1}
    for x, where, ha in ((-1, "imbalanced", "left"), (1, "balanced", "right")):
        for y, how, va in ((1, "in agreement", "top"), (-1, "in conflict", "bottom")):
            if (x, y) != (1, -1):  # the legend's corner
                axes.text(x, y, f"{where},\n{how}", ha=ha, va=va, **corner)
    axes.set(xlim=(-1.04, 1.04), ylim=(-1.04, 1.04), xticks=TICKS, yticks=TICKS)


def draw_energy(plane: Table, losses: Table) -> Figure:
    """Cumulative gradient energy of every modality above, the training loss below, over steps."""
    figure = Figure(figsize=(7.2, 5.6), facecolor=PAPER, layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    names = [name for name in plane if name.startswith("energy_")]
    for name, (colour, dash, marker) in zip(names, LOOKS, strict=False):
        every = max(1, len(plane["step"]) // 8)
        look = {"color": colour, "ls": dash, "marker": marker, "markevery": every, "lw": 2}
        above.plot(plane["step"], plane[name], label=name.removeprefix("energy_"), **look)
    above.set_ylabel("energy E$_k$ (CGE)")
    above.set_ylim(bottom=0)
    if names:
        above.legend(loc="lower right")
    below.plot(losses["step"], losses["loss"], color=MUTED, lw=0.8, alpha=0.6, label="of each step")
    below.plot(losses["step"], smooth(losses["loss"]), color=INK, lw=2, label="mean of 21 steps")
    below.set(ylabel="training loss", xlabel="step", ylim=(0, None))
    below.xaxis.set_major_locator(MaxNLocator(integer=True))
    below.legend(loc="upper right")
    return figure


def smooth(values: np.ndarray, reach: int = 10) -> np.ndarray:
    """Mean over the values at most `reach` places away, fewer at both ends."""
    sums = np.concatenate([[0], np.cumsum(values)])
    place = np.arange(len(values))
    start, end = np.maximum(place - reach, 0), np.minimum(place + reach + 1, len(values))
    return (sums[end] - sums[start]) / (end - start)
