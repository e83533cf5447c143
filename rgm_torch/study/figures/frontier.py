"""The frontier: what constant gradient scales can do, behind methods that choose theirs anew.

A cell is joint training with the encoders' gradients scaled by (s_a, s_v). At s = 0 an encoder
stays as it was drawn and the head still reads its random features: (1, 0) is no model of audio
alone, which is drawn below. On the diagonal nothing is rebalanced: the encoders' learning rate
changes, at the head's old one. The best cell is picked after the fact, on the test split, and so is
rather too good: no method is to blame for staying below it.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle

from rgm_torch.study.figures.look import BLUE, GREEN, GREY, RED, name
from rgm_torch.study.figures.words import compared, plus_minus
from rgm_torch.study.results import Study
from rgm_torch.study.statistics import interval, paired

SETTING, METHOD = "av-digits", "scaling"
PANELS = {
    "test_accuracy": "Test accuracy, %",
    "probe_audio": "Probe of audio, %",
    "probe_video": "Probe of video, %",
}
KEYS: dict[str, dict[str, Any]] = {
    "trains modalities on own losses": {"color": GREEN, "marker": "^"},
    "rescales gradients": {"color": BLUE, "marker": "o"},
    "RGM: rescales and turns them": {"color": RED, "marker": "s"},
    "hollow: not searched, as the cells": {"color": GREY, "marker": "o", "mfc": "none"},
}

Scales = tuple[float, float]


class Yardstick(NamedTuple):
    """A row below the grids: whose test accuracy, and how it is marked."""

    label: str
    method: str
    variant: str
    colour: str
    marker: str


def tuned(method: str, colour: str, marker: str) -> Yardstick:
    """A method as its search left it."""
    return Yardstick(name(method), method, "tuned", colour, marker)


def yardsticks(study: Study) -> list[Yardstick]:
    """Those that the study has: grey as they are, blue and red rescale, green add losses."""
    a, v = best(study)
    rows = [
        *(tuned(method, GREY, "v") for method in ("unimodal video", "unimodal audio")),
        Yardstick("Constant scales, (1, 1)", METHOD, "1.0:1.0", GREY, "D"),
        Yardstick(f"Constant scales, best: ({a:g}, {v:g})", METHOD, f"{a}:{v}", BLUE, "D"),
        Yardstick("EAR, a part of RGM", "rgm", "ear", BLUE, "o"),
        tuned("joint", GREY, "o"),
        *(tuned(method, BLUE, "o") for method in ("ogm-ge", "agm")),
        tuned("rgm", RED, "s"),
        *(tuned(method, GREEN, "^") for method in ("multi-loss", "late-fusion")),
    ]
    return [row for row in rows if study.seeds(SETTING, row.method, row.variant)]


def draw(study: Study) -> Figure:
    """Accuracy and both probes over constant scales; below, methods beside the best of them."""
    figure = Figure(figsize=(9.4, 8.0), layout="constrained")
    (above,), (below,) = figure.subfigures(2, 1, squeeze=False, height_ratios=(1, 1.2))
    panels = dict(zip(PANELS, above.subplots(1, len(PANELS), sharey=True), strict=True))
    grids = {metric: cells(study, metric) for metric in PANELS}
    means = [mean for grid in grids.values() for mean in grid.values()]
    norm = Normalize(min(means), max(means))
    for metric, title in PANELS.items():
        picture = draw_grid(panels[metric], grids[metric], norm)
        panels[metric].set_title(title, loc="left")
        panels[metric].set_xlabel("scale of audio, $s_a$")
    above.axes[0].set_ylabel("scale of video, $s_v$")
    above.colorbar(picture, ax=list(panels.values()), label="%", aspect=14)
    draw_yardsticks(below.subplots(), study)
    return figure


def draw_grid(axes: Axes, grid: Mapping[Scales, float], norm: Normalize) -> AxesImage:
    """A grid of means as colours and as numbers, the largest in a frame."""
    audio, video = (sorted(set(scales)) for scales in zip(*grid, strict=True))
    values = np.array([[grid.get((a, v), np.nan) for a in audio] for v in video])
    picture = axes.imshow(values, cmap="cividis", norm=norm, origin="lower", aspect="auto")
    for (row, column), value in np.ndenumerate(values):
        text = "not run" if np.isnan(value) else f"{value:.1f}"
        colour = GREY if np.isnan(value) else "k" if norm(value) > 0.55 else "w"
        size = "x-small" if np.isnan(value) else "medium"
        axes.text(column, row, text, ha="center", va="center", color=colour, size=size)
    row, column = np.unravel_index(np.nanargmax(values), values.shape)
    axes.add_patch(Rectangle((column - 0.46, row - 0.46), 0.92, 0.92, fill=False, ec=RED, lw=2.5))
    axes.set_xticks(range(len(audio)), [f"{scale:g}" for scale in audio])
    axes.set_yticks(range(len(video)), [f"{scale:g}" for scale in video])
    axes.grid(visible=False)
    return picture


def draw_yardsticks(axes: Axes, study: Study) -> None:
    """Test accuracy of the rows, seeds, mean and 95 % interval, and a line at the best scales.

    Two seeds have intervals of thirteen standard errors, which run out of the picture.
    """
    rows = yardsticks(study)
    every: list[float] = []
    for place, (_, method, variant, colour, marker) in enumerate(rows):
        seeds = [100 * share for share in study.seeds(SETTING, method, variant).values()]
        axes.plot(seeds, [place] * len(seeds), ls="none", marker="|", ms=9, mew=1.2, color=colour)
        every += seeds
        mean, half, _ = interval(seeds)
        face = colour if variant == "tuned" else "none"
        look: dict[str, Any] = {"color": colour, "marker": marker, "mfc": face, "ms": 8}
        axes.errorbar(mean, place, xerr=half, ls="none", mew=1.6, **look)
    axes.axvline(max(cells(study, "test_accuracy").values()), color=GREY, ls="--", marker="")
    axes.set_yticks(range(len(rows)), [row.label for row in rows])
    axes.set(xlabel="test accuracy, % (strokes: seeds)", xlim=(min(every) - 2, max(every) + 2))
    for words, look in KEYS.items():
        axes.plot([], [], ls="none", ms=8, mew=1.6, label=words, **look)
    axes.legend(loc="upper left")


def alt(study: Study) -> str:
    """The best scales, equal or not, how they differ from (1, 1), and methods beside them."""
    a, v = best(study)
    top = study.seeds(SETTING, METHOD, f"{a}:{v}")
    even = compared(paired(top, study.seeds(SETTING, METHOD, "1.0:1.0")))
    grid = cells(study, "test_accuracy")
    unequal = max((scales for scales in grid if scales[0] != scales[1]), key=grid.__getitem__)
    beside = [
        f"{label} {plus_minus(interval(study.seeds(SETTING, method, variant).values()))}"
        for label, method, variant, *_ in yardsticks(study)
        if method != METHOD
    ]
    return (
        "Heat maps of test accuracy and of both probes over constant scales of the encoders' "
        f"gradients, means of {len(top)} seeds, and a dot plot of methods. Best scales: audio "
        f"{a:g}, video {v:g}, accuracy {grid[a, v] / 100:.3f}; against (1, 1), seed by seed, "
        f"{even}. Best unequal scales: audio {unequal[0]:g}, video {unequal[1]:g}, accuracy "
        f"{grid[unequal] / 100:.3f}. Methods: {'; '.join(beside)}."
    )


def cells(study: Study, metric: str) -> dict[Scales, float]:
    """(s_a, s_v) → mean of a metric over the seeds, in percent."""
    found = {}
    for variant in study.variants(SETTING, METHOD):
        if seeds := study.seeds(SETTING, METHOD, variant, metric):
            a, v = map(float, variant.split(":"))
            found[a, v] = 100 * interval(seeds.values()).mean
    return found


def best(study: Study) -> Scales:
    """The scales of the highest mean test accuracy."""
    grid = cells(study, "test_accuracy")
    return max(grid, key=lambda scales: grid[scales])
