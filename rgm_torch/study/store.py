"""The folder of a study: one folder per run, named by what decides it, so that none runs twice."""

import json
from pathlib import Path
from typing import Any

from rgm_torch.study.runs import Run
from rgm_torch.training.files import write


class Store:
    """Finished runs and failures. Several processes may use one store (runs lock their folder)."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def folder(self, run: Run) -> Path:
        """Where the run is, or will be."""
        return self.path / run.key

    def result(self, run: Run) -> dict[str, Any] | None:
        """What a finished run found; None for one that is not finished."""
        path = self.folder(run) / "result.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None

    def versions(self, run: Run) -> dict[str, Any]:
        """What a finished run ran on."""
        return json.loads((self.folder(run) / "versions.json").read_text(encoding="utf-8"))

    def failure(self, run: Run) -> str | None:
        """Why the last attempt failed; None if it did not, or there was none."""
        path = self.folder(run) / "failure.txt"
        return path.read_text(encoding="utf-8") if path.exists() else None

    def fail(self, run: Run, reason: str) -> None:
        """Remember why a run failed."""
        self.folder(run).mkdir(parents=True, exist_ok=True)
        write(self.folder(run) / "failure.txt", reason + "\n")

    def finish(self, run: Run) -> None:
        """Forget earlier failures and the checkpoints, which are most of a run's bytes."""
        for name in ("failure.txt", "last.pt", "best.pt"):
            (self.folder(run) / name).unlink(missing_ok=True)
