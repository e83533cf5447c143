"""`python -m derivations verify | show ID | record`: the ledger from the command line."""

import argparse
import os
import sys
from pathlib import Path

from rich.console import Console

from derivations import REGISTRY
from derivations.ledger import record, report
from derivations.ledger.claim import by_idea
from derivations.ledger.judge import Result, run
from derivations.ledger.runner import run_all
from derivations.ledger.show import derivation, speed_table, summary, table
from derivations.ledger.speed import ratios
from derivations.ledger.twins import survivors


def main(arguments: list[str] | None = None) -> int:
    """Run one subcommand; returns the exit status."""
    options = _parser().parse_args(arguments)
    return options.run(options, Console())


def verify(options, console: Console) -> int:
    """Check the claims, print the ledger, write the report; status 1 if it is not as recorded."""
    if options.list:
        for claim in (REGISTRY[claim_id] for claim_id in by_idea()):
            line = f"{claim.id:<28} {claim.place:<18} {claim.title}"
            console.print(line, markup=False, highlight=False, soft_wrap=True)
        return 0
    chosen = _chosen(options.only)
    results = run_all(chosen, options.fast, options.jobs, console)
    speeds = [] if options.fast else ratios([REGISTRY[claim_id] for claim_id in chosen])
    console.print(table(REGISTRY, results, console.width))
    if speeds:
        console.print(speed_table(speeds))
    page = report.write(options.report, REGISTRY, results, speeds)
    console.print(
        summary(results), f"\nFormulas, proofs and the kill matrix: {page}", highlight=False
    )
    problems = _problems(results)
    for problem in problems:
        console.print(problem, style="bold red", markup=False, highlight=False)
    return int(bool(problems))


def show(options, console: Console) -> int:
    """Print one claim as a derivation."""
    (claim_id,) = _chosen([options.id])
    derivation(REGISTRY[claim_id], run(REGISTRY[claim_id]), console)
    return 0


def record_all(options, console: Console) -> int:
    """Run every claim and make its verdict the expected one."""
    results = run_all(by_idea(), fast=False, jobs=options.jobs, console=console)
    for change in record.changes(results, record.recorded()):
        console.print(change, markup=False, highlight=False)
    record.write(results)
    return 0


def _problems(results: list[Result]) -> list[str]:
    crashed = [f"{r.id}: the check crashed: {r.error}" for r in results if r.verdict == "crashed"]
    changed = record.changes([r for r in results if r.verdict != "crashed"], record.recorded())
    alive = [f"no check rejects the wrong twin «{twin}»" for twin in survivors(results)]
    return crashed + changed + alive


def _chosen(only: list[str] | None) -> list[str]:
    unknown = sorted(set(only or ()) - set(REGISTRY))
    if unknown:
        sys.exit(f"unknown claim {', '.join(unknown)}; `verify --list` names them all")
    return only or by_idea()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="derivations", description=__doc__)
    commands = parser.add_subparsers(required=True)
    check = commands.add_parser(
        "verify", help="check every claim, print the ledger, write the report"
    )
    check.add_argument("--only", nargs="+", metavar="ID", help="check these claims alone")
    check.add_argument("--list", action="store_true", help="list the claims without checking them")
    check.add_argument("--fast", action="store_true", help="a tenth of the samples, no timing")
    check.add_argument("--report", type=Path, default=Path("report"), help="folder of the report")
    check.set_defaults(run=verify)
    one = commands.add_parser("show", help="print one claim as a derivation")
    one.add_argument("id")
    one.set_defaults(run=show)
    keep = commands.add_parser("record", help="make the present verdicts the expected ones")
    keep.set_defaults(run=record_all)
    for command in (check, keep):
        command.add_argument(
            "--jobs", type=int, default=os.cpu_count(), help="processes side by side"
        )
    return parser


if __name__ == "__main__":
    sys.exit(main())
