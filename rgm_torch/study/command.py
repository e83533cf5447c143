"""The command `python -m rgm_torch study`."""

import argparse
from collections.abc import Collection
from concurrent.futures.process import BrokenProcessPool
from datetime import UTC, datetime
from pathlib import Path

from rgm_torch.study.backends import workers
from rgm_torch.study.costs import write_costs
from rgm_torch.study.curves import write_curves
from rgm_torch.study.execute import execute
from rgm_torch.study.machine import write_machine
from rgm_torch.study.plans import PLANS
from rgm_torch.study.search import tuned
from rgm_torch.study.settings import SETTINGS
from rgm_torch.study.store import Store
from rgm_torch.study.tidy import write_study
from rgm_torch.training import Interrupted, Mistake
from rgm_torch.training.command import fail

DESCRIPTION = """\
Run the comparisons: trials of the search first, then the runs over all seeds. What is finished is
not run again, so the same command goes on where it was stopped. The tidy table is
OUT/study.csv; OUT/machine.json says where and how it was made. cost, which wants the machine for
itself, measures a training step of every method: OUT/cost.csv. On a cluster, all machines must see
the folder OUT.
"""
GO_ON = "the same command goes on from here"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.description = DESCRIPTION
    parser.add_argument(
        "names", nargs="*", metavar="NAME",
        help=f"what to run, of {', '.join(PLANS)} (default: all of them), and cost",
    )  # fmt: skip
    parser.add_argument(
        "--settings", nargs="+", metavar="SETTING", choices=SETTINGS, default=list(SETTINGS),
        help=f"only these columns, of {', '.join(SETTINGS)}",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, default=Path("runs/study"), metavar="FOLDER")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="runs at a time")
    parser.add_argument(
        "--backend", default="loky", choices=("loky", "dask", "ray"), help="joblib's backend"
    )
    parser.add_argument(
        "--address", metavar="HOST:PORT",
        help="the cluster's scheduler; Dask's workers need --nthreads 1",
    )  # fmt: skip


def main(options: argparse.Namespace) -> int:
    """Run the command and return its exit status.

    0 all is there, 1 some runs failed or a worker died, 2 a mistake, 130 stopped.
    """
    names, known = options.names or list(PLANS), (*PLANS, "cost")
    if unknown := [name for name in names if name not in known]:
        return fail(2, f"error: got {', '.join(unknown)}, expected {', '.join(known)}")
    store, start = Store(options.out.resolve()), datetime.now(UTC)
    status, failed = 0, []
    try:
        with workers(options.jobs, options.backend, options.address):
            store.path.mkdir(parents=True, exist_ok=True)
            for name in names:
                failed += produce(name, options.settings, store)
    except (ImportError, OSError, Mistake) as error:
        return fail(2, f"error: {error}")
    except (KeyboardInterrupt, Interrupted):
        status = fail(130, f"stopped; {GO_ON}")
    except BrokenProcessPool:
        status = fail(1, f"error: a worker was killed, or memory ran out; {GO_ON}")
    for run in dict.fromkeys(failed):
        status = fail(status or 1, f"failed: {run}")
    write_machine(store, start)
    return status


def produce(name: str, settings: Collection[str], store: Store) -> list[str]:
    """All that one name stands for, and the tables anew; returns what failed, by name."""
    if name == "cost":
        write_costs(store, settings)
        return []
    plan = PLANS[name].only(settings)
    execute(plan.trials(), store, f"{name}, search")  # a trial that fails has lost
    failed = [str(run) for run in execute(plan.runs(store), store, name)]
    write_study(store)
    write_curves(store)
    rows = [pair for pair in plan.searched if not tuned(*pair, store)]
    return failed + [f"{setting}, {row}: all trials" for setting, row in rows]
