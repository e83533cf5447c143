"""What the figures share to the eye: names and looks of methods, the colours of time, lines.

Ink, paper and grid are those of matplotlib's settings at the time, so that a figure suits the
notebook it stands in.
"""

from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap

from rgm_torch.study.figures.series import Curve
from rgm_torch.study.statistics import interval
from rgm_torch.study.tables import title

BALANCE, CONFLICT = r"balance $\bar w$", "nonConflict $c$"
GREY = "#7f8790"  # seen on light and on dark paper
BLUE, RED, GREEN, PINK, ORANGE = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00"
LOOKS: dict[str, dict[str, Any]] = {
    "joint": {"color": BLUE, "marker": "o", "ls": "-"},
    "multi-loss": {"color": GREEN, "marker": "^", "ls": "-."},
    "pcgrad": {"color": RED, "marker": "s", "ls": "--"},
    "rgm": {"color": RED, "marker": "s", "ls": "--"},
}
TIME = ListedColormap(mpl.colormaps["plasma"](np.linspace(0.72, 0.02, 256)), "time")
"""Red is early and blue is late, as in the paper; even steps to the eye, and darker in print."""


def name(method: str) -> str:
    """A method's name as the tables have it, without what they say it leaves out."""
    return title(method).split(",")[0]


def line(axes: Axes, curve: Curve, **look: Any) -> None:
    """The mean over seeds at each place, and its 95 % interval as a band."""
    x = sorted(curve)
    mean, half = np.array([interval(curve[place].values())[:2] for place in x]).T
    axes.plot(x, mean, lw=2, ms=5, **look)
    axes.fill_between(x, mean - half, mean + half, color=look["color"], alpha=0.15, lw=0)
