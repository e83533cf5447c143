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

Sizes = tuple[int, int, int, int]
# M, B, d, l; the two bars of the layer, and two long gradients as an aggregator sees them.
LARGE: tuple[Sizes, ...] = (
    (2, 1024, 2048, 16),
    (2, 1024, 2048, 1),
    (2, 1024, 2048, 256),
    (3, 1024, 2048, 16),
    (5, 1024, 2048, 16),
    (2, 1, 5_000_000, 1),
)
SMALL: tuple[Sizes, ...] = ((2, 64, 512, 1), (2, 64, 512, 16))
QUICK: tuple[Sizes, ...] = ((2, 32, 64, 4),)
TARGETS = {((2, 1024, 2048, 16), "eager"): 6.0, ((2, 1024, 2048, 16), "compiled"): 2.5}
MICROSECONDS = {((2, 64, 512, 1), "eager"): 150.0}
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


def case(sizes: Sizes, device: torch.device) -> tuple[list[Tensor], Tensor, Callable[[], object]]:
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
def _sizes(sizes: Sizes, device: torch.device, seconds: float, reason: str) -> Iterator[Row]:
    gradients, energy, copy = case(sizes, device)
    blocks = sizes[-1]
    functions: dict[str, Callable[[], object]] = {"copy_": copy}
    functions["eager"] = partial(modulate, gradients, energy, blocks)
    if not reason:
        compiled = torch.compile(modulate, fullgraph=True, dynamic=False)
        functions["compiled"] = partial(compiled, gradients, energy, blocks)
    times = interleaved(functions, device, seconds)
    setting = "M={} B={} d={} l={}".format(*sizes)
    yield _microseconds(setting, "copy_", times["copy_"])
    for name in ("eager", "compiled"):
        quantity = f"{name} / copy_"
        if name not in times:
            yield skipped("modulation", setting, quantity, reason)
            continue
        yield _microseconds(setting, name, times[name], MICROSECONDS.get((sizes, name)))
        note = f"{LIMIT / np.median(times[name] / times['copy_']):.0%} of the memory limit"
        target = TARGETS.get((sizes, name))
        yield ratio(
            "modulation", setting, quantity, times[name], times["copy_"], target=target, note=note
        )


def _microseconds(
    setting: str, quantity: str, times: np.ndarray, target: float | None = None
) -> Row:
    return Row("modulation", setting, quantity, *quartiles(1e6 * times), unit="µs", target=target)


def no_compiler(device: torch.device) -> str:
    """Why torch.compile cannot work here, or nothing."""
    if device.type == "cuda" or any(map(shutil.which, (os.environ.get("CXX", "g++"), "clang++"))):
        return ""
    return "no C++ compiler"
