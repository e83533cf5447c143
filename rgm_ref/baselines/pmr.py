"""PMR: class prototypes as a classifier per modality; pull the slower, hold back the faster one.

Fan et al. 2023. Weights and prototypes carry no gradient; features do.
"""

import numpy as np

from rgm_ref._checks import as_float, one_of
from rgm_ref._shapes import Float
from rgm_ref.baselines._checks import as_labels, as_positive, as_probabilities, true_class
from rgm_ref.head import softmax

Array = np.ndarray

RULES = ("paper", "code")


def prototypes(
    features: Float[Array, "n d"],
    labels: Array,
    classes: int,
    old: Float[Array, "K d"] | None = None,
    momentum: float = 0.0,
) -> Float[Array, "K d"]:
    """Class means c_y ← ε c_y,old + (1 − ε) c_y,new; a class without samples keeps its old one.

    Shapes: (n, d), labels (n,), old (K, d) → (K, d). Raises: ValueError where a class has neither
    samples nor an old prototype. Source: Fan et al. 2023.
    """
    z = as_float(features, "features")
    one_hot = np.eye(classes)[as_labels(labels, np.empty((len(z), classes)))]
    counts = one_hot.sum(axis=0)[:, None]
    if old is None:
        if (counts == 0).any():
            raise ValueError(f"labels: got only classes {set(labels)}, expected all {classes}")
        return one_hot.T @ z / counts
    new = one_hot.T @ z / np.maximum(counts, 1)
    return np.where(counts > 0, momentum * old + (1 - momentum) * new, old)


def probabilities(
    features: Float[Array, "n d"], prototypes: Float[Array, "K d"]
) -> Float[Array, "n K"]:
    """p_i(y) = exp(−d(z_i, c_y)) / Σ_y' exp(−d(z_i, c_y')), d = √max(‖z − c‖², 1e-12).

    The distance is Euclidean, not squared. Shapes: (n, d), (K, d) → (n, K).
    Source: Fan et al. 2023.
    """
    z, c = as_float(features, "features"), as_float(prototypes, "prototypes")
    if z.ndim != 2 or c.ndim != 2 or z.shape[1] != c.shape[1]:
        raise ValueError(f"prototypes: got shapes {z.shape} and {c.shape}, expected (n, d), (K, d)")
    squared = ((z[:, None] - c) ** 2).sum(axis=-1)
    return softmax(-np.sqrt(np.maximum(squared, 1e-12)))


def cross_entropy(probabilities: Float[Array, "n K"], labels: Array) -> float:
    """PCE = (1/n) Σ_i −log p_i(y_i). Shapes: (n, K), (n,) → number. Source: Fan et al. 2023."""
    p = as_probabilities(probabilities, "probabilities")
    return float(-np.log(true_class(p, labels)).mean())


def entropy(probabilities: Float[Array, "n K"]) -> float:
    """H = (1/n) Σ_i −Σ_y p_i(y) log p_i(y), 0 log 0 = 0, in nats. Shapes: (n, K) → number.

    Source: Fan et al. 2023.
    """
    p = as_probabilities(probabilities, "probabilities")
    return float(-(p * np.log(np.where(p > 0, p, 1))).sum(axis=-1).mean())


def coefficients(
    scores: Float[Array, "M"], rule: str = "paper"
) -> tuple[Float[Array, "M"], Float[Array, "M"]]:
    """Weights of PCE (β_k) and of the entropy (γ_k) from the scores s_k = Σ_i p_i^k(y_i):

    β_k = clip(s_max/s_k − 1), γ_k = clip(s_k/s_min − 1), clipped to [0, 1]. A pair with
    ρ = s_0/s_1 < 1: β = (clip(1/ρ − 1), 0), γ = (0, clip(1/ρ − 1)). `rule` 'code': 1 on the PCE of
    the weaker one of a pair, no entropy. Shapes: (M,) → (M,), (M,).
    Raises: ValueError for a score that is not positive, and 'code' for M > 2.
    Source: Fan et al. 2023; M > 2 is a third party's.
    """
    s = as_positive(scores, "scores")
    if one_of(rule, RULES, "rule") == "code":
        if len(s) > 2:
            raise ValueError(f"rule: 'code' is for a pair, got {len(s)} modalities")
        return (s < s[::-1]).astype(s.dtype), np.zeros_like(s)
    return np.clip(s.max() / s - 1, 0, 1), np.clip(s / s.min() - 1, 0, 1)


def loss(
    joint: float,
    pulls: Float[Array, "M"],
    entropies: Float[Array, "M"],
    weights: tuple[Float[Array, "M"], Float[Array, "M"]],
    alpha: float,
    mu: float = 0.0,
) -> float:
    """L = L_CE + α Σ_k β_k PCE_k − μ Σ_k γ_k H_k; μ > 0 in the first epochs only.

    The minus raises the entropy of the faster modality. Shapes: (M,) each → number.
    Source: Fan et al. 2023.
    """
    beta, gamma = weights
    return float(joint + alpha * np.dot(beta, pulls) - mu * np.dot(gamma, entropies))
