"""Performs runs that are not there yet, several at a time, through joblib."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache

import joblib
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from rgm_torch import data
from rgm_torch.bench.timing import keep_memory
from rgm_torch.data.batch import Corpus
from rgm_torch.study.runs import Run
from rgm_torch.study.store import Store
from rgm_torch.training import Interrupted, train
from rgm_torch.training.display import Display


@contextmanager
def workers(jobs: int, backend: str, address: str | None) -> Iterator[None]:
    """Where joblib sends the runs: processes of this machine, or a cluster's workers.

    On a cluster all machines must see the study's folder. Raises: ImportError that names the
    package of a backend that is not installed, OSError for a cluster that does not answer.
    """
    if backend == "dask":
        from distributed import Client

        with Client(address), joblib.parallel_config("dask"):
            yield
    elif backend == "ray":
        import ray
        from ray.util.joblib import register_ray

        ray.init(address=address)
        register_ray()
        with joblib.parallel_config("ray", n_jobs=-1):
            yield
    else:
        with joblib.parallel_config(backend, n_jobs=jobs):
            yield


def execute(runs: Iterable[Run], store: Store, title: str) -> list[Run]:
    """Perform what is not finished; returns the runs that failed. Goes on where one fails."""
    left = list({run.key: run for run in runs if store.result(run) is None}.values())
    failed = []
    with bar() as progress:
        parallel = joblib.Parallel(return_as="generator_unordered", batch_size=1)
        performed = parallel(joblib.delayed(perform)(run, store) for run in left)
        for run, failure in progress.track(performed, total=len(left), description=title):
            if failure:
                failed.append(run)
                progress.console.print(f"failed: {run}: {failure}", markup=False, soft_wrap=True)
    return failed


def perform(run: Run, store: Store) -> tuple[Run, str | None]:
    """One run in a worker, and why it failed, if it did.

    Whatever a run raises is its own failure and not the study's: it is kept by name.
    """
    keep_memory()
    try:
        corpus = load(run)
        out = store.folder(run)
        quiet = Display(quiet=True)
        train(run.config, out, resume=True, corpus=corpus, display=quiet, draw=False)
    except Interrupted:
        raise
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        store.fail(run, reason)
        return run, reason
    store.finish(run)
    return run, None


def load(run: Run) -> Corpus:
    """The run's data, kept for the next run of this worker."""
    dials = tuple(sorted(run.config.dials.items()))
    return loaded(run.config.data, run.config.data_seed, dials)


@lru_cache(maxsize=4)
def loaded(name: str, seed: int, dials: tuple[tuple[str, object], ...]) -> Corpus:
    """A corpus, by all that decides it."""
    return data.load(name, seed=seed, **dict(dials))


def bar() -> Progress:
    """Runs done, and the time left."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
