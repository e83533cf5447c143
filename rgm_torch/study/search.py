"""The search: four trials for every row in every setting, judged on validation data alone.

A trial is a learning rate and a value of the method's main dial (`dials`): {1, 2} × the base rate
with either value; or, where a method has no dial, {½, 1, 2, 4} × the base rate. All trials run on
a data draw of their own, whose test split is never read.
"""

from typing import Any

from rgm_torch.study.dials import DIALS
from rgm_torch.study.runs import Run, changes, over_seeds
from rgm_torch.study.settings import SEARCH_SEED, SETTINGS
from rgm_torch.study.store import Store

TUNED = "tuned"


def tried(row: str) -> list[tuple[float, dict[str, Any]]]:
    """The four pairs of a factor on the learning rate and options of the method."""
    method = row.split()[0]
    if method in DIALS:
        return [(factor, options) for options in DIALS[method] for factor in (1.0, 2.0)]
    return [(factor, {}) for factor in (0.5, 1.0, 2.0, 4.0)]


def trials(setting: str, row: str) -> list[Run]:
    """The four trials of a row, in the setting or in the one whose search it takes over."""
    setting = SETTINGS[setting].search or setting
    column = SETTINGS[setting]
    return [
        Run(
            setting,
            row,
            f"trial {number}",
            column.config(
                SEARCH_SEED, test=False, **changes(row, factor * column.base.lr, options)
            ),
        )
        for number, (factor, options) in enumerate(tried(row), start=1)
    ]


def winner(candidates: list[Run], store: Store) -> Run | None:
    """The trial of highest validation accuracy, the first of equals; None if none has finished."""
    found = [(run, store.result(run)) for run in candidates]
    scores = [(result["validation_accuracy"], run) for run, result in found if result]
    return max(scores, key=lambda score: score[0])[1] if scores else None


def tuned(setting: str, row: str, store: Store) -> list[Run]:
    """A row's runs over the seeds, as the search has chosen it; none if all its trials failed."""
    best = winner(trials(setting, row), store)
    if best is None:
        return []
    options = best.config.method_options
    return over_seeds(setting, row, TUNED, lr=best.config.lr, options=options)
