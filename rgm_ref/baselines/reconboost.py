"""ReconBoost: one modality at a time fits what the frozen others do not yet explain.

Hua et al. 2024. p = softmax of the active modality's logits, q = softmax of the others' summed
logits, without gradient.
"""

import numpy as np

from rgm_ref._checks import as_gradients
from rgm_ref._shapes import Float
from rgm_ref.baselines._checks import as_labels, log_softmax, true_class
from rgm_ref.head import softmax

Array = np.ndarray


def code_loss(
    logits: Float[Array, "n K"],
    others: Float[Array, "n K"],
    labels: Array,
    w1: float = 5.0,
    w2: float = 1.0,
) -> tuple[float, Float[Array, "n K"]]:
    """ℓ = −((w₁ − w₂ q_y)/K) log p_y, batch mean, and its slope in the logits: the official code's.

    ∂ℓ_i = ((w₁ − w₂ q_y)/K) (p − y), a cross-entropy that weighs less where the others are sure.
    The default, since it is what was run. Its consistency term has no gradient and is left out.
    Shapes: (n, K), (n, K), (n,) → number, (n, K). Source: the official code.
    """
    logits, others = as_gradients([logits, others], "logits, others")
    q = softmax(others)
    weight = (w1 - w2 * true_class(q, labels)) / logits.shape[1]
    one_hot = np.eye(logits.shape[1])[as_labels(labels, logits)]
    loss = -(weight * true_class(log_softmax(logits), labels)).mean()
    return float(loss), weight[:, None] * (softmax(logits) - one_hot) / len(logits)


def paper_loss(
    logits: Float[Array, "n K"], others: Float[Array, "n K"], labels: Array, rate: float = 0.2
) -> tuple[float, Float[Array, "n K"]]:
    """ℓ = −Σ_c (y_c − λ q_c) log p_c, batch mean, and its slope (1 − λ) p − y + λ q.

    Its target y − λ q is the pseudo-residual of gradient boosting; λ stands for w₂/w₁, over all
    classes. The target is negative at wrong classes, so the loss falls without end as p_y → 1.
    Shapes: (n, K), (n, K), (n,) → number, (n, K). Source: Hua et al. 2024, our reading.
    """
    logits, others = as_gradients([logits, others], "logits, others")
    q = softmax(others)
    target = np.eye(logits.shape[1])[as_labels(labels, logits)] - rate * q
    loss = -(target * log_softmax(logits)).sum(axis=-1).mean()
    return float(loss), ((1 - rate) * softmax(logits) - target) / len(logits)


def consistency(logits: Float[Array, "n K"], previous: Float[Array, "n K"]) -> float:
    """(1/nK) Σ_i ‖p_i − p'_i‖² with the modality trained before, p' without gradient.

    Shapes: (n, K), (n, K) → number. Source: Hua et al. 2024; the code detaches p as well, so that
    there the term is inert.
    """
    return float(((softmax(logits) - softmax(previous)) ** 2).mean())
