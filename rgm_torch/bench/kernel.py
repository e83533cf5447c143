"""The modulation alone, against a copy of the same gradients into memory that is there."""

import os
import shutil
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import torch
from torch import Tensor

from rgm_torch.bench.rows import Row, ratio, skipped
from rgm_torch.bench.timing import interleaved, quartiles
from rgm_torch.functional.synorth import synorth

# M, B, d, l and the targets (compiled, eager) where there are some.
LARGE = ((2, 1024, 2048, 16), (2, 1024, 2048, 1), (2, 1024, 2048, 256))
LARGE += ((3, 1024, 2048, 16), (5, 1024, 2048, 16))
SMALL = ((2, 64, 512, 1), (2, 64, 512, 16))
QUICK = ((2, 32, 64, 4),)
TARGETS = {(2, 1024, 2048, 16): (2.5, 6.0)}
SMALL_TARGET = {(2, 64, 512, 1): 150.0}
# A copy is one read and one write; two reads and one write of the same bytes are 1.5 copies.
LIMIT = 1.5


def modulate(gradients: list[Tensor], energy: Tensor, blocks: int) -> Tensor:
    """What the layer's backward pass does to M gradients (B, d), without its bookkeeping."""
    return synorth(torch.stack(gradients), energy, blocks)


def measure(device: torch.device, seconds: float, quick: bool) -> Iterator[Row]:
    """Ratios to a copy, and the small case in microseconds."""
    for sizes in QUICK if quick else LARGE + SMALL:
        reason = "quick" if quick else no_compiler(device)
        yield from _sizes(sizes, device, seconds, reason)


def case(
    sizes: tuple[int, int, int, int], device: torch.device
) -> tuple[list[Tensor], Tensor, Callable[[], object]]:
    """Gradients, energies, and the copy of the gradients that everything is compared with."""
    modalities, batch, width, _ = sizes
    generator = torch.Generator(device).manual_seed(0)
    gradients = list(torch.randn(modalities, batch, width, generator=generator, device=device))
    energy = torch.arange(1, modalities + 1, dtype=torch.float64, device=device)
    there = [torch.empty_like(gradient) for gradient in gradients]

    def copy() -> None:
        for target, gradient in zip(there, gradients, strict=True):
            target.copy_(gradient)

    return gradients, energy, copy


@torch.no_grad()
def _sizes(
    sizes: tuple[int, int, int, int], device: torch.device, seconds: float, reason: str
) -> Iterator[Row]:
    gradients, energy, copy = case(sizes, device)
    blocks = sizes[-1]
    functions = {"copy_": copy, "eager": partial(modulate, gradients, energy, blocks)}
    if not reason:
        compiled = torch.compile(modulate, fullgraph=True, dynamic=False)
        functions["compiled"] = partial(compiled, gradients, energy, blocks)
    times = interleaved(functions, device, seconds)
    setting = "M={} B={} d={} l={}".format(*sizes)
    yield _microseconds(setting, "copy_", times["copy_"])
    targets = dict(zip(("compiled", "eager"), TARGETS.get(sizes, (None, None)), strict=True))
    for name in ("eager", "compiled"):
        if name not in times:
            yield skipped("modulation", setting, f"{name} / copy_", reason)
            continue
        target = SMALL_TARGET.get(sizes) if name == "eager" else None
        yield _microseconds(setting, name, times[name], target)
        note = f"{LIMIT / np.median(times[name] / times['copy_']):.0%} of the memory limit"
        quantity = f"{name} / copy_"
        yield ratio(
            "modulation", setting, quantity, times[name], times["copy_"],
            target=targets[name], note=note,
        )  # fmt: skip


def _microseconds(setting: str, quantity: str, times: np.ndarray, target=None) -> Row:
    return Row("modulation", setting, quantity, *quartiles(1e6 * times), unit="µs", target=target)


def no_compiler(device: torch.device) -> str:
    """Why torch.compile cannot work here, or nothing."""
    if device.type == "cuda" or any(map(shutil.which, (os.environ.get("CXX", "g++"), "clang++"))):
        return ""
    return "no C++ compiler"
