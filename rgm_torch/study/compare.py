"""Which row of a table differs from which: families of paired comparisons, corrected by Holm."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from rgm_torch.study.plans import CONFLICT, CONTROLS, IMBALANCE
from rgm_torch.study.results import Study
from rgm_torch.study.search import TUNED
from rgm_torch.study.statistics import holm, interval, paired

FAMILY = ("rgm", *IMBALANCE, *CONFLICT)
"""The 21 that the paper compares beside joint training. Controls stand outside the family."""

OTHERS = FAMILY[1:]
"""The 20 that RGM is compared with."""

ALPHA = 0.05


class Compared(NamedTuple):
    """A paired difference in percentage points, over n seeds.

    `p` is that of no difference; `adjusted` is Holm's, within its family, None outside of one.
    """

    mean: float
    half_width: float
    n: int
    p: float
    adjusted: float | None = None

    @property
    def judged(self) -> float:
        """The p-value that decides: Holm's in a family, the plain one outside."""
        return self.p if self.adjusted is None else self.adjusted

    @property
    def verdict(self) -> str:
        """In words: "higher", "lower", "not resolved", or "failed" without two seeds."""
        if np.isnan(self.judged):
            return "failed"
        if self.judged > ALPHA:
            return "not resolved"
        return "higher" if self.mean > 0 else "lower"


def accuracy(study: Study, setting: str, row: str) -> dict[int, float]:
    """Seed → test accuracy in percent of a row as the search has chosen it."""
    return {seed: 100 * value for seed, value in study.seeds(setting, row).items()}


def failures(study: Study, setting: str, row: str, variant: str = TUNED) -> int:
    """How many of a row's seeds failed."""
    return len(study.seeds(setting, row, variant, "failed"))


def difference(study: Study, setting: str, row: str, control: str) -> Compared:
    """The row minus the control, seed by seed, judged alone."""
    found = paired(accuracy(study, setting, row), accuracy(study, setting, control))
    return Compared(found.mean, found.half_width, found.n, found.p)


def corrected(family: Mapping[str, Compared]) -> dict[str, Compared]:
    """The same differences, judged together: Holm over all of them, failed ones counted."""
    adjusted = holm([one.p for one in family.values()])
    return {
        name: one._replace(adjusted=p)
        for (name, one), p in zip(family.items(), adjusted, strict=True)
    }


def against(study: Study, setting: str, control: str) -> dict[str, Compared]:
    """Every row minus the control: the 21 as one family, then the controls, each judged alone."""
    family = {row: difference(study, setting, row, control) for row in FAMILY}
    rest = (row for row in CONTROLS if row != control)
    return corrected(family) | {row: difference(study, setting, row, control) for row in rest}


def rgm_against_others(study: Study, setting: str) -> dict[str, Compared]:
    """RGM minus each of the 20 others, as one family.

    All 20 are asked, because the best of 20 seen on the test split is too good by its luck: who is
    picked by the numbers must be judged with all who could have been picked.
    """
    return corrected({row: difference(study, setting, "rgm", row) for row in OTHERS})


def best(study: Study, setting: str, rows: Iterable[str] = OTHERS) -> str | None:
    """The row of highest mean accuracy; None where no row has any."""
    means = {row: interval(accuracy(study, setting, row).values()).mean for row in rows}
    found = {row: mean for row, mean in means.items() if not np.isnan(mean)}
    return max(found, key=lambda row: found[row]) if found else None
