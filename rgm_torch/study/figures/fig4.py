"""Fig. 4: the accuracy lost when a modality is removed, method by method.

The paper reads the bars as "modality-specific information". The diamonds beside them compare the
same model with a network that was trained on the other modality alone: what the modality adds for
who may train again.
"""

from collections.abc import Sequence
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from rgm_torch.study.figures.look import BLUE, GREY, RED, name
from rgm_torch.study.figures.words import compared
from rgm_torch.study.knowledge import FIG4, PAIR, added, drop
from rgm_torch.study.results import Study
from rgm_torch.study.settings import SETTINGS
from rgm_torch.study.statistics import interval, paired

LOOKS: dict[str, dict[str, Any]] = {
    "audio": {"color": BLUE},
    "video": {"color": RED, "hatch": "///"},
}
HEIGHT = 0.38  # of a bar; a method's two stand one above the other
WIDE = 28  # letters of a title that fit above a panel
WHERE = ("av-digits", "dominant")


def draw(study: Study, settings: Sequence[str] = WHERE) -> Figure:
    """Two bars per method, with 95 % intervals over seeds, in a panel per setting."""
    figure = Figure(figsize=(4.5 * len(settings), 4.8), layout="constrained")
    panels = figure.subplots(1, len(settings), squeeze=False)[0]
    for axes, setting in zip(panels, settings, strict=True):
        draw_setting(axes, study, setting)
    handles, words = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, words, loc="outside upper center", ncols=3)
    return figure


def draw_setting(axes: Axes, study: Study, setting: str) -> None:
    """The methods from above to below, as they stand in the plan."""
    methods = shown(study, setting)
    for modality, shift in zip(PAIR, (-HEIGHT / 2, HEIGHT / 2), strict=True):
        lost = [interval(drop(study, setting, method, modality).values()) for method in methods]
        more = [interval(added(study, setting, method, modality).values()) for method in methods]
        places = np.arange(len(methods)) + shift
        axes.barh(
            places, [one.mean for one in lost], HEIGHT, xerr=[one.half_width for one in lost],
            label=f"{modality} removed", alpha=0.85, error_kw={"ecolor": GREY}, lw=0,
            **LOOKS[modality],
        )  # fmt: skip
        axes.plot(
            [one.mean for one in more], places, ls="none", marker="D", ms=6, mfc="white",
            mec="black", mew=1.2, label="against a network without it" if shift > 0 else None,
        )  # fmt: skip
    axes.axvline(0, color=GREY, lw=1, ls="-", marker="")
    axes.set_yticks(range(len(methods)), [name(method) for method in methods])
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.set_title(fill(SETTINGS[setting].title, WIDE), loc="left", fontsize="medium")
    axes.set_xlabel("test accuracy lost")
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))


def shown(study: Study, setting: str) -> list[str]:
    """The methods of Fig. 4 that the table has there."""
    return [method for method in FIG4 if drop(study, setting, method, "audio")]


def alt(study: Study, settings: Sequence[str] = WHERE) -> str:
    """Who loses most and least, and RGM beside Joint, seed by seed."""
    found = [about(study, setting, modality) for setting in settings for modality in PAIR]
    return f"Horizontal bars, the accuracy lost without audio and without video. {' '.join(found)}"


def about(study: Study, setting: str, modality: str) -> str:
    """A setting and a modality in a sentence."""
    drops = {method: drop(study, setting, method, modality) for method in shown(study, setting)}
    means = {method: interval(seeds.values()).mean for method, seeds in drops.items()}
    most, least = max(means, key=means.__getitem__), min(means, key=means.__getitem__)
    ends = f"{name(most)} ({means[most]:.1%}), the least by {name(least)} ({means[least]:.1%})"
    return (
        f"{SETTINGS[setting].title}, {modality} removed: the most is lost by {ends}; "
        f"RGM's loss, against Joint's, is {compared(paired(drops['rgm'], drops['joint']))}."
    )
