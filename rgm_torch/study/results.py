"""Reads a study's tables back: what was committed here, or what you ran yourself."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

COMMITTED = Path(__file__).with_name("committed")
"""The tables that come with the course; machine.json there says how they were made."""

Row = Mapping[str, str]


def table(name: str, folder: Path = COMMITTED) -> list[dict[str, str]]:
    """All rows of a table, "study", "epochs", "steps", "samples" or "cost", as text."""
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Study:
    """The numbers of study.csv, by setting, method, variant and metric."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._values: dict[tuple[str, str, str], dict[str, dict[int, float]]] = {}
        for row in rows:
            place = (row["setting"], row["method"], row["variant"])
            metrics = self._values.setdefault(place, {})
            metrics.setdefault(row["metric"], {})[int(row["seed"])] = float(row["value"])

    def seeds(
        self, setting: str, method: str, variant: str = "tuned", metric: str = "test_accuracy"
    ) -> dict[int, float]:
        """Seed → value of a metric; accuracies are shares. Empty where nothing was found."""
        return self._values.get((setting, method, variant), {}).get(metric, {})

    def variants(self, setting: str, method: str) -> list[str]:
        """The variants of a method that were run in a setting, in the order of the table."""
        return [place[2] for place in self._values if place[:2] == (setting, method)]


def committed() -> Study:
    """The study that comes with the course."""
    return Study(table("study"))
