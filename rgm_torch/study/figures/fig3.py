"""Fig. 3 (a–e): where single samples were on the Balance–nonConflict Plane, early and late.

w̄ is of the energies up to the sample's step, c of the raw feature gradients of the sample, before
any method has changed them.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from rgm_torch.plane_figure import REGIONS
from rgm_torch.study.figures.look import BALANCE, CONFLICT, GREY, TIME, name
from rgm_torch.study.figures.series import columns
from rgm_torch.study.results import Row

METHODS = ("joint", "pcgrad", "arm", "cggm", "rgm")
STRETCHES = 10
"""The means are those of as many stretches of the training."""


def draw(samples: Sequence[Row]) -> Figure:
    """A panel per method: samples at (w̄, c), coloured by step, and the way of their means.

    All panels show the part of the plane that has samples; the last one says which part it is.
    """
    found = clouds(samples)
    every = np.concatenate(list(found.values()), axis=1)
    time = ScalarMappable(Normalize(every[0].min(), every[0].max()), TIME)
    x, y = window(every)
    figure = Figure(figsize=(9.4, 6.0), layout="constrained")
    *panels, whole = figure.subplots(2, 3).flat
    for letter, axes, (method, cloud) in zip("abcde", panels, found.items(), strict=False):
        draw_cloud(axes, cloud, time)
        axes.set(xlim=x, ylim=y)
        axes.set_title(f"({letter}) {name(method)}", loc="left")
    for axes in panels[len(found) :]:
        axes.set_axis_off()
    draw_whole(whole, x, y)
    size = rcParams["font.size"]
    means = "line: means, from square to circle"
    figure.supxlabel(f"{BALANCE} of the energies up to the step ({means})", size=size)
    figure.supylabel(CONFLICT + " of the sample", size=size)
    figure.colorbar(time, ax=figure.axes, label="step (red: early, blue: late)", aspect=40)
    return figure


def draw_cloud(axes: Axes, cloud: np.ndarray, time: ScalarMappable) -> None:
    """Samples (3, n), and over them the way of their means from a square to a circle."""
    step, w, c = cloud
    look: dict[str, Any] = {"cmap": time.cmap, "norm": time.norm}
    axes.axhline(0, color=GREY, lw=1, ls="-", marker="", zorder=1)
    axes.axvline(0, color=GREY, lw=1, ls="-", marker="", zorder=1)
    axes.scatter(w, c, s=7, c=step, alpha=0.6, lw=0, zorder=2, rasterized=True, **look)
    mean_step, x, y = means(cloud)
    axes.plot(x, y, color="k", lw=1.2, ls="-", marker="", zorder=3)
    axes.scatter(x, y, s=30, c=mean_step, ec="k", lw=0.8, zorder=4, **look)
    for place, marker in ((0, "s"), (-1, "o")):
        axes.scatter(
            x[place], y[place], s=60, c=[mean_step[place]], marker=marker, ec="k", zorder=5, **look
        )


def draw_whole(axes: Axes, x: tuple[float, float], y: tuple[float, float]) -> None:
    """The whole plane with the names of its regions, and where on it the other panels are."""
    axes.set(xlim=(-1.05, 1.05), ylim=(-1.05, 1.05), xticks=(-1, 0, 1), yticks=(-1, 0, 1))
    axes.set_title("the whole plane", loc="left")
    axes.axhline(0, color=GREY, lw=1, ls="-", marker="")
    axes.axvline(0, color=GREY, lw=1, ls="-", marker="")
    axes.add_patch(Rectangle((x[0], y[0]), x[1] - x[0], y[1] - y[0], color=GREY, alpha=0.35))
    for (w, c), words in REGIONS.items():
        axes.text(w, 1.5 * c, words, ha="center", va="center", size="small")


def alt(samples: Sequence[Row]) -> str:
    """The means of the first and last stretch, and how many samples were in conflict."""
    parts = []
    for method, cloud in clouds(samples).items():
        _, w, c = means(cloud)
        parts.append(
            f"{name(method)} from ({w[0]:.2f}, {c[0]:+.2f}) to ({w[-1]:.2f}, {c[-1]:+.2f}), "
            f"{np.mean(cloud[2] < 0):.0%} with c < 0"
        )
    return (
        "Clouds of samples on the plane of balance w̄ and nonConflict c, one panel per method, "
        f"coloured by step. Means (w̄, c) of the first and last tenth of the training, and samples "
        f"in conflict: {'; '.join(parts)}."
    )


def clouds(samples: Sequence[Row]) -> dict[str, np.ndarray]:
    """Method → its samples in the order of the steps, (3, n): step, w̄, c."""
    names = ("step", "balance", "conflict")
    found = {method: columns(samples, names, method=method) for method in METHODS}
    return {method: cloud for method, cloud in found.items() if cloud.size}


def means(cloud: np.ndarray) -> np.ndarray:
    """Means over equal stretches of the training, (3, stretches)."""
    parts = np.array_split(cloud, min(STRETCHES, cloud.shape[1]), axis=1)
    return np.stack([part.mean(axis=1) for part in parts], axis=1)


def window(cloud: np.ndarray) -> tuple[tuple[float, float], tuple[float, float]]:
    """Limits of both axes: all samples, the balanced end, and c alike on both sides of zero."""
    left, reach = cloud[1].min(), np.abs(cloud[2]).max()
    margin = 0.04 * (1 - left)
    return (left - margin, 1 + margin), (-1.05 * reach, 1.05 * reach)
