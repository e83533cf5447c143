"""A run's parts, its progress, and the folder that remembers both."""

from dataclasses import asdict, dataclass, field
from typing import Any

from rgm_torch.training import checkpoint
from rgm_torch.training.assemble import Parts
from rgm_torch.training.config import Config
from rgm_torch.training.errors import Mistake, Stopped
from rgm_torch.training.files import write_table
from rgm_torch.training.folder import Folder
from rgm_torch.training.monitor import coordinates
from rgm_torch.training.progress import Progress
from rgm_torch.training.state import collect, first_not_finite, restore


@dataclass
class Session:
    """What the loop works on, and how it is saved."""

    config: Config
    parts: Parts
    folder: Folder
    progress: Progress = field(default_factory=Progress)

    def resume(self) -> None:
        """Go on from the last checkpoint, if there is one.

        Raises: Mistake for a file that is no checkpoint, or one that does not fit.
        """
        path = self.folder.last
        if not path.exists():
            return
        state = checkpoint.load(path, self.config)
        try:
            self.progress = restore(self.parts, state)
        except (RuntimeError, KeyError, TypeError) as error:
            reason = str(error).splitlines()[0]
            raise Mistake(f"{path}: does not fit this version of the code: {reason}") from error
        self.write_tables()  # a killed run may have left rows that come again

    def save(self) -> None:
        """Write last.pt. Raises: Stopped where the disk refuses or the state is not finite."""
        self.read_plane()
        self.check()
        state = collect(self.parts, self.progress)
        checkpoint.save(self.folder.last, asdict(self.config), state)

    def save_best(self) -> None:
        """Write best.pt: the model at the epoch that was just evaluated, nothing to resume from."""
        state = {"epoch": self.progress.epoch + 1, "method": self.parts.method.state_dict()}
        checkpoint.save(self.folder.best, asdict(self.config), state)

    def check(self) -> None:
        """Raise Stopped where a parameter is not finite: that must not replace what is good."""
        if name := first_not_finite(self.parts.method):
            raise self.stopped(f"the parameter {name} is not finite any more; try a smaller lr")

    def stopped(self, reason: str) -> Stopped:
        """The error that ends a run gone wrong, saying what is left of it."""
        kept = "no checkpoint was saved yet"
        if self.folder.last.exists():
            kept = f"the last good state is in {self.folder.last}"
        return Stopped(f"stopped in step {self.progress.step + 1}: {reason}; {kept}")

    def where(self) -> str:
        """A sentence on what the run is about to do."""
        config, progress = self.config, self.progress
        done = f"after {progress.epoch} epochs and {progress.batch} steps" if progress.step else ""
        begin = f"going on {done}" if done else f"training {config.epochs} epochs"
        return f"{begin}: {config.method} on {self.parts.corpus.name}, {self.parts.device}"

    def read_plane(self) -> None:
        """Fetch what the monitor has recorded since it was read last."""
        progress, monitor = self.progress, self.parts.monitor
        rows, progress.plane_read = monitor.rows(progress.plane_read)
        samples, progress.samples_read = monitor.samples(progress.samples_read)
        progress.plane += rows
        progress.samples += samples

    def coordinates(self) -> dict[str, float]:
        """Where on the plane the present epoch is."""
        return coordinates(self.progress.plane[self.progress.plane_start :])

    def row(self, seen: dict[str, Any]) -> dict[str, Any]:
        """The epoch in one row of metrics.csv; `seen` is its summary on the validation split."""
        progress = self.progress
        return {
            "epoch": progress.epoch + 1,
            "step": progress.step,
            "lr": self.parts.optimizer.param_groups[0]["lr"],
            "loss": progress.loss / progress.clips,
            **{f"validation_{name}": seen[name] for name in ("nll", "accuracy", "ece", "residual")},
            **{f"own_accuracy_{name}": value for name, value in seen["own_accuracy"].items()},
            **{f"own_residual_{name}": value for name, value in seen["own_residual"].items()},
            **self.coordinates(),
            "seconds": round(progress.seconds, 3),
        }

    def write_tables(self) -> None:
        """Write metrics.csv, losses.csv, plane.csv and samples.csv."""
        losses = [{"step": step, "loss": loss} for step, loss in enumerate(self.progress.losses)]
        write_table(self.folder.metrics, self.progress.epochs)
        write_table(self.folder.losses, losses)
        write_table(self.folder.plane, self.progress.plane)
        write_table(self.folder.samples, self.progress.samples)
