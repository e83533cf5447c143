"""A study of seconds: `python -m tests.torch.study.small study table1 --out FOLDER`.

One setting of 64 clips and two seeds. table1 searches joint and RGM, fig5 asks for the same,
table3 has two rows as they stand, and the other plans are empty.
"""

import csv
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rgm_torch.__main__ import main
from rgm_torch.study.plans import PLANS, Plan
from rgm_torch.study.runs import Run, over_seeds
from rgm_torch.study.settings import SETTINGS, Setting
from rgm_torch.training import Config

NAME = "av-digits"
DIALS = {"train": 64, "validation": 24, "test": 24, "nr": 4}
BASE = Config(data="bounce-av", dials=DIALS, epochs=2, batch_size=16, width=8, threads=1)
SETTING = Setting("small", BASE, seeds=2)
SEARCHED = ((NAME, "joint"), (NAME, "rgm"))


def rows_as_they_stand() -> list[Run]:
    """Two rows of Table 3, two seeds each."""
    ear = over_seeds(NAME, "rgm", "ear", options={"parts": ["ear"]})
    return [*over_seeds(NAME, "joint", "none"), *ear]


def shrink(put: Callable[[dict, str, Any], None]) -> None:
    """Put the small setting and plans in the place of the real ones."""
    put(SETTINGS, NAME, SETTING)
    plans = {name: Plan() for name in PLANS}
    plans |= {"table1": Plan(SEARCHED), "fig5": Plan(SEARCHED)}
    plans["table3"] = Plan(fixed=tuple(rows_as_they_stand()))
    for name, plan in plans.items():
        put(PLANS, name, plan)


def study(out: Path, *arguments: str, jobs: int = 1) -> int:
    """The command; with one job all runs are made in this process."""
    return main(["study", *arguments, "--out", str(out), "--jobs", str(jobs)])


def read(path: Path) -> list[dict[str, str]]:
    """The rows of a table."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def without_seconds(path: Path) -> list[dict[str, str]]:
    """The rows of study.csv but for what the clock said."""
    return [{name: v for name, v in row.items() if name != "seconds"} for row in read(path)]


if __name__ == "__main__":
    shrink(dict.__setitem__)
    sys.exit(main())
