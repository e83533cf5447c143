"""Which row of a table differs from which: families of paired comparisons, corrected by Holm.

Differences are in percentage points of test accuracy.
"""

from collections.abc import Iterable

import numpy as np

from rgm_torch.study.families import LEVEL, Judged, judged
from rgm_torch.study.plans import CONFLICT, CONTROLS, IMBALANCE
from rgm_torch.study.results import Study
from rgm_torch.study.search import TUNED
from rgm_torch.study.statistics import Difference, interval, paired

FAMILY = ("rgm", *IMBALANCE, *CONFLICT)
"""The 21 that the paper compares beside joint training. Controls stand outside the family."""

OTHERS = FAMILY[1:]
"""The 20 that RGM is compared with."""

AT_RATE = {"η": ("ear+syn+orth", "none"), "2η": ("rate=2", "rate=2")}
"""Rate → the variants of RGM and of joint training that were trained at it without a search."""

VERDICTS = ("higher", "lower", "not resolved", "missing")


def accuracy(study: Study, setting: str, row: str, variant: str = TUNED) -> dict[int, float]:
    """Seed → test accuracy in percent of a row, by default as the search has chosen it."""
    return {seed: 100 * value for seed, value in study.seeds(setting, row, variant).items()}


def failures(study: Study, setting: str, row: str, variant: str = TUNED) -> int:
    """How many of a row's seeds failed."""
    return len(study.seeds(setting, row, variant, "failed"))


def minus(study: Study, setting: str, row: str, control: str) -> Difference:
    """The row minus the control, seed by seed, judged alone."""
    return paired(accuracy(study, setting, row), accuracy(study, setting, control))


def against(study: Study, setting: str, control: str) -> dict[str, Judged]:
    """Each of the 21 minus the control, judged as one family."""
    return judged({row: minus(study, setting, row, control) for row in FAMILY})


def controls_against(study: Study, setting: str, control: str) -> dict[str, Difference]:
    """The other controls, joint training among them, minus the control, each judged alone."""
    rest = (row for row in CONTROLS if row != control)
    return {row: minus(study, setting, row, control) for row in rest}


def rgm_against_others(study: Study, setting: str) -> dict[str, Judged]:
    """RGM minus each of the 20 others, as one family.

    All 20 are asked, because the best of 20 seen on the test split is too good by its luck: who is
    picked by the numbers must be judged with all who could have been picked.
    """
    return judged({row: minus(study, setting, "rgm", row) for row in OTHERS})


def rgm_at(study: Study, setting: str, rate: str) -> Difference:
    """RGM minus joint training in points, both at one of the rates of `AT_RATE`."""
    rgm, joint = AT_RATE[rate]
    return paired(accuracy(study, setting, "rgm", rgm), accuracy(study, setting, "joint", joint))


def verdict(found: Difference | Judged) -> str:
    """In words, one of `VERDICTS`: by Holm's p in a family, by its own p outside of one.

    "missing" where fewer than two seeds have both runs.
    """
    p = found.adjusted if isinstance(found, Judged) else found.p
    if np.isnan(p):
        return "missing"
    if p > LEVEL:
        return "not resolved"
    return "higher" if found.mean > 0 else "lower"


def best(study: Study, setting: str, rows: Iterable[str] = OTHERS) -> str | None:
    """The row of highest mean accuracy; None where no row has any."""
    means = {row: interval(accuracy(study, setting, row).values()).mean for row in rows}
    found = {row: mean for row, mean in means.items() if not np.isnan(mean)}
    return max(found, key=lambda row: found[row]) if found else None
