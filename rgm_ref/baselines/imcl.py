"""IMCL (I²MCL): easy samples weigh more, and only the modality nearest to the task learns from it.

Zhou et al. 2023. The others learn from their unimodal teachers in that step.
"""

import numpy as np

from rgm_ref._checks import as_float, positive
from rgm_ref._shapes import Float
from rgm_ref.baselines._checks import as_scores
from rgm_ref.mixing import mgda_matrix

Array = np.ndarray


def lambert(x: Float[Array, "*batch"]) -> Float[Array, "*batch"]:
    """Principal branch of Lambert's W, W e^W = x, for x > −1/e, by ten steps of Halley.

    Start: log(1 + x) for x > 0, else −1 + √(2 (1 + e x)). Shapes: any → the same.
    Raises: ValueError for x < −1/e. Source: Corless et al. 1996.
    """
    x = as_float(x, "x")
    if (x < -np.exp(-1)).any():
        raise ValueError(f"x: got {x.min()}, expected at least -1/e")
    x = np.maximum(x, -np.exp(-1) + 1e-12)
    w = np.where(x > 0, np.log1p(np.maximum(x, 0)), np.sqrt(2 * (1 + np.e * np.minimum(x, 0))) - 1)
    for _ in range(10):
        error = w * np.exp(w) - x
        w = w - error / (np.exp(w) * (w + 1) - (w + 2) * error / (2 * w + 2))
    return w


def sample_weights(
    losses: Float[Array, "*batch"], mean: float, beta: float = 1.0
) -> Float[Array, "*batch"]:
    """w = exp(−W((ℓ − λ)/2β)), and e where (ℓ − λ)/2β <= −1/e: the easier, the heavier, up to e.

    A stationary point of w ℓ − λ w + β (log w)²; W is Lambert's. For ℓ < λ it is the local minimum
    only: the sum falls without end as w grows, and e is where the local one ceases to exist.
    Shapes: (...) → (...) in (0, e]. Source: Zhou et al. 2023.
    """
    x = (as_float(losses, "losses") - mean) / (2 * positive(beta, "beta"))
    edge = -np.exp(-1)
    return np.where(x <= edge, np.exp(1.0), np.exp(-lambert(np.maximum(x, edge))))


def moving_average(mean: float, loss: float, momentum: float = 0.9) -> float:
    """λ ← γ λ + (1 − γ) L; it starts at the first batch's mean loss. Source: Zhou et al. 2023."""
    return momentum * mean + (1 - momentum) * loss


def task_share(distillation: Float[Array, "*batch d"], task: Float[Array, "*batch d"]) -> float:
    """α = argmin ‖α ∇_k + (1 − α) ∇_0‖ in [0, 1]; near 1 where the task's gradient is the longer.

    The pair of MGDA, on the gradients of modality k's features (½ where they are equal).
    Shapes: (..., d), (..., d) → number. Source: Zhou et al. 2023.
    """
    k, task = as_float(distillation, "distillation").ravel(), as_float(task, "task").ravel()
    if k.shape != task.shape:
        raise ValueError(f"task: got {task.size} entries, expected {k.size}")
    pair = np.stack([k, task])
    return float(mgda_matrix(pair @ pair.T)[0, 0])


def route(shares: Float[Array, "M"]) -> int:
    """The modality that learns from the task, m* = argmax_k α_k; a tie goes to the first.

    Head and encoder m* follow the task loss, every other encoder its distillation loss.
    Source: Zhou et al. 2023.
    """
    return int(as_scores(shares, "shares").argmax())
