"""Exact small optimisation over the faces of a polyhedron: try every active set, keep the best.

A convex problem's optimum lies inside some face, where only equalities are left and least squares
solves it. 2^m faces: fine for the handful of gradients that multimodal learning has.
"""

from collections.abc import Iterable, Iterator
from itertools import combinations

import numpy as np

Array = np.ndarray

MOST = 10
TINY = 1e-9
"""How far below zero a weight may round before its face is given up."""


def supports(rows: int, least: int) -> Iterator[list[int]]:
    """Subsets of 0 … rows − 1 with at least `least` members, the largest first."""
    if rows > MOST:
        raise ValueError(f"gradients: got {rows}, expected at most {MOST} (2^m faces are tried)")
    for size in range(rows, least - 1, -1):
        yield from (list(members) for members in combinations(range(rows), size))


def best(candidates: Iterable[tuple[float, Array]], scale: float) -> Array:
    """The weights of least value among those that are >= 0; of equals, the first."""
    lowest, kept = np.inf, None
    for value, weights in candidates:
        if weights.min() >= -TINY and value < lowest - 1e-13 * scale:
            lowest, kept = value, np.maximum(weights, 0)
    assert kept is not None  # the smallest support is always feasible
    return kept


def combine(rows: Array, target: Array) -> Array:
    """Weights u, Σ u = 0, whose Σ_i u_i g_i is nearest to `target`; the shortest such u.

    1/m + combine(rows, −mean) is the shortest vector of the rows' affine hull.
    Shapes: (m, d), (d,) → (m,).
    """
    centre = np.eye(len(rows)) - 1 / len(rows)
    return centre @ np.linalg.lstsq(rows.T @ centre, target, rcond=1e-13)[0]


def spread(weights: Array, support: list[int], rows: int) -> Array:
    """Weights of a subset of rows as weights of all, 0 elsewhere."""
    full = np.zeros(rows)
    full[support] = weights
    return full
