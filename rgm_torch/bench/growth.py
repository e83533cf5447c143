"""How the modulation grows with batch, width, blocks and modalities, and its picture."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import torch

from rgm_torch.bench.kernel import case, modulate
from rgm_torch.bench.rows import Row
from rgm_torch.bench.timing import interleaved, quartiles

BASE = {"M": 2, "B": 256, "d": 1024, "l": 16}
AXES = {
    "B": (16, 64, 256, 1024, 4096, 16384),
    "d": (64, 256, 1024, 4096, 16384, 65536),
    "l": (1, 4, 16, 64, 256),
    "M": (2, 3, 4, 6, 8),
}
QUICK_BASE = {"M": 2, "B": 8, "d": 32, "l": 4}
QUICK_AXES = {"B": (8, 16, 32), "d": (32, 64, 128), "l": (1, 2, 4), "M": (2, 3, 4)}


def measure(device: torch.device, seconds: float, quick: bool) -> Iterator[Row]:
    """Times along each axis, and the exponent of the last three sizes of each."""
    base, axes = (QUICK_BASE, QUICK_AXES) if quick else (BASE, AXES)
    for axis, sizes in axes.items():
        times = _times(base, axis, sizes, device, seconds)
        fixed = " ".join(f"{name}={size}" for name, size in base.items() if name != axis)
        for size, values in zip(sizes, times, strict=True):
            yield Row("growth", fixed, f"{axis}={size}", *quartiles(1e6 * values), unit="µs")
        slope = exponent(sizes[-3:], [float(np.median(values)) for values in times[-3:]])
        note = f"from {axis}={sizes[-3]} on; 1 is linear"
        yield Row("growth", fixed, f"exponent in {axis}", slope, unit="", note=note)


def exponent(sizes, times) -> float:
    """p of the least-squares line log t = p log n + const."""
    return float(np.polyfit(np.log(sizes), np.log(times), 1)[0])


@torch.no_grad()
def _times(base, axis, sizes, device, seconds) -> list[np.ndarray]:
    functions = {}
    for size in sizes:
        here = base | {axis: size}
        gradients, energy, _ = case(tuple(here.values()), device)
        functions[str(size)] = partial(modulate, gradients, energy, here["l"])
    return list(interleaved(functions, device, seconds).values())


def draw(rows: list[Row], path: Path) -> None:
    """Time over size, one panel per axis, and a dashed line of slope 1 through the last point."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 3), layout="constrained")
    panels = figure.subplots(1, len(AXES), sharey=True)
    for axes, name in zip(panels, AXES, strict=True):
        found = [row for row in rows if row.quantity.startswith(f"{name}=")]
        slope = next(row.value for row in rows if row.quantity == f"exponent in {name}")
        sizes = np.array([int(row.quantity.partition("=")[2]) for row in found])
        middle, low, high = np.array([(row.value, row.low, row.high) for row in found]).T
        axes.errorbar(sizes, middle, [middle - low, high - middle], marker="o", ms=4, capsize=2)
        axes.set(xscale="log", yscale="log", xlabel=name)
        axes.set_ylim(axes.get_ylim())
        axes.plot(sizes, middle[-1] * sizes / sizes[-1], "--", color="0.6", lw=1)
        axes.set_xticks(sizes, map(str, sizes), rotation=45)
        axes.minorticks_off()
        axes.set_title(f"{found[0].setting}\nexponent {slope:.2f} at the end", fontsize="small")
    panels[0].set_ylabel("time (µs), eager")
    figure.savefig(path, dpi=150)
