"""What the experiments share: the toys, how long they run, and how a run is compared with another.

A tendency counts as seen when so many of the runs show it, on every toy, that a fair coin would get
there in at most one case in fifty: 9 of 10 runs, 6 of 6.
"""

from collections.abc import Callable, Iterable
from functools import cache
from math import comb

import numpy as np

from rgm_ref.descent import History, Rule, descend
from rgm_ref.toys import Classifier, Quadratic
from rgm_ref.views import Views

STEPS = 20
RATES = {"quadratic": 0.15, "logistic": 3.0, "two layers": 3.0}


def toy(name: str, seed: int, agreement: float = -0.5) -> Quadratic | Classifier:
    """A problem whose first modality dominates and whose gradients start with that cosine."""
    rng = np.random.default_rng(seed)
    if name == "quadratic":
        return Quadratic(rng.uniform(2, 4), agreement)
    hidden = name == "two layers"
    return Classifier(Views.sample(rng, 60), hidden, seed=seed, imbalance=2, agreement=agreement)


@cache
def runs(
    name: str, rule: Rule | None = None, agreement: float = -0.5, seeds: int = 10
) -> list[History]:
    """One run per seed."""
    toys = [toy(name, seed, agreement) for seed in range(seeds)]
    return [descend(problem, STEPS, RATES[name], rule) for problem in toys]


def count(lower: Iterable[float], higher: Iterable[float]) -> int:
    """In how many of the pairs lower < higher, beyond rounding."""
    return sum(x < y - 1e-9 for x, y in zip(lower, higher, strict=True))


def enough(hits: int, tries: int) -> bool:
    """Whether a fair coin would show that many hits in at most one case in fifty."""
    return 50 * sum(comb(tries, k) for k in range(hits, tries + 1)) <= 2**tries


def lowers(rule: Rule, measure: Callable[[History], float], **dials) -> dict[str, int]:
    """In how many runs, per toy, the rule ends with a lower measure than joint training."""
    return {
        name: count(map(measure, runs(name, rule, **dials)), map(measure, runs(name, **dials)))
        for name in RATES
    }


def finding(tendency: str, hits: dict[str, int], seeds: int = 10) -> dict[str, bool]:
    """The tendency as a sentence with its counts, and whether it was seen on every toy."""
    told = ", ".join(f"{n} of {seeds} ({name})" for name, n in hits.items())
    return {f"{tendency} in {told}": all(enough(n, seeds) for n in hits.values())}


def raw_balance(run: History) -> float:
    """Where w̄ of the raw energies ends."""
    return float(run.raw_balance[0, 1, -1])


def applied_balance(run: History) -> float:
    """Where w̄ of the applied energies ends."""
    return float(run.applied_balance[0, 1, -1])


def conflict(run: History) -> float:
    """Cosine of the raw gradients, the mean over samples and steps."""
    return float(run.before[0, 1].mean())
