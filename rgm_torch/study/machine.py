"""How a study was made: machine.json beside its tables."""

import json
import os
import platform
import shlex
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from rgm_torch.study.store import Store
from rgm_torch.study.tidy import all_runs
from rgm_torch.training.files import write
from rgm_torch.training.folder import PACKAGES, installed


def write_machine(store: Store, start: datetime) -> Path:
    """Add the command that began at `start` and ends now; machine and versions are its own.

    On a cluster they are those of the process that sent the runs, not of its workers.
    """
    path, finish = store.path / "machine.json", datetime.now(UTC)
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"commands": []}
    command = {
        "command": shlex.join(["python", "-m", "rgm_torch", *sys.argv[1:]]),
        "start": start.isoformat(timespec="seconds"),
        "finish": finish.isoformat(timespec="seconds"),
        "wall_seconds": round((finish - start).total_seconds(), 1),
    }
    record = {
        "commands": [*before["commands"], command],
        "runs": performed(store),
        "machine": machine(),
        "versions": versions(),
    }
    write(path, json.dumps(record, indent=2) + "\n")
    return path


def performed(store: Store) -> Mapping[str, float]:
    """How many runs of the study there are, and the seconds of their training added up."""
    runs = {run.key: run for run in all_runs(store)}.values()
    results = [result for run in runs if (result := store.result(run))]
    return {
        "finished": len(results),
        "failed": sum(store.failure(run) is not None for run in runs),
        "training_seconds": round(sum(result["seconds"]["training"] for result in results), 1),
    }


def machine() -> Mapping[str, Any]:
    """Processor, the instructions that torch uses of it, cores and memory."""
    return {
        "cpu": processor(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "cores": os.cpu_count(),
        "memory_gib": memory(),
    }


def processor() -> str:
    """The processor's own name, where the system tells it."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def memory() -> float | None:
    """GiB of memory; None where the system does not tell."""
    if "SC_PHYS_PAGES" not in getattr(os, "sysconf_names", {}):
        return None
    return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, 1)


def versions() -> Mapping[str, str | None]:
    """Python, system and the packages that compute."""
    system = f"{platform.system()} {platform.machine()}"
    python = {"python": platform.python_version(), "system": system}
    return python | {name: installed(name) for name in (*PACKAGES, "joblib")}
