"""Exact small convex problems over weights w >= 0: try every set of weights that may be positive.

The optimum lies inside some face, where only equalities are left and one linear solve finds it.
2^m faces of a Gram matrix of the handful of gradients that multimodal learning has.
"""

from collections.abc import Iterator
from itertools import combinations
from math import sqrt
from operator import itemgetter

import numpy as np

Faces = Iterator[tuple[float, np.ndarray]]
"""The value and the weights at the optimum of each face's hull, weights of either sign."""

MOST = 10
RANK = 1e-14
"""Singular values below this part of the largest one are rounding."""


def supports(rows: int, least: int) -> Iterator[list[int]]:
    """Subsets of 0 … rows − 1 with at least `least` members. Raises: ValueError for too many."""
    if rows > MOST:
        raise ValueError(f"rows: got {rows}, expected at most {MOST} (2^m faces are tried)")
    for size in range(least, rows + 1):
        yield from (list(members) for members in combinations(range(rows), size))


def best(candidates: Faces) -> np.ndarray:
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


def length(gram: np.ndarray, weights: np.ndarray) -> float:
    """‖Σ_i w_i g_i‖."""
    return sqrt(max(weights @ gram @ weights, 0.0))


def shortest(gram: np.ndarray) -> Faces:
    """‖Σ_i w_i g_i‖² at its least with Σ_i w_i = 1."""
    for support in supports(len(gram), least=1):
        w = affine(gram[np.ix_(support, support)], np.zeros(len(support)), 1.0)
        full = spread(w, support, len(gram))
        yield full @ gram @ full, full


def raised(cosines: np.ndarray, task: int) -> Faces:
    """‖g_i + Σ_j λ_j g_j‖² at its least, for gradients of length 1; the weights are the λ_j."""
    unit = np.eye(len(cosines))[task]
    for support in supports(len(cosines), least=0):
        face, target = cosines[np.ix_(support, support)], -cosines[support, task]
        full = spread(np.linalg.lstsq(face, target, rcond=RANK)[0], support, len(cosines))
        yield (unit + full) @ cosines @ (unit + full), full


def worst(gram: np.ndarray, target: np.ndarray, radius: float) -> Faces:
    """g_w · g_0 + k ‖g_w‖ at its least with Σ_i w_i = 1, where there is one; `target` is g_i · g_0.

    With p the shortest point and h the part of g_0 along the face, g_w = p − h ‖p‖ / √(k² − ‖h‖²)
    if ‖h‖ < k. A single gradient has no choice.
    """
    for support in supports(len(gram), least=1):
        face = gram[np.ix_(support, support)]
        w = affine(face, np.zeros(len(support)), 1.0)
        if len(support) > 1:
            along = affine(face, target[support], 0.0)
            free = radius**2 - along @ face @ along
            if free <= 0:
                continue
            w = w - along * length(face, w) / sqrt(free)
        full = spread(w, support, len(gram))
        yield full @ target + radius * length(gram, full), full
