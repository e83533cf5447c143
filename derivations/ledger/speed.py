"""How much faster a closed form is than the optimizer that confirms it."""

import statistics
import time
from collections.abc import Callable

from derivations.ledger.claim import Claim, Speed


def ratios(claims: list[Claim], rounds: int = 3) -> list[dict]:
    """Median seconds of both, and their ratio: one process, interleaved rounds, same input."""
    return [
        _measure(speed, rounds) | {"claim": claim.id} for claim in claims for speed in claim.speeds
    ]


def _measure(speed: Speed, rounds: int) -> dict:
    closed, optimizer = [], []
    speed.closed()  # first call: imports and caches
    for _ in range(rounds):
        closed.append(min(_seconds(speed.closed) for _ in range(20)))
        optimizer.append(_seconds(speed.optimizer))
    fast, slow = statistics.median(closed), statistics.median(optimizer)
    return {"label": speed.label, "closed": fast, "optimizer": slow, "ratio": slow / fast}


def _seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
