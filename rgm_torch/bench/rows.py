"""What the benchmark found: one row per number, with its spread, its target and its conditions."""

import csv
import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import torch

from rgm_torch.bench.timing import quartiles

PACKAGES = ("torch", "numpy", "transformers", "torchjd")


@dataclass(frozen=True)
class Row:
    """One number: median and quartiles over rounds, or a value alone; or why there is none."""

    case: str
    setting: str
    quantity: str
    value: float | None
    low: float | None = None
    high: float | None = None
    unit: str = "×"
    target: float | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        """How the value stands to its target."""
        if self.value is None or self.target is None:
            return ""
        return "met" if self.value <= self.target else "MISSED"


def ratio(
    case: str, setting: str, quantity: str, times: np.ndarray, base: np.ndarray, **more: Any
) -> Row:
    """A row of the ratios within each round."""
    return Row(case, setting, quantity, *quartiles(times / base), **more)


def skipped(case: str, setting: str, quantity: str, reason: str) -> Row:
    """A row without a number, and the reason."""
    return Row(case, setting, quantity, None, note=f"skipped: {reason}")


def conditions(device: torch.device, allocator: str) -> dict[str, Any]:
    """Where and with what the numbers were measured."""
    graphics = torch.cuda.get_device_name(device) if device.type == "cuda" else None
    one = device.type == "cpu" and torch.get_num_threads() == 1
    return {
        "python": platform.python_version(),
        **{name: _version(name) for name in PACKAGES},
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "device": graphics or "cpu",
        "threads": torch.get_num_threads(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "clock": "CPU time of the one thread" if one else "wall time",
        "allocator": allocator,
    }


def write(rows: Sequence[Row], where: dict[str, Any], folder: Path) -> None:
    """results.csv with the rows, results.json with the conditions too."""
    records = [asdict(row) | {"verdict": row.verdict} for row in rows]
    with (folder / "results.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [*(field.name for field in fields(Row)), "verdict"])
        writer.writeheader()
        writer.writerows(records)
    text = json.dumps({"conditions": where, "rows": records}, indent=1, ensure_ascii=False)
    (folder / "results.json").write_text(text + "\n", encoding="utf-8")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"
