"""Fig. 1(a): does acting on conflict alone cost balance? c and w̄ over the epochs.

PCGrad stands for conflict-only modulation. It also adds every modality's own loss, which Joint
lacks: only its distance to Joint + unimodal losses, drawn where that was followed, is due to the
projection. Learning rates are those of each row's search.
"""

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from rgm_torch.study.figures.look import BALANCE, CONFLICT, GREY, LOOKS, line, name
from rgm_torch.study.figures.series import last, over_epochs
from rgm_torch.study.figures.words import compared, listed, plus_minus
from rgm_torch.study.results import Row
from rgm_torch.study.statistics import interval, paired

SETTING = "av-digits"
METHODS = ("joint", "multi-loss", "pcgrad")
PANELS = {
    "conflict": ("Conflict", CONFLICT + ", mean of the epoch"),
    "balance": ("Balance", BALANCE + ", end of the epoch"),
}


def draw(epochs: Sequence[Row]) -> Figure:
    """c and w̄ over the epochs for PCGrad and for Joint: mean and 95 % interval over seeds."""
    figure = Figure(figsize=(9, 3.9), layout="constrained")
    for axes, (metric, (title, label)) in zip(figure.subplots(1, 2), PANELS.items(), strict=True):
        for method in followed(epochs):
            curve = over_epochs(epochs, SETTING, method, metric)
            line(axes, curve, label=name(method), **LOOKS[method])
        axes.set_title(title, loc="left")
        axes.set(xlabel="epoch", ylabel=label)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    figure.axes[0].axhline(0, color=GREY, lw=1, ls="-", marker="")
    figure.axes[1].legend()
    return figure


def alt(epochs: Sequence[Row]) -> str:
    """Where each method ends, and PCGrad against the others, seed by seed."""
    ends = {
        method: [last(over_epochs(epochs, SETTING, method, metric)) for metric in PANELS]
        for method in followed(epochs)
    }
    where = []
    against = []
    for method, seeds in ends.items():
        c, w = (plus_minus(interval(values.values())) for values in seeds)
        where.append(f"{name(method)} at c = {c} and w̄ = {w}")
        if method != "pcgrad" and "pcgrad" in ends:
            pairs = zip(ends["pcgrad"], seeds, strict=True)
            c, w = (compared(paired(ours, control)) for ours, control in pairs)
            against.append(f" Against {name(method)}, PCGrad's c is {c} and its w̄ is {w}.")
    return (
        "Two line charts over the epochs, nonConflict c and balance w̄. In the last epoch: "
        f"{listed(where)}.{''.join(against)}"
    )


def followed(epochs: Sequence[Row]) -> list[str]:
    """Those of the methods that the table has."""
    return [method for method in METHODS if over_epochs(epochs, SETTING, method, "balance")]
