"""Orth, Eqs. 12–13: the printed, the linear and the exact form, and what each does to whom."""

# In the order of the story.
# isort: off
from derivations.orthogonal import linear, overshoot, residual, high_conflict
from derivations.orthogonal import exact, optimum, degenerate
from derivations.orthogonal import roles, intent, pcgrad, lowdin
from derivations.orthogonal import many, many_global, simplex

__all__ = [
    "degenerate",
    "exact",
    "high_conflict",
    "intent",
    "linear",
    "lowdin",
    "many",
    "many_global",
    "optimum",
    "overshoot",
    "pcgrad",
    "residual",
    "roles",
    "simplex",
]
