"""Performs runs that are not there yet, several at a time, through joblib."""

import time
from collections.abc import Iterable, Iterator

import joblib
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from rgm_torch.bench.timing import keep_memory
from rgm_torch.study.runs import Run
from rgm_torch.study.store import Store
from rgm_torch.training import Interrupted, train
from rgm_torch.training.display import Display

Performed = tuple[Run, str | None]
"""A run, and why it failed, if it did."""

LINE_EVERY = 60.0
"""Seconds between two lines in a log, where no bar can move."""


def execute(runs: Iterable[Run], store: Store, title: str) -> list[Run]:
    """Perform what is not finished; returns the runs that failed. Goes on where one fails."""
    left = list({run.key: run for run in runs if store.result(run) is None}.values())
    failed: list[Run] = []
    if not left:
        return failed
    with bar() as progress:
        parallel = joblib.Parallel(return_as="generator_unordered", batch_size=1)
        performed = parallel(joblib.delayed(perform)(run, store) for run in left)
        for run, failure in shown(performed, progress, title, len(left)):
            if failure:
                failed.append(run)
                progress.console.print(f"failed: {run}: {failure}", markup=False, soft_wrap=True)
    return failed


def perform(run: Run, store: Store) -> Performed:
    """One run in a worker.

    Whatever a run raises is its own failure and not the study's: it is kept by name.
    """
    keep_memory()
    try:
        quiet = Display(quiet=True)
        train(run.config, store.folder(run), resume=True, display=quiet, draw=False)
    except Interrupted:
        raise
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        store.fail(run, reason)
        return run, reason
    store.finish(run)
    return run, None


def bar() -> Progress:
    """Runs done, and the time left."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        speed_estimate_period=600,  # seconds; a run may take a minute
    )


def shown(
    performed: Iterable[Performed], progress: Progress, title: str, total: int
) -> Iterator[Performed]:
    """Passes on what comes and shows how much it is: by the bar, in a log by a line a minute."""
    progress.add_task(title, total=total)
    (task,) = progress.tasks
    said = time.monotonic()
    for result in performed:
        yield result
        progress.advance(task.id)
        if not progress.console.is_terminal and time.monotonic() - said >= LINE_EVERY:
            said = time.monotonic()
            columns = (c for c in progress.columns if not isinstance(c, str | BarColumn))
            line = " ".join(str(column(task)) for column in columns)
            progress.console.print(f"{line} left", soft_wrap=True)
