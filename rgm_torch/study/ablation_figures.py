"""Differences with their intervals, one above the other: effects of parts, readings, methods."""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from rgm_torch.study.families import Judged
from rgm_torch.study.figures.look import BLUE, GREY, name
from rgm_torch.study.figures.words import listed
from rgm_torch.study.plans import PARTS

SHORT = dict(zip(PARTS, ("EAR", "Syn", "Orth"), strict=True))


def title(key: Hashable) -> str:
    """ "EAR × Syn" for the effect ("ear", "syn"), a method's name, or the words themselves."""
    if isinstance(key, tuple):
        return " × ".join(SHORT[part] for part in key)
    try:
        return name(str(key))
    except KeyError:
        return str(key)


def forest(axes: Axes, family: Mapping[Any, Judged], colour: str = BLUE) -> None:
    """A line per difference, in points, the first on top: mean and 95 % interval, and a line at 0.

    A marker is full where Holm's p is at most 5 %. A difference without an interval is a cross.
    """
    axes.axvline(0, color=GREY, lw=1, ls="-", marker="", zorder=0)
    for place, one in enumerate(family.values()):
        if np.isnan(one.half_width):
            axes.plot(100 * one.mean, place, "x", color=colour, ms=7, mew=1.8)
            continue
        mean, half = 100 * one.mean, 100 * one.half_width
        face = colour if one.significant else "none"
        axes.errorbar(
            mean, place, xerr=half, fmt="o", color=colour, mfc=face, mew=1.6, ms=7, capsize=3
        )
    axes.set_yticks(range(len(family)), [title(key) for key in family])
    axes.set(ylim=(len(family) - 0.5, -0.5), xlabel="difference, points")


def in_words(family: Mapping[Any, Judged]) -> str:
    """ "Holm leaves none of 7", or which of them and by how many points; and what is missing."""
    told = [f"{title(key)} {100 * one.mean:+.1f}" for key, one in family.items() if one.significant]
    missing = [title(key) for key, one in family.items() if np.isnan(one.p)]
    rest = f"; without a value: {listed(missing)}" if missing else ""
    return f"Holm leaves {listed(told) or 'none'} of {len(family)}{rest}"
