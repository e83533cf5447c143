"""The command line: `python -m rgm_torch train`, `study`, `data`, `bench`."""

import argparse
import sys
from collections.abc import Sequence

from rgm_torch import data
from rgm_torch.bench import command as bench
from rgm_torch.data.describe import describe
from rgm_torch.study import command as study
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
    compare = commands.add_parser("study", help="run the comparisons of the paper, small")
    study.add_arguments(compare)
    compare.set_defaults(run=study.main)
    show = commands.add_parser("data", help="list the data sets, or describe one")
    show.add_argument("name", nargs="?", metavar="NAME", help="data set (default: list them)")
    show.add_argument(
        "--dial", action="append", type=command.pair, default=[], metavar="KEY=VALUE",
        dest="dials", help="setting of the data set; may come several times",
    )  # fmt: skip
    show.add_argument("--seed", type=int, default=0, metavar="N", help="seed of the data")
    show.set_defaults(run=show_data)
    measure = commands.add_parser("bench", help="measure what RGM costs on this machine")
    bench.add_arguments(measure)
    measure.set_defaults(run=bench.run)
    return top


def show_data(options: argparse.Namespace) -> int:
    """Print the names of the data sets, or what is in one of them."""
    if options.name is None:
        print("\n".join(data.names()))
        return 0
    try:
        corpus = data.load(options.name, seed=options.seed, **dict(options.dials))
    except (ValueError, ImportError, OSError) as mistake:
        return command.fail(2, f"error: {mistake}")
    print(describe(corpus))
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that was asked for and return its exit status."""
    options = parser().parse_args(arguments)
    return options.run(options)


if __name__ == "__main__":
    sys.exit(main())
