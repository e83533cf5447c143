"""Plain descent on a toy problem, with the feature gradients modulated on their way back."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rgm_ref._checks import positive
from rgm_ref.energy import step_energy
from rgm_ref.plane import balance, nonconflict

Array = np.ndarray
Rule = Callable[[Array, Array], Array]
"""(gradients (M, ..., d), energy (M,)) → modulated gradients of the same shape."""


@dataclass(frozen=True)
class History:
    """What a run went through, one entry per step, and where it ended.

    `raw` and `applied` are the energies (M, T) of each step before and after modulation; `conflict`
    and `turned` are the pairwise cosines (M, M, T) before and after.
    """

    loss: Array
    raw: Array
    applied: Array
    conflict: Array
    turned: Array
    parameters: list[Array]

    @property
    def raw_balance(self) -> Array:
        """w̄ (M, M, T) of the energies accumulated from raw gradients."""
        return balance(np.cumsum(self.raw, axis=-1))

    @property
    def applied_balance(self) -> Array:
        """w̄ (M, M, T) of the energies accumulated from modulated gradients."""
        return balance(np.cumsum(self.applied, axis=-1))


def descend(problem, steps: int, rate: float, rule: Rule | None = None, energy: str = "raw") -> History:
    """Full-batch descent z, θ ← θ − η pull(rule(g, E)), with E accumulated from 'raw' or 'applied' g.

    E includes the present step's raw energy where it accumulates raw gradients; where it accumulates
    applied ones it holds the past steps', and the raw energy at the first step. Energies and cosines
    are those of the whole batch, all samples as one vector. Raises: ValueError for a bad rate or `energy`.
    """
    positive(rate, "rate")
    if energy not in ("raw", "applied"):
        raise ValueError(f"energy: got {energy!r}, expected 'raw' or 'applied'")
    parameters, rows = problem.start(), []
    spent = 0.0
    for _ in range(steps):
        now = problem.evaluate(parameters)
        raw = step_energy(_flat(now.gradients), rate)
        seen = spent + raw if energy == "raw" else (spent if rows else raw)
        modulated = now.gradients if rule is None else rule(now.gradients, seen)
        applied = step_energy(_flat(modulated), rate)
        spent = spent + (raw if energy == "raw" else applied)
        rows.append((now.loss, raw, applied, _cosines(now.gradients), _cosines(modulated)))
        parameters = [p - rate * g for p, g in zip(parameters, now.pull(modulated), strict=True)]
    loss, raw, applied, conflict, turned = (np.stack(column, axis=-1) for column in zip(*rows, strict=True))
    return History(loss, raw, applied, conflict, turned, parameters)




def _flat(gradients: Array) -> Array:
    return gradients.reshape(len(gradients), -1)


def _cosines(gradients: Array) -> Array:
    return nonconflict(_flat(gradients))
