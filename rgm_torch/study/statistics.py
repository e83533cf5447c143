"""What the seeds can tell: Student's intervals, paired differences, Holm, factorial effects.

A seed draws data, start and batch order at once, the same for every method, so methods are
compared seed by seed. Here "95 %" holds if the differences are normal over seeds; with 5 to 8 seeds
that cannot be checked, only said. A run that failed has no value: its seed drops out.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from scipy import special  # Student's distribution without the long import of scipy.stats

Array = np.ndarray
Subset = frozenset[str]

LEVEL = 0.95


class Interval(NamedTuple):
    """mean ± half_width over n seeds; half_width is nan for one seed, and both for none."""

    mean: float
    half_width: float
    n: int


class Difference(NamedTuple):
    """mean ± half_width of a difference over n seeds, and the p-value of no difference."""

    mean: float
    half_width: float
    p: float
    n: int


def interval(values: Iterable[float]) -> Interval:
    """Mean and half-width of its 95 % interval, x̄ ± t s/√n, t the 0.975 quantile of Student's.

    s² = Σ (x − x̄)²/(n − 1), t with n − 1 degrees of freedom. One seed has a mean and no interval:
    nan, not 0, for nobody knows how far it is off. Units: those of the values.
    Raises: ValueError for values that are no list. Source: Student 1908.
    """
    x = np.asarray(list(values), np.float64)
    if x.ndim != 1:
        raise ValueError(f"values: got shape {x.shape}, expected one number per seed")
    if len(x) == 0:
        return Interval(np.nan, np.nan, 0)
    quantile = special.stdtrit(len(x) - 1, (1 + LEVEL) / 2)  # nan for no degree of freedom
    return Interval(float(x.mean()), float(quantile * _error(x)), len(x))


def difference(values: Iterable[float]) -> Difference:
    """The mean of differences, its interval as above, and p = 2 P(T < −|x̄| √n / s).

    Differences that are all equal have s = 0. Where they are 0 the runs are the same run, and
    nothing speaks for a difference: p = 1. Elsewhere t is infinite: p = 0, the limit of ever
    smaller s, to be read with care where accuracies are counts of few clips. p is nan for less
    than two seeds. Raises: as `interval`.
    """
    x = np.asarray(list(values), np.float64)
    mean, half_width, n = interval(x)
    if n < 2:
        return Difference(mean, half_width, np.nan, n)
    error = _error(x)
    if error == 0:
        return Difference(mean, half_width, float(mean == 0), n)
    return Difference(mean, half_width, float(2 * special.stdtr(n - 1, -abs(mean) / error)), n)


def paired(ours: Mapping[int, float], control: Mapping[int, float]) -> Difference:
    """Ours minus the control, seed by seed, over the seeds that both have: seed → value each.

    What a seed does to both, an easy draw or a good start, drops out of the difference. With no
    seed in common, as after failed runs, there is none: nan.
    """
    return difference(ours[seed] - control[seed] for seed in sorted(ours.keys() & control.keys()))


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values p̃_(i) = max_{j ≤ i} min(1, (m − j + 1) p_(j)), p_(1) ≤ … ≤ p_(m).

    Calling p̃ ≤ α significant is wrong anywhere among the m comparisons with probability α at
    most, however they depend on each other. A comparison that failed (nan) stays nan and counts
    in m: the family was planned, and a failure must not make it easier for the others.
    Raises: ValueError for a p-value outside [0, 1]. Source: Holm 1979.
    """
    p = np.asarray(p_values, np.float64)
    if p.ndim != 1 or np.any((p < 0) | (p > 1)):
        raise ValueError(f"p_values: got {p_values}, expected a list of numbers in [0, 1]")
    order = np.argsort(p, kind="stable")  # nan last
    weighted = np.minimum(1, np.arange(len(p), 0, -1) * p[order])
    adjusted = np.empty_like(p)
    adjusted[order] = np.maximum.accumulate(weighted)
    return adjusted.tolist()


def factorial_effects(
    parts: Sequence[str], runs: Mapping[Subset, Mapping[int, float]]
) -> dict[tuple[str, ...], Difference]:
    """Main effects and interactions of k parts from the 2^k models that have them or not.

    The effect of S is 2^(1−k) Σ_A y_A Π_{f ∈ S} (+1 if f ∈ A else −1), a difference of two means
    over 2^(k−1) models each: for one part with minus without, averaged over the other parts; for
    two, half of what one changes in the other's effect; and so on. Taken seed by seed, over the
    seeds that all models have, and judged as `difference` does. The odd S add up to y_all − y_none.

    `runs`: set of parts → seed → value. Raises: ValueError where a model is missing or too many.
    Source: Yates 1937.
    """
    models = [frozenset(some) for some in _subsets(parts)]
    if len(set(parts)) < len(parts) or set(runs) != set(models):
        got = sorted("+".join(sorted(model)) or "none" for model in runs)
        raise ValueError(f"runs: got {got}, expected every set of the parts {list(parts)}")
    seeds = sorted(set.intersection(*(set(runs[model]) for model in models)))

    def contrast(effect: Sequence[str], seed: int) -> float:
        # fsum rounds once: a part that changes nothing has the effect 0, not 1e-17 "significantly"
        signed = (_sign(effect, model) * runs[model][seed] for model in models)
        return math.fsum(signed) / 2 ** (len(parts) - 1)

    return {
        effect: difference(contrast(effect, seed) for seed in seeds)
        for effect in _subsets(parts)
        if effect
    }


def _error(x: Array) -> float:
    """Standard error s/√n of the mean; nan for one value."""
    return float(x.std(ddof=1) / np.sqrt(len(x))) if len(x) > 1 else np.nan


def _subsets(parts: Sequence[str]) -> list[tuple[str, ...]]:
    """All subsets, small ones first, each in the order of the parts."""
    return [some for size in range(len(parts) + 1) for some in combinations(parts, size)]


def _sign(effect: Sequence[str], model: Subset) -> int:
    """+1 or −1: whether an even number of the effect's parts is absent from the model."""
    return (-1) ** sum(part not in model for part in effect)
