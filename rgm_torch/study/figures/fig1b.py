"""Fig. 1(b): does rising imbalance bring more conflict? The video of ever more clips is missing."""

from collections.abc import Sequence
from statistics import fmean

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from rgm_torch.study.figures.look import BALANCE, BLUE, CONFLICT, GREY, line
from rgm_torch.study.figures.series import Curve, Seeds, last, over_epochs
from rgm_torch.study.figures.words import compared, plus_minus
from rgm_torch.study.results import Row
from rgm_torch.study.statistics import interval, paired

SETTING, METHOD, START = "redundant", "joint", "missing="
PANELS = {
    "balance": ("Balance", BALANCE + ", end of training"),
    "conflict": ("Conflict", CONFLICT + ", mean of training"),
    "negative": ("Share in conflict", "samples with $c < 0$, mean of training"),
}


def draw(epochs: Sequence[Row]) -> Figure:
    """w̄, c and the share of clips with c < 0 against the share of clips without video."""
    found = {metric: curve for metric in PANELS if (curve := over_shares(epochs, metric))}
    figure = Figure(figsize=(3.6 * len(found), 3.7), layout="constrained")
    panels = figure.subplots(1, len(found), sharex=True)
    for axes, (metric, curve) in zip(panels, found.items(), strict=True):
        title, label = PANELS[metric]
        line(axes, curve, color=BLUE, marker="o", ls="-")
        draw_seeds(axes, curve)
        axes.set_title(title, loc="left")
        axes.set(xlabel="clips without video", ylabel=label, xticks=sorted(curve))
        axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    panels[1].axhline(0, color=GREY, lw=1, ls="-", marker="")
    return figure


def draw_seeds(axes: Axes, curve: Curve) -> None:
    """A small hollow dot for every run."""
    points = [(share, value) for share, seeds in curve.items() for value in seeds.values()]
    x, y = zip(*points, strict=True)
    axes.plot(x, y, ls="none", marker="o", ms=4, mfc="none", mec=GREY, mew=1)


def alt(epochs: Sequence[Row]) -> str:
    """w̄, c and the share of conflicting clips at both ends, and how the ends differ."""
    parts = []
    for metric, (title, _) in PANELS.items():
        if curve := over_shares(epochs, metric):
            few, many = curve[min(curve)], curve[max(curve)]
            ends = (plus_minus(interval(seeds.values())) for seeds in (few, many))
            parts.append(f"{title.lower()} {' to '.join(ends)}, {compared(paired(many, few))}")
    shares = over_shares(epochs, "balance")
    return (
        "Line charts of Joint over the share of clips without video, from "
        f"{min(shares):.0%} to {max(shares):.0%}: {'; '.join(parts)}."
    )


def over_shares(epochs: Sequence[Row], metric: str) -> Curve:
    """Share of clips without video → seed → value; empty for a metric that the table lacks."""
    variants = {row["variant"] for row in epochs if row["variant"].startswith(START)}
    return {
        float(variant.removeprefix(START)): of_training(curve, metric)
        for variant in sorted(variants)
        if (curve := over_epochs(epochs, SETTING, METHOD, metric, variant))
    }


def of_training(curve: Curve, metric: str) -> Seeds:
    """The energies' balance is at the end what the training made it; others: mean of the epochs."""
    if metric == "balance":
        return last(curve)
    return {seed: fmean(seeds[seed] for seeds in curve.values()) for seed in last(curve)}
