"""Exact small optimisation over the faces of a polyhedron: try every active set, keep the best.

A convex problem's optimum lies inside some face, where only equalities are left and least squares
solves it. 2^m faces: fine for the handful of gradients that multimodal learning has.
"""

from collections.abc import Iterable, Iterator
from itertools import combinations

import numpy as np

from rgm_ref._scaled import norm, safe_divide

Array = np.ndarray

MOST = 10


def supports(rows: int, least: int) -> Iterator[list[int]]:
    """Subsets of 0 … rows − 1 with at least `least` members, the largest first."""
    if rows > MOST:
        raise ValueError(f"gradients: got {rows}, expected at most {MOST} (2^m faces are tried)")
    for size in range(rows, least - 1, -1):
        yield from (list(members) for members in combinations(range(rows), size))


def best(candidates: Iterable[tuple[float, Array]], scale: float) -> Array:
    """The weights of least value among those that are >= 0; of equals, the first.

    A face given up because a weight of 0 was rounded below it leaves the smaller face without it.
    """
    lowest, kept = np.inf, None
    for value, weights in candidates:
        if weights.min() >= 0 and value < lowest - 1e-13 * scale:
            lowest, kept = value, weights
    assert kept is not None  # the smallest support is always feasible
    return kept


def combine(rows: Array, target: Array) -> Array:
    """Weights u, Σ u = 0, whose Σ_i u_i g_i is nearest to `target`; the shortest such u.

    1/m + combine(rows, −mean) is the shortest vector of the rows' affine hull.
    Shapes: (m, d), (d,) → (m,).
    """
    return _solve((rows - rows.mean(axis=0)).T, target, 1e-13 * norm(rows).max())


def nearest(rows: Array, target: Array) -> Array:
    """Weights u whose Σ_i u_i g_i is nearest to `target`; the shortest such u.

    Shapes: (m, d), (d,) → (m,).
    """
    return _solve(rows.T, target, 1e-13 * norm(rows).max(initial=0))


def _solve(matrix, target, rounding) -> Array:
    """Least squares; singular values up to `rounding` count as zero."""
    u, sigma, v = np.linalg.svd(matrix, full_matrices=False)
    inverse = safe_divide(1.0, np.where(sigma > rounding, sigma, 0))
    return v.T @ (inverse * (u.T @ target))


def spread(weights: Array, support: list[int], rows: int) -> Array:
    """Weights of a subset of rows as weights of all, 0 elsewhere."""
    full = np.zeros(rows)
    full[support] = weights
    return full
