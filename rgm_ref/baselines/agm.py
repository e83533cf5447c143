"""AGM: scale what flows back to each modality by how its advantage departs from its average one.

Li et al. 2023. With features set to zero the responses of a linear head are its split logits, and
AGM is nothing but κ_k on the gradients of encoder k and head block k (mean κ on the bias).
"""

import numpy as np

from rgm_ref._shapes import Float
from rgm_ref.baselines._checks import as_logits, as_scores, true_class
from rgm_ref.baselines.coalitions import shapley
from rgm_ref.head import softmax

Array = np.ndarray


def responses(logits: Float[Array, "coalitions n K"]) -> Float[Array, "M n K"]:
    """Mono-modal responses φ_k = Shapley value of F + F(∅)/M, so that Σ_k φ_k = F(all).

    A pair: φ_0 = ½ [F(01) − F(1) + F(0)], where F(∅) cancels. The share of F(∅) is our reading for
    M > 2. Shapes: logits of all coalitions (2^M, n, K) → (M, n, K). Source: Li et al. 2023.
    """
    values = shapley(logits)
    return values + np.asarray(logits)[0] / len(values)


def scores(responses: Float[Array, "M n K"], labels: Array) -> Float[Array, "M"]:
    """Scores s_k = (1/n) Σ_i −log max(softmax(φ_i^k)_{y_i}, 1e-8): lower is better.

    Shapes: (M, n, K), labels (n,) → (M,). Source: the official code.
    """
    p = true_class(softmax(as_logits(responses, "responses")), labels)
    return -np.log(np.maximum(p, 1e-8)).mean(axis=-1)


def advantage(scores: Float[Array, "M"]) -> Float[Array, "M"]:
    """Ratios r_k = exp[M/(M−1) (s̄ − s_k)] with s̄ the mean: above 1 for the better modality.

    A pair: r_0 = exp(s_1 − s_0), r_1 = 1/r_0. Of running means it gives the reference τ_k. (The
    benchmark flips the sign, which boosts the better modality.) Shapes: (M,) → (M,).
    Source: Li et al. 2023; the factor for M > 2 from the benchmark.
    """
    s = as_scores(scores, "scores")
    return np.exp(len(s) / (len(s) - 1) * (s.mean() - s))


def running_mean(mean: Float[Array, "M"], scores: Float[Array, "M"], step: int) -> Array:
    """Cumulative mean after step t = 1, 2, …: ŝ ← ŝ (t−1)/t + s/t; before it, ŝ = 0.

    κ at step t uses the mean before this update. Shapes: (M,), (M,) → (M,).
    Raises: ValueError for t < 1. Source: the official code.
    """
    if step < 1:
        raise ValueError(f"step: got {step}, expected 1 or more")
    return as_scores(mean, "mean") * (step - 1) / step + as_scores(scores, "scores") / step


def coefficients(
    scores: Float[Array, "M"], mean: Float[Array, "M"], alpha: float, cap: float = 10.0
) -> Float[Array, "M"]:
    """κ_k = exp[α min(τ_k − r_k, cap)]: below 1 for a modality better than usual.

    Shapes: scores of the step (M,), running means of the steps before (M,) → (M,), positive.
    Source: Li et al. 2023; the cap of 10 is the official code's, in one script.
    """
    return np.exp(alpha * np.minimum(advantage(mean) - advantage(scores), cap))
