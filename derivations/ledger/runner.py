"""Run claims side by side, one process per core, with a progress bar."""

from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from derivations.ledger.claim import REGISTRY
from derivations.ledger.judge import Result, run


def run_by_id(claim_id: str, fast: bool) -> Result:
    """Run one claim in a worker, which finds it in its own registry."""
    import derivations  # noqa: F401  (fills the registry of a spawned worker)

    return run(REGISTRY[claim_id], fast)


def run_all(claim_ids: Iterable[str], fast: bool, jobs: int, console: Console) -> list[Result]:
    """Results of the named claims, in the order of the ledger."""
    order = list(claim_ids)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    results: dict[str, Result] = {}
    with (
        Progress(*columns, console=console, transient=True) as progress,
        ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool,
    ):
        bar = progress.add_task("checking claims", total=len(order))
        running = {pool.submit(run_by_id, claim_id, fast): claim_id for claim_id in order}
        for done in as_completed(running):
            result = done.result()
            results[result.id] = result
            progress.update(bar, advance=1, description=f"checked {result.id}")
    return [results[claim_id] for claim_id in order]
