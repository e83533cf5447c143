"""The Balance–nonConflict Plane, Eqs. 5–6: its coordinates, what they mean, and what means more."""

from derivations.plane import (
    axis,
    balance,
    conditioning,
    cosine,
    curvature,
    descent,
    gauge,
    invariant,
    labels,
    null,
    starvation,
)

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
