"""What stands behind Tables 1 and 2: what each modality knows, what a method costs, the search."""

from collections.abc import Sequence

import numpy as np

from rgm_torch.study.plans import CONFLICT, CONTROLS, IMBALANCE
from rgm_torch.study.results import Row, Study
from rgm_torch.study.search import tried
from rgm_torch.study.settings import SEARCH_SEED, SETTINGS, TABLE_SETTINGS
from rgm_torch.study.statistics import interval
from rgm_torch.study.tables import NOTHING, markdown, missing, number, title, uncertain

ROWS = ("joint", *IMBALANCE, *CONFLICT, "rgm", *CONTROLS[1:])
"""The rows of both tables, each once."""

LEVELS = ("residual", "own_residual_audio", "own_residual_video")
ALONE = ("kept", "test_own_accuracy", "probe")


def residuals(study: Study, setting: str) -> str:
    """‖r‖² beside e_audio and e_video, means over the seeds, on training and test clips."""
    heading = [
        "", "‖r‖² train", "e audio train", "e video train", "‖r‖² test", "e audio test",
        "e video test",
    ]  # fmt: skip
    metrics = [f"{split}_{name}" for split in ("train", "test") for name in LEVELS]
    lines = ([title(row), *(mean(study, setting, row, m, 3) for m in metrics)] for row in ROWS)
    return markdown(heading, lines)


def knowledge(study: Study, setting: str) -> str:
    """Accuracy of one modality alone in percent, asked in three ways, ± half-width at 95 %."""
    heading = [
        "", "audio kept", "video kept", "audio's own", "video's own", "audio's probe",
        "video's probe",
    ]  # fmt: skip
    metrics = [f"{way}_{modality}" for way in ALONE for modality in ("audio", "video")]
    lines = ([title(row), *(percent(study, setting, row, m) for m in metrics)] for row in ROWS)
    return markdown(heading, lines)


def mean(study: Study, setting: str, row: str, metric: str, digits: int) -> str:
    """The mean of a metric over the seeds, a stroke where it does not exist."""
    return number(interval(study.seeds(setting, row, metric=metric).values()).mean, digits)


def percent(study: Study, setting: str, row: str, metric: str) -> str:
    """Mean ± half-width of a share in percent, a stroke where it does not exist."""
    found = interval(100 * v for v in study.seeds(setting, row, metric=metric).values())
    return uncertain(found.mean, found.half_width) if found.n else NOTHING


def costs(cost: Sequence[Row], settings: Sequence[str] = TABLE_SETTINGS) -> str:
    """Time of a training step and memory at its peak, as multiples of Joint's."""
    found = {(row["setting"], row["method"]): row for row in cost}
    settings = [setting for setting in settings if any(place[0] == setting for place in found)]
    heading = [
        "",
        *(f"{what}, {s}" for s in settings for what in ("time", "memory")),
    ]

    def cells(row: str) -> list[str]:
        values = (found.get((s, row), {}).get(f"{what}_ratio") for s in settings
                  for what in ("step", "memory"))  # fmt: skip
        return [f"{float(value):.2f}" if value else NOTHING for value in values]

    return markdown(heading, ([title(row), *cells(row)] for row in ROWS))


def search(study: Study, settings: Sequence[str] = TABLE_SETTINGS) -> str:
    """The four trials of every row and their validation accuracies, where there was a search."""
    settings = [setting for setting in settings if not SETTINGS[setting].search]
    heading = ["", "the four trials", *settings]
    lines = ([title(row), said(row), *(scores(study, s, row) for s in settings)] for row in ROWS)
    return markdown(heading, lines)


def said(row: str) -> str:
    """The trials in words: "η, 2η, η with blocks=4, 2η with blocks=4"."""

    def words(factor: float, options: dict[str, object]) -> str:
        rate = {0.5: "½η", 1.0: "η"}.get(factor, f"{factor:g}η")
        named = ", ".join(f"{name}={_short(value)}" for name, value in options.items())
        return f"{rate} with {named}" if named else rate

    return "; ".join(words(*trial) for trial in tried(row))


def validation(study: Study, setting: str, row: str) -> list[float]:
    """The validation accuracies of a row's four trials in percent, nan for one that failed.

    In a setting that takes over another's search they are those of that one.
    """
    setting = SETTINGS[setting].search or setting
    trials = range(1, len(tried(row)) + 1)
    found = (study.seeds(setting, row, f"trial {n}", "validation_accuracy") for n in trials)
    return [100 * values.get(SEARCH_SEED, np.nan) for values in found]


def chosen(study: Study, setting: str, row: str) -> int | None:
    """The place of the trial that won, the first of equals; None if none has finished."""
    values = validation(study, setting, row)
    return None if np.isnan(values).all() else int(np.nanargmax(values))


def scores(study: Study, setting: str, row: str) -> str:
    """Four validation accuracies, the winner's bold, "failed" where a trial did."""
    values, best = validation(study, setting, row), chosen(study, setting, row)
    if best is None:
        return missing(study, setting, row)
    words = ["failed" if np.isnan(value) else number(value) for value in values]
    words[best] = f"**{words[best]}**"
    return " ".join(words)


def _short(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
