"""Numeric legs: one sample compares a formula with an oracle, or a quantity with its bound."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Sample:
    """Outcome of one comparison: its relative error, 0 for a bound that is kept.

    `count` is the number of inequalities behind it, where arrays were compared entry by entry.
    """

    error: float
    is_bound: bool = False
    count: int = 1


def agree(actual, expected, scale: float | None = None) -> Sample:
    """Largest deviation of `actual` from `expected`, relative to the largest entry expected.

    `scale` replaces that yardstick where the expected value may cancel to 0.
    """
    actual, expected = np.asarray(actual, float), np.asarray(expected, float)
    if actual.shape != expected.shape:
        return Sample(np.inf)
    yardstick = np.abs(expected).max() if scale is None else scale
    error = np.abs(actual - expected).max() / (yardstick or 1.0)
    return Sample(float(error) if np.isfinite(error) else np.inf)


def bounded(smaller, larger, scale: float = 1.0) -> Sample:
    """How far smaller ≤ larger is violated, relative to `scale`."""
    excess = (np.asarray(smaller, float) - np.asarray(larger, float)) / scale
    worst = float(np.maximum(excess, 0).max()) if np.isfinite(excess).all() else np.inf
    return Sample(worst, is_bound=True, count=excess.size)


@dataclass(frozen=True)
class Formula:
    """A formula of the reference and its named wrong twins, all with one signature.

    A twin's name says the mistake ("indices swapped", "norm for squared norm"): the exercises use
    it as the answer to a wrong answer.
    """

    name: str
    right: Callable
    twins: dict[str, Callable] = field(default_factory=dict)


@dataclass(frozen=True)
class NumericLeg:
    """One check of one formula by one oracle, run `samples` times with a fixed seed.

    `check(formula, rng)` returns a `Sample`. `tolerance` is justified by `because`. A twin is
    killed when its error goes beyond 1000 tolerances.
    """

    formula: Formula
    check: Callable[[Callable, np.random.Generator], Sample]
    oracle: str
    tolerance: float
    because: str
    samples: int

    def outcomes(self, function: Callable, samples: int) -> Iterator[Sample]:
        """The samples one by one, from a fixed seed."""
        rng = np.random.default_rng(20260101)
        return (self.check(function, rng) for _ in range(samples))

    def kills(self, twin: Callable) -> bool:
        """Whether this check, with all its samples, tells the twin from the right formula.

        By numbers: a twin that cannot be computed here (another domain) is not thereby refuted.
        """
        try:
            outcomes = self.outcomes(twin, self.samples)
            return any(sample.error > 1000 * self.tolerance for sample in outcomes)
        except (ValueError, ArithmeticError, RuntimeError, np.linalg.LinAlgError):
            return False


def digits(error: float) -> float:
    """Decimal digits of agreement, −log10(error), at most 16."""
    return 16.0 if error <= 1e-16 else float(max(0.0, -np.log10(error)))
