"""Fig. 1(c): where every method ends on the plane, and how accurate it is there.

c is that of the raw feature gradients in the last epoch, before any rule has changed them, w̄ that
of the energies they have spent. Learning rates are those of each row's search, and w̄ moves with
them. The w̄ axis is even in |w_a − w_v|, so that the crowd near 1 has room.
"""

from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rgm_torch.methods import METHODS
from rgm_torch.study.figures.labels import place
from rgm_torch.study.figures.look import (
    BALANCE,
    BLUE,
    CONFLICT,
    GREEN,
    GREY,
    ORANGE,
    PINK,
    RED,
    name,
)
from rgm_torch.study.figures.words import plus_minus
from rgm_torch.study.results import Study
from rgm_torch.study.statistics import Interval, interval

METRICS = ("balance", "conflict", "test_accuracy")
FAMILIES = {
    "baseline": ("Joint", GREY, "D"),
    "reconciling": ("RGM", RED, "s"),
    "imbalance": ("against imbalance", BLUE, "o"),
    "conflict": ("against conflict", ORANGE, "^"),
    "control": ("controls", GREEN, "P"),
    "ours": ("ours", PINK, "X"),
}
TICKS = (-1, -0.5, 0, 0.5, 0.8, 0.9, 0.95, 0.99, 1)
AREAS = (50.0, 400.0)
"""Of the spots of the lowest and of the highest accuracy, in points²."""


class Spot(NamedTuple):
    """Where a method is, over seeds."""

    balance: Interval
    conflict: Interval
    accuracy: Interval


def draw(study: Study, setting: str = "av-digits") -> Figure:
    """A spot per method at the mean (w̄, c) of its seeds; its area grows with test accuracy."""
    spots = all_spots(study, setting)
    figure = Figure(figsize=(10, 6.8), layout="constrained")
    axes = figure.subplots()
    axes.axhline(0, color=GREY, lw=1, ls="-", marker="", zorder=0)
    accuracies = np.array([spot.accuracy.mean for spot in spots.values()])
    areas = np.interp(accuracies, (accuracies.min(), accuracies.max()), AREAS)
    for (method, spot), area in zip(spots.items(), areas, strict=True):
        _, colour, marker = FAMILIES[METHODS[method].family]
        point = (spot.balance.mean, spot.conflict.mean)
        axes.scatter(
            *point,
            s=area,
            c=colour,
            marker=marker,
            lw=0,
            alpha=0.9,
            zorder=2 + 1 / area,
            clip_on=False,
        )
    draw_interval(axes, spots)
    stretch(axes, spots)
    axes.margins(y=0.06)
    axes.set(xlabel=BALANCE + ", end of training", ylabel=CONFLICT + ", mean of the last epoch")
    draw_keys(axes, spots, accuracies)
    points = {
        name(method): (spot.balance.mean, spot.conflict.mean, area)
        for (method, spot), area in zip(spots.items(), areas, strict=True)
    }
    place(figure, axes, points)
    return figure


def stretch(axes: Axes, spots: dict[str, Spot]) -> None:
    """Make the w̄ axis even in the difference of shares, |w_a − w_v| = √((1 − w̄)/2)."""
    axes.set_xscale("function", functions=(lambda w: -np.sqrt((1 - w) / 2), lambda d: 1 - 2 * d**2))
    left = min(spot.balance.mean for spot in spots.values()) - 0.2
    axes.set_xlim(left, 1)
    axes.set_xticks([tick for tick in TICKS if tick > left])


def draw_interval(axes: Axes, spots: dict[str, Spot]) -> None:
    """A bar to the left of all spots, as high as the median 95 % interval of c."""
    c, half = np.array([spot.conflict[:2] for spot in spots.values()]).T
    point = min(spot.balance.mean for spot in spots.values()) - 0.15, c.mean()
    axes.errorbar(*point, np.nanmedian(half), color=GREY, capsize=4)
    words: dict[str, Any] = {"textcoords": "offset points", "ha": "left", "size": "small"}
    axes.annotate("median 95 %\ninterval of $c$", point, (6, 0), color=GREY, va="top", **words)


def draw_keys(axes: Axes, spots: dict[str, Spot], accuracies: np.ndarray) -> None:
    """Colours and markers of the families, and three sizes with their accuracies."""
    families = {METHODS[method].family for method in spots}
    for family, (words, colour, marker) in FAMILIES.items():
        if family in families:
            axes.scatter([], [], s=90, c=colour, marker=marker, lw=0, label=words)
    for share in np.linspace(0, 1, 3):
        accuracy = accuracies.min() + share * np.ptp(accuracies)
        area = AREAS[0] + share * (AREAS[1] - AREAS[0])
        axes.scatter([], [], s=area, c="none", ec=GREY, label=f"accuracy {accuracy:.1%}")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), labelspacing=1.1)


def alt(study: Study, setting: str = "av-digits") -> str:
    """The extremes, whether balance or conflict go with accuracy, and where RGM and Joint are."""
    spots = all_spots(study, setting)
    best, balanced, calm = (
        name(max(spots, key=lambda method: getattr(spots[method], field).mean))
        for field in ("accuracy", "balance", "conflict")
    )
    w, c, accuracy = np.array([[found.mean for found in spot] for spot in spots.values()]).T
    shown = [
        f" {name(method)} is at w̄ = {plus_minus(spots[method].balance)} and "
        f"c = {plus_minus(spots[method].conflict)}."
        for method in ("joint", "rgm")
        if method in spots
    ]
    width = np.nanmedian([spot.conflict.half_width for spot in spots.values()])
    return (
        f"Bubble chart of {len(spots)} methods at balance w̄ and nonConflict c, larger where more "
        f"accurate. Most accurate: {best} ({accuracy.max():.1%}); most balanced: {balanced}; "
        f"highest c: {calm}. The means of c span {np.ptp(c):.3f}; the median 95 % interval is "
        f"± {width:.3f}.{''.join(shown)} Over the methods, accuracy correlates with w̄ at "
        f"{np.corrcoef(w, accuracy)[0, 1]:+.2f} and with c at "
        f"{np.corrcoef(c, accuracy)[0, 1]:+.2f}."
    )


def all_spots(study: Study, setting: str) -> dict[str, Spot]:
    """Method → its spot, for all methods of the setting that have a plane."""
    return {
        method: Spot(*(interval(study.seeds(setting, method, metric=m).values()) for m in METRICS))
        for method in METHODS
        if study.seeds(setting, method, metric="balance")
    }
