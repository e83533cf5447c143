"""A run's folder: what is in it, who may write into it, and how.

config.toml · versions.json · last.pt, best.pt (checkpoints) · metrics.csv (a row per epoch) ·
losses.csv, plane.csv (a row per step) · samples.csv (some samples of each step) · plane.svg,
energy.svg and .png · result.json, written once at the end
"""

import json
import os
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock, Timeout

from rgm_torch.training.config import Config, from_mapping, read, to_toml
from rgm_torch.training.errors import Mistake
from rgm_torch.training.files import write

PACKAGES = ("rgm-course", "torch", "numpy", "scikit-learn")


class Folder:
    """Paths and writers of one run; all files but the lock are replaced at one stroke."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.config, self.versions = path / "config.toml", path / "versions.json"
        self.last, self.best = path / "last.pt", path / "best.pt"
        self.metrics, self.losses = path / "metrics.csv", path / "losses.csv"
        self.plane, self.samples = path / "plane.csv", path / "samples.csv"
        self.result = path / "result.json"

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other runs out. The system drops the lock with the process, however it ends.

        Raises: Mistake where another run is at work, or the folder cannot be made.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            guard = FileLock(self.path / ".lock", timeout=0)
            guard.acquire()
        except Timeout:
            raise Mistake(
                f"{self.path}: another run is at work in this folder; wait for it, stop it, "
                "or choose another --out"
            ) from None
        except OSError as error:
            raise Mistake(f"{self.path}: cannot be written: {error.strerror}") from None
        try:
            yield
        finally:
            guard.release()

    def read_config(self) -> Config:
        """The configuration of the run in this folder. Raises: Mistake for another version's."""
        return from_mapping(read(self.config), str(self.config))

    def write_start(self, config: Config) -> None:
        """The configuration as run, and what it ran on."""
        write(self.versions, json.dumps(versions(), indent=2) + "\n")
        write(self.config, to_toml(config))

    def write_result(self, result: Mapping[str, Any]) -> None:
        """The test metrics: with them the run is finished."""
        write(self.result, json.dumps(result, indent=2) + "\n")

    def read_result(self) -> dict[str, Any]:
        """What `write_result` wrote."""
        return json.loads(self.result.read_text(encoding="utf-8"))


def versions() -> dict[str, Any]:
    """Python, packages, machine: what a difference in the last bits may come from."""
    return {
        "python": platform.python_version(),
        **{name: installed(name) for name in PACKAGES},
        "system": f"{platform.system()} {platform.machine()}",
        "cpus": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "cuda": torch.version.cuda,
    }


def installed(package: str) -> str | None:
    """Version of a package; None for one that runs from its source without being installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None
