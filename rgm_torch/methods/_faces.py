"""Exact small convex problems over weights w >= 0: try every set of weights that may be positive.

The optimum lies inside some face, where only equalities are left and one linear solve finds it.
2^m faces of a Gram matrix of the handful of gradients that multimodal learning has.
"""

from collections.abc import Iterable, Iterator
from itertools import combinations
from operator import itemgetter

import numpy as np

MOST = 10
RANK = 1e-14
"""Singular values below this part of the largest one are rounding."""


def supports(rows: int, least: int) -> Iterator[list[int]]:
    """Subsets of 0 … rows − 1 with at least `least` members. Raises: ValueError for too many."""
    if rows > MOST:
        raise ValueError(f"rows: got {rows}, expected at most {MOST} (2^m faces are tried)")
    for size in range(least, rows + 1):
        yield from (list(members) for members in combinations(range(rows), size))


def best(candidates: Iterable[tuple[float, np.ndarray]]) -> np.ndarray:
    """The weights of least value among those that are >= 0."""
    feasible = [(value, weights) for value, weights in candidates if weights.min() >= 0]
    return min(feasible, key=itemgetter(0))[1]


def affine(gram: np.ndarray, target: np.ndarray, total: float) -> np.ndarray:
    """w = argmin ½ wᵀGw − targetᵀw with Σ_i w_i = total; the shortest one where several are.

    Stationarity and the sum as one system: [G 1; 1ᵀ 0] [w; ν] = [target; total].
    """
    scale = gram.trace() or 1.0
    ones = np.ones((len(gram), 1))
    system = np.block([[gram / scale, ones], [ones.T, np.zeros((1, 1))]])
    return np.linalg.lstsq(system, np.append(target / scale, total), rcond=RANK)[0][:-1]


def spread(weights: np.ndarray, support: list[int], rows: int) -> np.ndarray:
    """Weights of a subset of rows as weights of all, 0 elsewhere."""
    full = np.zeros(rows)
    full[support] = weights
    return full
