"""The Balance–nonConflict Plane, Eqs. 5–6: its coordinates, what they mean, and what means more."""

# isort: off
from derivations.plane import balance, cosine, gauge, null, axis, descent
from derivations.plane import invariant, curvature, labels, conditioning, starvation

__all__ = [
    "axis",
    "balance",
    "conditioning",
    "cosine",
    "curvature",
    "descent",
    "gauge",
    "invariant",
    "labels",
    "null",
    "starvation",
]
