"""OGM-GE: shrink the encoder gradient of the modality that predicts better, add noise of its scale.

It acts on encoder weights, after the backward pass and before the optimizer; the head is left
alone. Peng et al. 2022.
"""

import numpy as np

from rgm_ref._checks import as_float, one_of
from rgm_ref._shapes import Float
from rgm_ref.baselines._checks import as_logits, as_positive, true_class
from rgm_ref.head import softmax

Array = np.ndarray

RULES = ("mean", "minimum")


def scores(split_logits: Float[Array, "M n K"], labels: Array) -> Float[Array, "M"]:
    """Scores s_k = Σ_i softmax(f_i^k)_{y_i}: a sum of probabilities, not of log-likelihoods.

    Shapes: split logits (M, n, K), labels (n,) → (M,). Source: Peng et al. 2022.
    """
    logits = as_logits(split_logits, "split_logits")
    return true_class(softmax(logits), labels).sum(axis=-1)


def ratios(scores: Float[Array, "M"], rule: str = "mean") -> Float[Array, "M"]:
    """Discrepancy ratios ρ_k = s_k / s_j for a pair; for M > 2

    ρ_k = s_k / mean_{j≠k} s_j (`rule` 'mean', ours) or s_k / min_j s_j ('minimum', the benchmark).
    The first damps at most M − 1 modalities, the second all but the weakest; of a pair the same.
    Shapes: (M,) → (M,). Raises: ValueError for a score that is not positive.
    Source: Peng et al. 2022 for M = 2.
    """
    s = as_positive(scores, "scores")
    if one_of(rule, RULES, "rule") == "minimum":
        return s / s.min()
    return s / ((s.sum() - s) / (len(s) - 1))


def coefficients(ratios: Float[Array, "M"], alpha: float) -> Float[Array, "M"]:
    """κ_k = 1 − tanh(α ρ_k) where ρ_k > 1, and 1 elsewhere: it jumps at ρ = 1, as printed.

    Shapes: (M,) → (M,) in [0, 1]. Raises: ValueError for a ratio that is not positive or α < 0.
    Source: Peng et al. 2022 (the code's relu(ρ) is ρ itself: ratios are positive).
    """
    rho = as_positive(ratios, "ratios")
    if not alpha >= 0:
        raise ValueError(f"alpha: got {alpha}, expected a number >= 0")
    return np.where(rho > 1, 1 - np.tanh(alpha * rho), 1)


def noise_std(gradient: Array) -> float:
    """Scale of the noise of one weight tensor, ς = std(g) + 1e-8, with n − 1 in the denominator.

    It is taken of the gradient before κ. For a single entry it is undefined and counts as 0: no
    noise. Shapes: any → number. Source: the official code; the paper's covariance is that of the
    SGD noise.
    """
    g = as_float(gradient, "gradient")
    return float(g.std(ddof=1) + 1e-8) if g.size > 1 else 0.0


def modulate(gradient: Array, kappa: float, noise: Array | float = 0.0) -> Array:
    """g̃ = κ g + ς ξ with ξ ~ N(0, I) handed in; without noise it is OGM, with it OGM-GE.

    Noise goes to every encoder, those with κ = 1 too. Which tensors: ours are all encoder weights
    but biases and norms, the official code only those with four axes (a no-op without
    convolutions). Shapes: any → the same. Source: Peng et al. 2022.
    """
    g = as_float(gradient, "gradient")
    return kappa * g + noise_std(g) * np.asarray(noise)
