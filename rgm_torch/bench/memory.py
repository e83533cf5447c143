"""Memory that the modulation needs beside the gradients that come in and those that go out."""

from collections.abc import Callable, Iterable, Iterator

import torch
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from rgm_torch.bench.kernel import Sizes, case, modulate
from rgm_torch.bench.rows import Row
from rgm_torch.layer import RGM

SIZES: tuple[Sizes, ...] = ((2, 1024, 2048, 16), (5, 256, 2048, 16), (2, 1024, 2048, 1))
QUICK: tuple[Sizes, ...] = ((2, 256, 512, 16), (3, 256, 512, 1))

NOTE = "beside what comes in and goes out; one, and the coefficients"


class LivePeak(TorchDispatchMode):
    """Counts the bytes of all tensors that operations made and that are still alive."""

    def __init__(self, *known: Tensor):
        super().__init__()
        self.known = {tensor.untyped_storage().data_ptr() for tensor in known}
        self.alive: dict[StorageWeakRef, int] = {}
        self.peak = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        for leaf in tree_leaves(result):
            if isinstance(leaf, Tensor) and leaf.untyped_storage().data_ptr() not in self.known:
                storage = leaf.untyped_storage()
                self.alive[StorageWeakRef(storage)] = storage.nbytes()
        self.alive = {ref: size for ref, size in self.alive.items() if not ref.expired()}
        self.peak = max(self.peak, sum(self.alive.values()))
        return result


def peak(function: Callable[[], object], device: torch.device, known: Iterable[Tensor]) -> int:
    """Peak bytes of what a function makes, beside the `known` tensors that were there before.

    On a CPU what torch's operations hold within themselves is not seen; on a GPU everything is.
    """
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        function()
        return torch.cuda.max_memory_allocated(device) - before
    with LivePeak(*known) as live:
        function()
    return live.peak


def extra(function: Callable[[], object], gradients: list[Tensor]) -> float:
    """Peak bytes beside the gradients and the results, in copies of the gradients."""
    size = sum(gradient.nbytes for gradient in gradients)
    return peak(function, gradients[0].device, gradients) / size - 1


def measure(device: torch.device, seconds: float, quick: bool) -> Iterator[Row]:
    """Extra copies of the gradients, of the modulation alone and of the layer's backward pass."""
    for sizes in QUICK if quick else SIZES:
        setting = "M={} B={} d={} l={}".format(*sizes)
        for name, function, gradients in functions(sizes, device):
            copies, quantity = extra(function, gradients), f"{name}, extra copies"
            yield Row("memory", setting, quantity, copies, unit="", target=bound(sizes), note=NOTE)


def bound(sizes: Sizes) -> float:
    """One copy of M·B·d numbers, and eight arrays of M²·B·(l + 4) for the coefficients."""
    modalities, _, width, blocks = sizes
    return 1 + 8 * modalities * (blocks + 4) / width


def functions(
    sizes: Sizes, device: torch.device
) -> Iterator[tuple[str, Callable[[], object], list[Tensor]]]:
    """The modulation alone and the layer's backward pass, each with its gradients."""
    gradients, energy, _ = case(sizes, device)

    @torch.no_grad()
    def alone() -> Tensor:
        return modulate(gradients, energy, sizes[-1])

    yield "modulation", alone, gradients
    layer = RGM(sizes[0], blocks=sizes[-1]).to(device)
    features = [gradient.clone().requires_grad_() for gradient in gradients]
    outputs = layer(*features)
    yield "layer", lambda: torch.autograd.grad(outputs, features, gradients), gradients
