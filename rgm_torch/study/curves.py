"""How some runs went: epoch by epoch, step by step, and where single samples were on the plane."""

import csv
from collections.abc import Iterator
from pathlib import Path

from rgm_torch.study.plans import PLANS
from rgm_torch.study.runs import Run, once
from rgm_torch.study.store import Store
from rgm_torch.study.tidy import short, write_rows

IDENTITY = ("setting", "method", "variant", "seed")

FOLLOWED = {
    "fig3": ("av-digits",),
    "fig5": ("av-digits", "dominant"),
    "fig1": ("redundant",),
    "questions": ("dependent", "synergy", "noise"),
}
"""Plans and settings whose runs are followed over the epochs."""

PER_EPOCH = (
    "loss", "validation_accuracy", "validation_residual", "own_residual_audio",
    "own_residual_video", "own_accuracy_audio", "own_accuracy_video", "balance", "conflict",
)  # fmt: skip
PER_STEP = ("energy_audio", "energy_video", "balance")
EVERY = 5  # steps between two points of a curve over steps
MOST = 1500  # points of a method on the plane


def write_curves(store: Store) -> list[Path]:
    """Write epochs.csv, steps.csv and samples.csv of the runs that figures follow."""
    paths = [store.path / f"{name}.csv" for name in ("epochs", "steps", "samples")]
    epochs = [row for run in finished(store) for row in per_epoch(run, store)]
    write_rows(paths[0], (*IDENTITY, "epoch", "metric", "value"), epochs)
    steps = [row for run in first_seed("fig5", store) for row in per_step(run, store)]
    write_rows(paths[1], (*IDENTITY, "step", "loss", *PER_STEP), steps)
    samples = [row for run in first_seed("fig3", store) for row in per_sample(run, store)]
    write_rows(paths[2], (*IDENTITY, "step", "balance", "conflict"), samples)
    return paths


def finished(store: Store) -> list[Run]:
    """The finished runs of FOLLOWED, each once."""
    return once(
        run
        for name, settings in FOLLOWED.items()
        for run in PLANS[name].only(settings).runs(store)
        if store.result(run)
    )


def first_seed(plan: str, store: Store) -> list[Run]:
    """The finished runs of a plan with seed 0."""
    runs = PLANS[plan].runs(store)
    return [run for run in runs if run.config.seed == 0 and store.result(run)]


def identity(run: Run) -> list[object]:
    """Where a row belongs."""
    return [run.setting, run.method, run.variant, run.config.seed]


def read(run: Run, store: Store, name: str) -> Iterator[dict[str, str]]:
    """The rows of one of a run's tables, under short names."""
    with (store.folder(run) / name).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield {short(column): value for column, value in row.items()}


def per_epoch(run: Run, store: Store) -> Iterator[list[object]]:
    """One number per row."""
    for row in read(run, store, "metrics.csv"):
        for metric in PER_EPOCH:
            if metric in row:
                yield [*identity(run), row["epoch"], metric, f"{float(row[metric]):.5g}"]


def per_step(run: Run, store: Store) -> Iterator[list[object]]:
    """Loss, energies and w̄ of every fifth step."""
    losses = {row["step"]: row["loss"] for row in read(run, store, "losses.csv")}
    for row in read(run, store, "plane.csv"):
        if int(row["step"]) % EVERY == 0:
            numbers = [losses[row["step"]], *(row[name] for name in PER_STEP)]
            yield [*identity(run), row["step"], *(f"{float(number):.5g}" for number in numbers)]


def per_sample(run: Run, store: Store) -> Iterator[list[object]]:
    """Samples on the plane, evenly over the training: w̄ is that of the sample's step."""
    balance = {row["step"]: row["balance"] for row in read(run, store, "plane.csv")}
    samples = list(read(run, store, "samples.csv"))
    for row in samples[:: -(-len(samples) // MOST)]:
        numbers = (balance[row["step"]], row["conflict"])
        yield [*identity(run), row["step"], *(f"{float(number):.5g}" for number in numbers)]
