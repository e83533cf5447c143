"""The command line: `python -m rgm_torch train`, `python -m rgm_torch data`."""

import argparse
import sys
from collections.abc import Sequence

from rgm_torch.training import command


def parser() -> argparse.ArgumentParser:
    """The subcommands; each says itself what it takes."""
    top = argparse.ArgumentParser(
        prog="python -m rgm_torch", description="Reconcile Gradient Modulation, in torch."
    )
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    train = commands.add_parser("train", help="train a model on audio-visual data")
    command.add_arguments(train)
    train.set_defaults(run=command.main)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that was asked for and return its exit status."""
    options = parser().parse_args(arguments)
    return options.run(options)


if __name__ == "__main__":
    sys.exit(main())
