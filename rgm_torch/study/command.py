"""The command `python -m rgm_torch study`."""

import argparse
import sys
from pathlib import Path

from rgm_torch.study.curves import write_curves
from rgm_torch.study.execute import execute, workers
from rgm_torch.study.plans import PLANS
from rgm_torch.study.settings import SETTINGS
from rgm_torch.study.store import Store
from rgm_torch.study.tidy import write_study
from rgm_torch.training import Stopped

DESCRIPTION = """\
Run the comparisons: trials of the search first, then the runs over all seeds. What is finished is
not run again, so the same command goes on where it was stopped. The tidy table is
OUT/study.csv. On a cluster, all machines must see the folder OUT.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.description = DESCRIPTION
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"what to run, of {', '.join(PLANS)}; default all"
    )
    parser.add_argument(
        "--settings", nargs="+", metavar="SETTING", choices=SETTINGS, default=list(SETTINGS),
        help=f"only these columns, of {', '.join(SETTINGS)}",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, default=Path("runs/study"), metavar="FOLDER")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="runs at a time")
    parser.add_argument(
        "--backend", default="loky", choices=("loky", "dask", "ray"), help="joblib's backend"
    )
    parser.add_argument("--address", metavar="HOST:PORT", help="the cluster's scheduler")


def main(options: argparse.Namespace) -> int:
    """Run the command and return its exit status: 0, 1 some runs failed, 2 mistake, 130 stopped."""
    names = options.names or list(PLANS)
    if unknown := [name for name in names if name not in PLANS]:
        print(f"error: got {', '.join(unknown)}, expected {', '.join(PLANS)}", file=sys.stderr)
        return 2
    store = Store(options.out)
    failed = []
    try:
        with workers(options.jobs, options.backend, options.address):
            for name in names:
                plan = PLANS[name].only(options.settings)
                execute(plan.trials(), store, f"{name}, search")  # a trial that fails has lost
                failed += execute(plan.runs(store), store, name)
                write_study(store)
                write_curves(store)
    except (KeyboardInterrupt, Stopped):
        print("stopped; the same command goes on from here", file=sys.stderr)
        return 130
    except (ImportError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    for run in failed:
        print(f"failed: {run}", file=sys.stderr)
    return 1 if failed else 0
