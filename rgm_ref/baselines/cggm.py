"""CGGM: larger gradients for the encoders whose own classifier improves slowly, and a head that
turns towards what those classifiers want.

Guo et al. 2024. Each modality has a classifier on its detached features.
"""

import numpy as np

from rgm_ref._checks import as_float, as_gradients
from rgm_ref._scaled import cosine, norm, safe_divide, unit
from rgm_ref._shapes import Float
from rgm_ref.baselines._checks import as_labels, as_probabilities, as_scores
from rgm_ref.head import softmax

Array = np.ndarray


def balance(
    accuracy: Float[Array, "M"], before: Float[Array, "M"], batch: int | None = None
) -> Float[Array, "M"]:
    """B_k = (Σ − Δ_k) / Σ with Δ_k = ε_k(t) − ε_k(t−1), Σ = Σ_j Δ_j + 1e-8; Σ_k B_k = M − 1.

    Encoder gradients are multiplied by ρ B_k. `batch` None: as published, where B is of order 1e6
    and of any sign when the changes cancel; a batch size: B = (M−1)/M if |Σ| < 1/(2 batch), else
    clamped to [0, 2] (ours). Shapes: batch accuracies now and one step before (M,) → (M,).
    Source: Guo et al. 2024.
    """
    change = as_scores(accuracy, "accuracy") - as_scores(before, "before")
    total = change.sum() + 1e-8
    if batch is None:
        return (total - change) / total
    if abs(total) < 1 / (2 * batch):
        return np.full_like(change, (len(change) - 1) / len(change))
    return np.clip((total - change) / total, 0, 2)


def direction_loss(balance: Float[Array, "M"], cosines: Float[Array, "M"]) -> float:
    """L_gm = (1/M) Σ_k (|B_k| − B_k cos(u_k, u_Ω)) >= 0, zero where every cosine is sign B_k.

    Shapes: (M,), (M,) → number. Source: Guo et al. 2024.
    """
    b, c = as_scores(balance, "balance"), as_scores(cosines, "cosines")
    return float((np.abs(b) - b * c).mean())


def weight_direction(own: Float[Array, "d K"], head: Float[Array, "d K"]) -> tuple[float, Array]:
    """cos(V_k, W_k) of the two weight matrices and its slope in W_k: the official code's reading.

    ∂cos/∂W = (V/‖V‖ − cos W/‖W‖) / ‖W‖, orthogonal to W: it turns the head, it does not stretch it.
    Shapes: classifier of modality k and its block of the joint head (d, K) → number, (d, K).
    Source: the official code.
    """
    v, w = as_float(own, "own"), as_float(head, "head")
    if v.shape != w.shape:
        raise ValueError(f"own: got shape {v.shape}, expected the head's {w.shape}")
    c = cosine(v.ravel(), w.ravel())
    slope = safe_divide(unit(v.ravel()) - c * unit(w.ravel()), norm(w.ravel()))
    return float(c[0]), slope.reshape(w.shape)


def head_gradient(
    probabilities: Float[Array, "n K"], labels: Array, features: Float[Array, "n d"]
) -> Float[Array, "d K"]:
    """Gradient of the cross-entropy in a linear head, (1/n) Zᵀ (P − Y).

    Shapes: (n, K), (n,), (n, d) → (d, K). Source: calculus.
    """
    p, z = as_probabilities(probabilities, "probabilities"), as_float(features, "features")
    return z.T @ (p - np.eye(p.shape[1])[as_labels(labels, p)]) / len(p)


def gradient_direction(
    logits: Float[Array, "n K"],
    own_logits: Float[Array, "n K"],
    labels: Array,
    features: Float[Array, "n d"],
) -> tuple[float, Float[Array, "n K"]]:
    """cos(u_k, u_Ω) of the two heads' gradients and its slope in the joint logits: the paper's.

    u_k comes from modality k's classifier, u_Ω from the joint head, both by `head_gradient` on
    z_k. With D = (u_k/‖u_k‖ − cos u_Ω/‖u_Ω‖) / ‖u_Ω‖ and V = Z D / n, the slope in the logits is
    P ∘ (V − Σ_c P_c V_c). Shapes: (n, K), (n, K), (n,), (n, d) → number, (n, K).
    Source: Guo et al. 2024; the slope in closed form is ours.
    """
    p, own = softmax(as_gradients([logits, own_logits], "logits, own_logits"))
    c, slope = weight_direction(
        head_gradient(own, labels, features), head_gradient(p, labels, features)
    )
    v = np.asarray(features) @ slope / len(p)
    return c, p * (v - (p * v).sum(axis=-1, keepdims=True))
