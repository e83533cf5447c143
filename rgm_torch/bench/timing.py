"""Times that mean something on a busy machine: interleaved, in one process, compared by ratios."""

import ctypes
import sys
import time
from collections.abc import Callable, Mapping

import numpy as np
import torch

Cases = Mapping[str, Callable[[], object]]

# glibc's numbers for mallopt: what is freed stays in the process, and the heap grows by 512 MiB.
MALLOC_SETTINGS = {"M_MMAP_THRESHOLD": (-3, 2**30), "M_TRIM_THRESHOLD": (-1, 2**31 - 1)}
MALLOC_SETTINGS |= {"M_TOP_PAD": (-2, 2**29)}


def keep_memory() -> str:
    """Let the C library keep freed memory, as torch does on a GPU; say what was done.

    By default it gives large blocks back to the system, and every operation on large tensors then
    measures the page faults of its fresh result: several times the operation itself.
    """
    if not sys.platform.startswith("linux") or not hasattr(
        ctypes.CDLL(None), "gnu_get_libc_version"
    ):
        return "system default"
    library = ctypes.CDLL(None)
    done = [library.mallopt(*setting) for setting in MALLOC_SETTINGS.values()]
    return "glibc, freed memory kept" if all(done) else "system default"


def clock(device: torch.device) -> Callable[[], float]:
    """Seconds: CPU time of one thread where only one works, since others may use the machine too.

    With several threads, or on a GPU (after everything sent there has been done), wall time.
    """
    if device.type == "cuda":
        return _after_gpu
    return time.thread_time if torch.get_num_threads() == 1 else time.perf_counter


def interleaved(cases: Cases, device: torch.device, seconds: float) -> dict[str, np.ndarray]:
    """Seconds per call of every case, one number per round, in rounds of about equal length.

    A round calls each case once, or a short one so often that it takes 5 ms; about `seconds`
    altogether, between 5 and 500 rounds after some that warm up.
    """
    now = clock(device)
    calls = {name: _calls(function, now) for name, function in cases.items()}
    start = time.perf_counter()
    for name, function in cases.items():
        _time(function, calls[name], now)
    rounds = int(np.clip(seconds / (time.perf_counter() - start), 5, 500))
    times: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, function in cases.items():
            times[name].append(_time(function, calls[name], now))
    return {name: np.array(values) for name, values in times.items()}


def quartiles(values: np.ndarray) -> tuple[float, float, float]:
    """Median, lower and upper quartile."""
    low, median, high = np.quantile(values, [0.25, 0.5, 0.75])
    return float(median), float(low), float(high)


def _calls(function: Callable[[], object], now: Callable[[], float]) -> int:
    """Calls that take 5 ms, found after four calls that warm up."""
    for _ in range(4):
        function()
    return max(1, round(5e-3 / max(min(_time(function, 1, now) for _ in range(3)), 1e-7)))


def _time(function: Callable[[], object], calls: int, now: Callable[[], float]) -> float:
    start = now()
    for _ in range(calls):
        function()
    return (now() - start) / calls


def _after_gpu() -> float:
    torch.cuda.synchronize()
    return time.perf_counter()
