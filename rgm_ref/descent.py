"""Plain descent on a toy problem, with the feature gradients modulated on their way back."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from rgm_ref._checks import one_of, positive
from rgm_ref.energy import step_energy
from rgm_ref.plane import balance, nonconflict
from rgm_ref.toys import Classifier, Evaluation

Array = np.ndarray
Rule = Callable[[Array, Array], Array]
"""(gradients (M, ..., d), energy (M,)) → modulated gradients of the same shape."""


class Problem(Protocol):
    """What can be descended: a starting point, and loss and gradients at any point."""

    def start(self) -> list[Array]:
        """Parameters to start from."""

    def evaluate(self, parameters: list[Array]) -> Evaluation:
        """Loss and feature gradients there."""


@dataclass(frozen=True)
class MiniBatches:
    """A classifier that sees `size` samples at a time, drawn anew by `rng` at every evaluation."""

    problem: Classifier
    size: int
    rng: np.random.Generator

    def start(self) -> list[Array]:
        """Where the classifier starts."""
        return self.problem.start()

    def evaluate(self, parameters: list[Array]) -> Evaluation:
        """Loss and gradients on the batch."""
        batch = self.problem.data.batch(self.rng, self.size)
        return replace(self.problem, data=batch).evaluate(parameters)


@dataclass(frozen=True)
class History:
    """What a run went through, one entry per step along the last axis, and where it ended.

    `raw` and `applied` are the energies (M, T) of each step before and after modulation, all
    samples together; `before` and `after` are the cosines (M, M, ..., T) of every sample.
    """

    loss: Array
    raw: Array
    applied: Array
    before: Array
    after: Array
    parameters: list[Array]

    @property
    def raw_balance(self) -> Array:
        """w̄ (M, M, T) of the energies accumulated from raw gradients."""
        return balance(np.cumsum(self.raw, axis=-1))

    @property
    def applied_balance(self) -> Array:
        """w̄ (M, M, T) of the energies accumulated from modulated gradients."""
        return balance(np.cumsum(self.applied, axis=-1))

    @property
    def conflict(self) -> Array:
        """c (M, M, T) of the raw gradients, the mean over samples."""
        return _mean_over_samples(self.before)

    @property
    def applied_conflict(self) -> Array:
        """c (M, M, T) of the modulated gradients, the mean over samples."""
        return _mean_over_samples(self.after)


def descend(
    problem: Problem,
    steps: int,
    rate: float,
    rule: Rule | None = None,
    energy: str = "raw",
    start: list[Array] | None = None,
) -> History:
    """Descent θ ← θ − η pull(rule(g, E)), E accumulated from the 'raw' or the 'applied' gradients.

    A rule sees an E that includes the present step where it is raw. Applied energies are known
    only afterwards: then it sees those of the past steps, and the raw one at the first step.
    Raises: ValueError for a bad rate, number of steps or `energy`. Source: Fig. 2; the paper does
    not say which energy, see claim rebalance-applied.
    """
    positive(steps, "steps")
    positive(rate, "rate")
    one_of(energy, ("raw", "applied"), "energy")
    parameters = problem.start() if start is None else start
    spent: Array = np.zeros(())
    rows: list[tuple] = []
    for _ in range(steps):
        now = problem.evaluate(parameters)
        raw = step_energy(_flat(now.gradients), rate)
        seen = spent + raw if energy == "raw" or not rows else spent
        modulated = now.gradients if rule is None else rule(now.gradients, seen)
        applied = step_energy(_flat(modulated), rate)
        spent = spent + (raw if energy == "raw" else applied)
        rows.append((now.loss, raw, applied, nonconflict(now.gradients), nonconflict(modulated)))
        parameters = [p - rate * g for p, g in zip(parameters, now.pull(modulated), strict=True)]
    loss, raw, applied, before, after = (np.stack(x, axis=-1) for x in zip(*rows, strict=True))
    return History(loss, raw, applied, before, after, parameters)


def _flat(gradients: Array) -> Array:
    """All samples of a modality as one vector: (M, ..., d) → (M, n d)."""
    return gradients.reshape(len(gradients), -1)


def _mean_over_samples(cosines: Array) -> Array:
    return cosines.mean(axis=tuple(range(2, cosines.ndim - 1)))
