"""Checks of the dials that a corpus is built with: each error names the dial and what it takes."""

import math
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np


def whole(name: str, value: Any, least: int, most: int | None = None) -> int:
    """A whole number from `least` to `most`."""
    good = isinstance(value, Integral) and not isinstance(value, bool | np.bool_)
    if not (good and least <= value and (most is None or value <= most)):
        limit = f"from {least} to {most}" if most is not None else f"of at least {least}"
        raise ValueError(f"{name}: got {value!r}, expected a whole number {limit}")
    return int(value)


def number(name: str, value: Any, least: float = -math.inf, most: float = math.inf) -> float:
    """A finite number from `least` to `most`."""
    good = isinstance(value, Real) and not isinstance(value, bool | np.bool_)
    if not (good and math.isfinite(value) and least <= value <= most):
        raise ValueError(f"{name}: got {value!r}, expected a finite number in [{least}, {most}]")
    return float(value)


def one_of(name: str, value: Any, known: Sequence[str]) -> str:
    """One of the known words."""
    if value not in known:
        raise ValueError(f"{name}: got {value!r}, expected one of {', '.join(known)}")
    return value
