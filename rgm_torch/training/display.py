"""What a person sees of a run: a live line while it trains, and one line that stays per epoch."""

from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from rgm_torch.training.progress import Progress


class Display:
    """Progress on a console; `quiet` shows nothing."""

    def __init__(self, console: Console | None = None, quiet: bool = False) -> None:
        self.console = console or Console(quiet=quiet, highlight=False)
        self.bar = Bar(
            TextColumn("epoch {task.fields[epoch]}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[values]}"),
            TimeRemainingColumn(compact=True),
            console=self.console,
            transient=True,
            disable=self.console.quiet or not (self.console.is_terminal or self.console.is_jupyter),
        )
        self.task = self.bar.add_task("train", epoch=1, values="", total=None)

    def __enter__(self) -> "Display":
        self.bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.stop()

    def say(self, text: str) -> None:
        """A line that stays."""
        self.console.print(text, markup=False, soft_wrap=True)

    def step(self, progress: Progress, batches: int, plane: dict[str, float]) -> None:
        """The live line within an epoch; the accuracy is the validation split's, an epoch old."""
        last = progress.epochs[-1] if progress.epochs else {}
        values = {**last, "loss": progress.loss / progress.clips, **plane}
        self.bar.update(
            self.task,
            completed=progress.batch,
            total=batches,
            epoch=progress.epoch + 1,
            values=short(values),
        )

    def epoch(self, row: dict[str, Any]) -> None:
        """An epoch is over."""
        self.say(f"epoch {row['epoch']:>3}  {short(row)}  {row['seconds']:.1f} s")


SHOWN = {"loss": "loss", "validation_accuracy": "accuracy", "balance": "w̄", "conflict": "c"}


def short(row: dict[str, Any]) -> str:
    """Loss, accuracy, w̄ and c of a row, for every pair where there are several."""
    shown = []
    for start, label in SHOWN.items():
        values = [f"{row[name]:.3f}" for name in row if name.startswith(start)]
        shown += [f"{label} {' '.join(values)}"] if values else []
    return "  ".join(shown)


def results(result: dict[str, Any]) -> str:
    """The result in a few lines."""
    if "test" not in result:
        accuracy = result["validation_accuracy"]
        return f"validation accuracy {accuracy:.3f} (the test split was not read)"
    test, probes = result["test"], result["probes"]
    lines = [
        f"epoch {result['tested_epoch']} on the test split: accuracy {test['accuracy']:.3f}, "
        f"calibration error {test['ece']:.3f}"
    ]
    lines += [f"linear probe of {name}: {probes[name]:.3f}" for name in probes]
    return "\n".join([*lines, short(result["plane"])])
