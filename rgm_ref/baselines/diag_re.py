"""Diag&Re: now and then, pull each encoder back to its start by how much better it clusters seen
data than unseen data.

Wei et al. 2024. K-means itself is left to a library; the head and the optimizer are left alone.
"""

import numpy as np

from rgm_ref._checks import as_float
from rgm_ref._scaled import safe_divide
from rgm_ref._shapes import Float

Array = np.ndarray


def scale(features: Float[Array, "n d"]) -> Float[Array, "n d"]:
    """Each dimension mapped to [−1, 1], 2 (z − min) / (max − min) − 1; a constant one to −1.

    Each of the 2 M sets of features is scaled by itself. Shapes: (n, d) → (n, d).
    Source: the official code.
    """
    z = as_float(features, "features")
    low, high = z.min(axis=0), z.max(axis=0)
    return 2 * safe_divide(z - low, high - low) - 1


def purity(clusters: Array, labels: Array) -> float:
    """P = (1/n) Σ_q max_y |{i in cluster q : y_i = y}|, between the majority share and 1.

    Shapes: cluster numbers (n,), labels (n,) → number. Raises: ValueError for other shapes.
    Source: Wei et al. 2024.
    """
    clusters, labels = np.asarray(clusters), np.asarray(labels)
    if clusters.shape != labels.shape or clusters.ndim != 1 or clusters.size == 0:
        raise ValueError(f"clusters: got shape {clusters.shape}, expected {labels.shape}, (n,)")
    majorities = [
        np.unique(labels[clusters == q], return_counts=True)[1].max() for q in np.unique(clusters)
    ]
    return float(sum(majorities) / len(labels))


def strength(train: float, validation: float, rate: float = 3.0) -> float:
    """ω = tanh(λ |P_train − P_val|), of each modality by itself.

    Raises: ValueError for λ < 0. Source: Wei et al. 2024.
    """
    if not rate >= 0:
        raise ValueError(f"rate: got {rate}, expected a number >= 0")
    return float(np.tanh(rate * abs(train - validation)))


def relearn(parameters: Array, start: Array, strength: float) -> Array:
    """θ ← (1 − ω) θ + ω θ_init, on all parameters of the encoder.

    Shapes: any → the same. Raises: ValueError unless 0 <= ω <= 1. Source: Wei et al. 2024.
    """
    if not 0 <= strength <= 1:
        raise ValueError(f"strength: got {strength}, expected between 0 and 1")
    theta, first = as_float(parameters, "parameters"), as_float(start, "start")
    return (1 - strength) * theta + strength * first
