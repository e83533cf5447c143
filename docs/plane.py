"""Draw docs/plane.svg: how training rules move on the Balance–nonConflict Plane.

`python docs/plane.py` writes the picture of the README, `python docs/plane.py FILE` another one.
Ten starts of the two-layer toy: a strong and a weak modality whose gradients fight at first. Every
rule sees the energies it has applied, which are those of the axis. Needs Matplotlib.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rgm_ref.descent import Rule, descend
from rgm_ref.rules import equalize, orthogonalize, rgm
from rgm_ref.toys import Classifier
from rgm_ref.views import Views

INK, MUTED, PAPER = "#1f2328", "#59636e", "#ffffff"
TICKS = (-1, -0.5, 0, 0.5, 1)
SMALL = {"color": MUTED, "size": 11, "va": "center"}
STYLE = {
    "svg.hashsalt": "plane",
    "svg.fonttype": "path",
    "font.size": 13,
    "text.color": INK,
    "axes.labelcolor": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
}
NOTE = """\
Two-layer toy, a strong and a weak modality, ten starts. Bold: mean of the runs, from the first
step (open) to the last (full); thin: single runs of joint training and of RGM."""


@dataclass(frozen=True)
class Way:
    """A rule, and how its trajectory is drawn (safe for the colour-blind: a marker each)."""

    key: str
    label: str
    rule: Rule | None
    colour: str
    marker: str
    place: tuple[float, float]  # of the label, in points from the end
    single_runs: bool = False


WAYS = (
    Way("joint", "joint training", None, "#D55E00", "s", (-8, 15), True),
    Way("orth", "Orth alone", orthogonalize, "#444444", "^", (-14, 15)),
    Way("equalize", "balance-only", equalize, "#AA4499", "D", (26, 14)),
    Way("rgm", "RGM", rgm, "#0072B2", "o", (-4, 15), True),
)


def trajectories(rule: Rule | None) -> np.ndarray:
    """Points (w̄ of applied energies, mean c of raw gradients) of ten runs, shape (10, 2, T)."""
    points = []
    for seed in range(10):
        data = Views.sample(np.random.default_rng(seed), 60, signal=(3, 0.5))
        problem = Classifier(data, seed=seed, imbalance=2, agreement=-0.8)
        run = descend(problem, steps=60, rate=2.0, rule=rule, energy="applied")
        points.append([run.applied_balance[0, 1], run.conflict[0, 1]])
    return np.array(points)


def regions(axes: Axes) -> None:
    """The plane itself: what its four corners mean, and where the gates change sign."""
    axes.axvspan(-1, 0, color="#eef1f4", zorder=0, lw=0)
    axes.axhline(0, color="#c9d1d9", lw=1, zorder=1)
    axes.axvline(0, color=MUTED, lw=1.2, ls=(0, (5, 4)), zorder=1)
    corner = {"color": MUTED, "style": "italic"}
    axes.text(-0.97, 0.94, "imbalanced, in agreement", ha="left", va="top", **corner)
    axes.text(1.03, 0.94, "balanced, in agreement", ha="right", va="top", **corner)
    axes.text(-0.97, -0.95, "imbalanced, in conflict", ha="left", va="bottom", **corner)
    axes.text(1.03, -0.95, "balanced, in conflict", ha="right", va="bottom", **corner)
    axes.text(
        -0.03, 0.5, "w̄ < 0: the printed gates\nalign where gradients fight", ha="right", **SMALL
    )
    axes.text(0.03, 0.5, "w̄ > 0: the gates turn\ngradients that fight", ha="left", **SMALL)


def draw_way(axes: Axes, way: Way) -> None:
    """The mean of ten runs, an open marker at its start and a full one at its end."""
    runs = trajectories(way.rule)
    for x, y in runs if way.single_runs else ():
        axes.plot(x, y, color=way.colour, lw=1, alpha=0.28, zorder=2)
    x, y = runs.mean(axis=0)
    axes.plot(x, y, color=way.colour, lw=2.8, zorder=3, gid=way.key, solid_capstyle="round")
    mark = {"marker": way.marker, "ms": 10, "mec": way.colour, "mew": 2, "zorder": 4}
    axes.plot(x[:1], y[:1], mfc=PAPER, **mark)
    axes.plot(x[-1:], y[-1:], mfc=way.colour, **mark)
    axes.annotate(
        way.label, (x[-1], y[-1]), way.place, textcoords="offset points", color=way.colour,
        weight="bold", ha="center", zorder=5,
    )  # fmt: skip


def draw(path: Path) -> None:
    """Write the picture, the same bytes every time."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(9.6, 6.2), facecolor=PAPER, layout="constrained")
        figure.get_layout_engine().set(w_pad=0.2, h_pad=0.2)
        axes = figure.subplots()
        regions(axes)
        for way in WAYS:
            draw_way(axes, way)
        axes.set(xlim=(-1, 1.06), ylim=(-1, 1), xticks=TICKS, yticks=TICKS)
        axes.set_xlabel("balance w̄ of the applied energies")
        axes.set_ylabel("nonConflict c of the raw gradients")
        axes.set_title(NOTE, loc="left", size=11, color=MUTED, pad=10)
        axes.spines[:].set_visible(False)
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


if __name__ == "__main__":
    draw(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("plane.svg"))
