"""`python -m rgm_torch bench`: measure, print a table, write results and a figure."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from rgm_torch.bench import accuracy, aggregators, growth, kernel, memory, steps
from rgm_torch.bench.rows import Row, conditions, write
from rgm_torch.bench.timing import keep_memory

CASES = {
    "step": steps.measure,
    "modulation": kernel.measure,
    "aggregators": aggregators.measure,
    "growth": growth.measure,
    "memory": memory.measure,
    "accuracy": accuracy.measure,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument(
        "--only", nargs="+", choices=CASES, default=list(CASES), metavar="CASE",
        help=f"cases, among {', '.join(CASES)} (default: all)",
    )  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="tiny sizes: does it run at all?")
    parser.add_argument(
        "--out", type=Path, default=Path("bench"), metavar="FOLDER", help="default: %(default)s"
    )
    parser.add_argument(
        "--threads", type=int, default=torch.get_num_threads(), metavar="N", help="of torch"
    )
    where = "cuda" if torch.cuda.is_available() else "cpu"
    parser.add_argument("--device", type=torch.device, default=torch.device(where))
    parser.add_argument(
        "--seconds", type=float, default=10, metavar="S", help="per case and size (%(default)s)"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark with these command-line arguments; 0 when it ran."""
    parser = argparse.ArgumentParser(prog="python -m rgm_torch bench", description=__doc__)
    add_arguments(parser)
    return run(parser.parse_args(arguments))


def run(options: argparse.Namespace) -> int:
    """Run the cases that were asked for, one after the other."""
    options.out.mkdir(parents=True, exist_ok=True)
    allocator = keep_memory()
    torch.set_num_threads(options.threads)
    where = conditions(options.device, allocator)
    for name, value in where.items():
        print(f"{name:10} {value}")
    rows: list[Row] = []
    seconds = 0.02 if options.quick else options.seconds
    for name in options.only:
        print(f"\n{name}")
        for row in CASES[name](options.device, seconds, options.quick):
            print(line(row), flush=True)
            rows.append(row)
    finish(rows, where, options.out)
    return 0


def finish(rows: list[Row], where: dict[str, Any], folder: Path) -> None:
    """Write the rows, and the figure where growth was measured."""
    write(rows, where, folder)
    grown = [row for row in rows if row.case == "growth"]
    if grown:
        growth.draw(grown, folder / "growth.png")
    print(f"\nwritten: {folder}")


def line(row: Row) -> str:
    """A row as text: setting, quantity, median, quartiles, target, note."""
    start = f"  {row.setting:44} {row.quantity:34}"
    if row.value is None:
        return f"{start} {row.note}"
    spread = "" if row.low is None else f" [{row.low:.3g}, {row.high:.3g}]"
    target = "" if row.target is None else f" ≤ {row.target:.3g} {row.verdict}"
    return f"{start} {row.value:8.4g} {row.unit}{spread}{target}  {row.note}".rstrip()
