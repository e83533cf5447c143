"""The command line: `python -m rgm_ref doctor` and `python -m rgm_ref verify`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from rgm_ref import doctor


class Parser(argparse.ArgumentParser):
    """A parser that answers a mistake with the whole help, not with one line of usage."""

    def error(self, message: str) -> NoReturn:
        self.print_help(sys.stderr)
        self.exit(2, f"\n{message}\n")


def parser() -> Parser:
    """The subcommands. `verify` leaves its arguments, `--help` too, to the ledger."""
    top = Parser(prog="python -m rgm_ref", description="Reconcile Gradient Modulation, in NumPy.")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    commands.add_parser("doctor", help="say what is installed, what is missing, what to do")
    commands.add_parser("verify", help="check every claim of the paper", add_help=False)
    return top


def verify(arguments: Sequence[str]) -> int:
    """Run the ledger. It is imported here because the reference itself needs NumPy alone."""
    try:
        from derivations.__main__ import main as ledger

        return ledger(["verify", *arguments])
    except ModuleNotFoundError as missing:
        remedy = doctor.install("verify")
        print(f"verify needs the module {missing.name!r}; run: {remedy}", file=sys.stderr)
        return 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that was asked for and return its exit status."""
    top = parser()
    options, rest = top.parse_known_args(arguments)
    if options.command == "verify":
        return verify(rest)
    if rest:
        top.error(f"doctor takes no arguments, got: {' '.join(rest)}")
    return doctor.main()


if __name__ == "__main__":
    sys.exit(main())
