"""Tables 1 and 2, small, as Markdown: accuracy, balance, and paired differences to the controls."""

import sys
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from rgm_torch.methods import METHODS
from rgm_torch.study.compare import (
    OTHERS,
    VERDICTS,
    accuracy,
    against,
    best,
    controls_against,
    failures,
    rgm_against_others,
    verdict,
)
from rgm_torch.study.families import Judged
from rgm_torch.study.plans import CONFLICT, CONTROLS, IMBALANCE
from rgm_torch.study.results import Study
from rgm_torch.study.search import tried
from rgm_torch.study.settings import SETTINGS, TABLE_SETTINGS
from rgm_torch.study.statistics import Difference, interval

TABLES = {"Table 1": IMBALANCE, "Table 2": CONFLICT}
"""The methods of each table beside joint training and RGM."""

TITLES = {
    "joint": "Joint",
    "rgm": "RGM",
    "unimodal audio": "Audio alone",
    "unimodal video": "Video alone",
    "late-fusion": "Late fusion",
    "multi-loss": "Joint + unimodal losses",
    "own-residual": "Own residuals (ours)",
}
MARKS = {"higher": " ▲", "lower": " ▼", "not resolved": "", "missing": ""}
NOTHING = "–"
SHORT = ("joint", "rgm", "late-fusion")


def title(row: str) -> str:
    """A row's name as people write it, with what it leaves out of the published method."""
    if row in TITLES:
        return TITLES[row]
    method = METHODS[row]
    words = str(sys.modules[method.__module__].__doc__).split(":")[0].split(" (")[0]
    return f"{words}, {method.variant}" if method.variant else words


def rows_of(table: str) -> tuple[str, ...]:
    """Joint training, the table's methods, RGM, and the controls."""
    return ("joint", *TABLES[table], "rgm", *CONTROLS[1:])


def markdown(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown; a stroke inside a cell is escaped."""
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines
    )


def by_setting(
    rows: Iterable[str], cell: Callable[[str, str], str], settings: Sequence[str] = TABLE_SETTINGS
) -> str:
    """A row per method, a column per setting; `cell(setting, row)` fills it. RGM stands out."""
    lines = (
        [f"**{title(row)}**" if row == "rgm" else title(row), *(cell(s, row) for s in settings)]
        for row in rows
    )
    return markdown(["", *settings], lines)


def number(value: float, digits: int = 1, plus: bool = False) -> str:
    """With a true minus, no minus zero, and a stroke for what is not there."""
    if np.isnan(value):
        return NOTHING
    rounded = round(value, digits) + 0.0
    return f"{rounded:{'+' if plus else ''}.{digits}f}".replace("-", "−")


def uncertain(mean: float, half_width: float, digits: int = 1, plus: bool = False) -> str:
    """mean ± half-width of the 95 % interval."""
    return f"{number(mean, digits, plus)} ± {number(half_width, digits)}"


def missing(study: Study, setting: str, row: str) -> str:
    """What stands in place of a number: the run failed, all trials of it failed, or nothing."""
    if failures(study, setting, row):
        return "failed"
    trials = [f"trial {number}" for number, _ in enumerate(tried(row), start=1)]
    if all(failures(study, setting, row, trial) for trial in trials):
        return "failed in all trials"
    return NOTHING


def level(study: Study, setting: str, row: str) -> str:
    """Accuracy ± half-width of the 95 % interval, w̄, and how many seeds failed."""
    found = interval(accuracy(study, setting, row).values())
    if not found.n:
        return missing(study, setting, row)
    w_bar = interval(study.seeds(setting, row, metric="balance").values())
    failed = failures(study, setting, row)
    more = f", {failed} failed" if failed else ""
    return f"{uncertain(*found[:2])}; {number(w_bar.mean, 2)}{more}"


def gap(found: Difference | Judged) -> str:
    """A difference ± half-width; in a family a mark where resolved, outside it the plain p."""
    text = uncertain(found.mean, found.half_width, plus=True)
    return (
        text + MARKS[verdict(found)] if isinstance(found, Judged) else f"{text} (p {found.p:.2g})"
    )


def gap_or_why(study: Study, setting: str, row: str, found: Difference | Judged) -> str:
    """A difference, or why there is none."""
    return gap(found) if found.n else missing(study, setting, row)


def levels(study: Study, table: str, settings: Sequence[str] = TABLE_SETTINGS) -> str:
    """Accuracy and w̄ of a table's rows."""
    return by_setting(rows_of(table), lambda s, row: level(study, s, row), settings)


def gaps(study: Study, table: str, control: str, settings: Sequence[str] = TABLE_SETTINGS) -> str:
    """Paired differences of a table's rows to a control. The family is the 21 of both tables."""
    found: dict[str, dict[str, Difference | Judged]] = {
        s: {**against(study, s, control), **controls_against(study, s, control)} for s in settings
    }
    rows = (row for row in rows_of(table) if row != control)
    return by_setting(rows, lambda s, row: gap_or_why(study, s, row, found[s][row]), settings)


def rgm_gaps(study: Study, settings: Sequence[str] = TABLE_SETTINGS) -> str:
    """RGM minus each of the 20 others."""
    found = {setting: rgm_against_others(study, setting) for setting in settings}
    return by_setting(OTHERS, lambda s, row: gap_or_why(study, s, row, found[s][row]), settings)


def counted(found: Iterable[Judged]) -> str:
    """How many are higher, lower, not resolved: "2 higher, 1 lower, 18 not resolved"."""
    words = [verdict(one) for one in found]
    return ", ".join(f"{words.count(word)} {word}" for word in VERDICTS if word in words)


def overview(study: Study, settings: Sequence[str] = TABLE_SETTINGS) -> str:
    """A line per setting: RGM against the controls and the best other, and all 21 against each."""
    heading = [
        "", "RGM − Joint", "RGM − Joint + unimodal losses", "RGM − late fusion",
        "RGM − the best of the 20 others", "RGM − each of the 20",
        "the 21 − Joint", "the 21 − late fusion",
    ]  # fmt: skip
    lines = []
    for setting in settings:
        found = [against(study, setting, c) for c in ("joint", "multi-loss", "late-fusion")]
        others, name = rgm_against_others(study, setting), best(study, setting)
        all_of = (counted(family.values()) for family in (others, found[0], found[2]))
        rival = f"{gap(others[name])}, {title(name)}" if name else NOTHING
        single = (gap(family["rgm"]) for family in found)
        lines.append([setting, *single, rival, *all_of])
    return markdown(heading, lines)


def short_overview(study: Study, settings: Sequence[str] = TABLE_SETTINGS) -> str:
    """A line per setting for a reader in a hurry: accuracies, and RGM beside Joint and late."""
    heading = ["", "Joint", "RGM", "late fusion", "RGM − Joint", "RGM − late fusion"]
    lines = []
    for setting in settings:
        means = [interval(accuracy(study, setting, row).values()) for row in SHORT]
        found = [against(study, setting, control)["rgm"] for control in ("joint", "late-fusion")]
        levels_of = (uncertain(mean, half) for mean, half, _ in means)
        lines.append([SETTINGS[setting].title, *levels_of, *map(gap, found)])
    return markdown(heading, lines)
