"""The study in one tidy table: one number per row, CSV."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rgm_torch.study.plans import PLANS
from rgm_torch.study.runs import Run, once
from rgm_torch.study.store import Store
from rgm_torch.training.files import write

COLUMNS = (
    "run", "setting", "method", "variant", "data", "backbone", "seed", "metric", "value",
    "seconds", "versions",
)  # fmt: skip

LEFT_OUT = ("train_nll", "train_ece")
"""Of no use in any table."""


def write_study(store: Store) -> Path:
    """Write study.csv of all finished runs of all plans, each once; returns its path."""
    path = store.path / "study.csv"
    write_rows(path, COLUMNS, rows(all_runs(store), store))
    return path


def write_rows(path: Path, columns: Sequence[str], found: Iterable[Sequence[Any]]) -> None:
    """A CSV file with a header, replaced at one stroke."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(columns)
    table.writerows(found)
    write(path, text.getvalue())


def all_runs(store: Store) -> list[Run]:
    """The runs of all plans; what two of them share comes once."""
    return once(run for plan in PLANS.values() for run in (*plan.trials(), *plan.runs(store)))


def rows(runs: Iterable[Run], store: Store) -> Iterator[list[Any]]:
    """The rows of all runs; a failed one has a single row, metric "failed"."""
    for run in runs:
        config = run.config
        start: list[Any] = [run.key, run.setting, run.method, run.variant]
        start += [config.data, config.encoder, config.seed]
        result = store.result(run)
        if result is None:
            if store.failure(run):
                yield [*start, "failed", 1, "", ""]
            continue
        end = [result["seconds"]["training"], f"torch {store.versions(run)['torch']}"]
        for metric, value in metrics(result).items():
            yield [*start, metric, f"{value:.5g}", *end]


def metrics(result: Mapping[str, Any]) -> dict[str, float]:
    """A run's numbers under flat names: test_own_accuracy_audio, probe_video, balance, …

    A trial, which has not read the test split, has its validation accuracy only.
    """
    flat = {"validation_accuracy": result["validation_accuracy"]}
    if "test" not in result:
        return flat
    flat |= flattened("train", result["train"]) | flattened("test", result["test"])
    flat |= flattened("probe", result["probes"]) | flattened("kept", result["ablation"]["kept"])
    flat |= {short(name): value for name, value in result["plane"].items()}
    return {name: value for name, value in flat.items() if name not in LEFT_OUT}


def flattened(start: str, values: Mapping[str, Any]) -> dict[str, float]:
    """{"own": {"audio": 1}} → {"start_own_audio": 1}."""
    flat: dict[str, float] = {}
    for name, value in values.items():
        label = f"{start}_{name}"
        flat |= flattened(label, value) if isinstance(value, Mapping) else {label: value}
    return flat


def short(name: str) -> str:
    """ "balance_audio-video" → "balance": with two modalities there is one pair."""
    return name.removesuffix("_audio-video")
