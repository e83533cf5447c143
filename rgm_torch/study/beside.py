"""The paper's numbers beside ours, clearly apart, and how far the two rankings agree.

Data, networks and budgets differ, so accuracies cannot be compared between the two sides. What can
be: what a method gains over joint training, and the order of the methods.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy.stats import spearmanr

from rgm_torch.study import paper
from rgm_torch.study.compare import FAMILY, minus
from rgm_torch.study.results import Study
from rgm_torch.study.settings import TABLE_SETTINGS
from rgm_torch.study.tables import NOTHING, TABLES, gap_or_why, level, markdown, number, title

OURS = "small, reproduced here"
APART = "⎮"
"""Head and cells of the empty column between what was found here and what was printed there."""

Gains = Mapping[str, float]


def printed(table: str, metric: str = "accuracy") -> dict[tuple[str, str], dict[str, float]]:
    """(backbone, data) → our name of the method → the paper's number."""
    found: dict[tuple[str, str], dict[str, float]] = {}
    for one in paper.read(table.lower().replace(" ", "")):
        if one.metric == metric:
            found.setdefault((one.backbone, one.data), {})[one.our_name] = one.value
    return found


def beside(study: Study, table: str, settings: Sequence[str] = TABLE_SETTINGS) -> str:
    """Joint, the table's methods and RGM: gain over Joint here, and there as printed."""
    theirs = printed(table)
    heading = [
        "", *(f"{OURS}: {setting}" for setting in settings), APART,
        *(f"{paper.LABELS[backbone]}: {data}" for backbone, data in theirs),
    ]  # fmt: skip
    lines = []
    for row in ("joint", *TABLES[table], "rgm"):
        ours = (ours_of(study, setting, row) for setting in settings)
        lines.append([title(row), *ours, APART, *(theirs_of(c, row) for c in theirs.values())])
    return markdown(heading, lines)


def ours_of(study: Study, setting: str, row: str) -> str:
    """Joint's accuracy, a method's gain over it."""
    if row == "joint":
        return level(study, setting, row).split(";")[0]
    return gap_or_why(study, setting, row, minus(study, setting, row, "joint")).split(" (p")[0]


def theirs_of(column: Gains, row: str) -> str:
    """Joint's accuracy, a method's gain over it, without an interval as none is printed."""
    value = column.get(row, np.nan)
    return number(value, 2) if row == "joint" else number(value - column["joint"], 2, plus=True)


def our_gains(study: Study, setting: str) -> dict[str, float]:
    """Joint and the 21: mean gain over Joint in a setting; without what failed."""
    found = {row: minus(study, setting, row, "joint").mean for row in FAMILY}
    return {"joint": 0.0} | {row: mean for row, mean in found.items() if not np.isnan(mean)}


def their_gains(backbone: str) -> dict[str, float]:
    """Joint and the 21: gain over Joint on a backbone, averaged over the three data sets."""
    gains: dict[str, list[float]] = {}
    for table in TABLES:
        for (network, _), column in printed(table).items():
            if network == backbone:
                for row, value in column.items():
                    gains.setdefault(row, []).append(value - column["joint"])
    return {row: float(np.mean(values)) for row, values in gains.items()}


class Agreement(NamedTuple):
    """Spearman's rank correlation of n methods, and its 95 % interval."""

    rho: float
    low: float
    high: float
    n: int


def agreement(first: Gains, second: Gains) -> Agreement:
    """Spearman's ρ of the methods that both have; tanh(artanh ρ ± z √((1 + ρ²/2)/(n − 3))).

    The interval takes the methods for independent draws, which relatives are not, so it is rather
    too narrow. All nan below four methods or for gains that are all the same.
    Source: Bonett & Wright 2000.
    """
    both = sorted(first.keys() & second.keys())
    columns = [[gains[row] for row in both] for gains in (first, second)]
    if len(both) < 4 or any(len(set(column)) == 1 for column in columns):
        return Agreement(np.nan, np.nan, np.nan, len(both))
    rho = float(spearmanr(*columns).statistic)
    if abs(rho) > 1 - 1e-12:
        return Agreement(rho, rho, rho, len(both))
    reach = 1.96 * math.sqrt((1 + rho**2 / 2) / (len(both) - 3))
    low, high = (math.tanh(math.atanh(rho) + sign * reach) for sign in (-1, 1))
    return Agreement(rho, low, high, len(both))


def agreements(study: Study, settings: Sequence[str] = TABLE_SETTINGS) -> str:
    """The order of the methods: paper against paper, ours against ours, paper against ours."""
    sides = {f"the paper, {name}": their_gains(name) for name in paper.BACKBONES}
    sides |= {f"here, {name}": our_gains(study, name) for name in settings}
    names = list(sides)
    lines = []
    for k, name in enumerate(names[1:], start=1):
        found = (agreement(sides[name], sides[other]) for other in names[:k])
        lines.append([name, *map(_ranked, found), *[""] * (len(names) - 1 - k)])
    return markdown(["", *names[:-1]], lines)


def _ranked(found: Agreement) -> str:
    if np.isnan(found.rho):
        return NOTHING
    return f"{number(found.rho, 2)} ({number(found.low, 2)} to {number(found.high, 2)})"
