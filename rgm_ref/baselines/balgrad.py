"""BalGrad: let the modalities' predictions teach one another, and keep the task out of the way.

Kwon et al. 2025. No public code; structure from its abstract and figure, the weights and the
orientation of the KL are our reconstruction.
"""

from collections.abc import Sequence

import numpy as np

from rgm_ref._checks import as_float, as_nonnegative, one_of
from rgm_ref._scaled import safe_divide, unit
from rgm_ref._shapes import Float
from rgm_ref.baselines._checks import as_logits, as_scores, as_vectors, log_softmax
from rgm_ref.head import softmax

Array = np.ndarray

RULES = ("other", "own")


def mutual_kl(logits: Float[Array, "M n K"]) -> tuple[Float[Array, "M"], Float[Array, "M n K"]]:
    """L_k = (1/(M−1)) Σ_{j≠k} mean_i KL(p_j ‖ p_k), p_j held constant, and its slope in logits k,

    (p_k − mean_{j≠k} p_j) / n. Shapes: (M, n, K) → (M,), (M, n, K). Source: ours, see above.
    """
    logits = as_logits(logits, "logits")
    p, log_p = softmax(logits), log_softmax(logits)
    others, many = p.sum(axis=0) - p, len(p) - 1
    entropy = (p * log_p).sum(axis=-1)
    kl = (entropy.sum(axis=0) - entropy - (others * log_p).sum(axis=-1)) / many
    return kl.mean(axis=-1), (p - others / many) / p.shape[1]


def weights(norms: Float[Array, "M"], rule: str = "other") -> Float[Array, "M"]:
    """ω_k of the KL gradients from the lengths n_k of the unimodal task gradients, Σ_k ω_k = 1:

    'other' (R1): (1 − n_k / Σ_j n_j) / (M − 1), the larger pull for the slower modality; 'own'
    (R2): n_k / Σ_j n_j. All alike while every length is 0. Shapes: (M,) → (M,).
    Source: ours, both; the default is a guess of low confidence.
    """
    norms = as_nonnegative(as_scores(norms, "norms"), "norms")
    total = norms.sum()
    share = safe_divide(norms, total) if total > 0 else np.full_like(norms, 1 / len(norms))
    return share if one_of(rule, RULES, "rule") == "own" else (1 - share) / (len(norms) - 1)


def project(task: Float[Array, "d"], kl: Float[Array, "d"]) -> Float[Array, "d"]:
    """g_T − (g_T · g_kl / ‖g_kl‖²) g_kl where they fight, else g_T; g_kl itself is not projected.

    Shapes: (d,), (d,), all encoders in one vector → (d,). Source: Kwon et al. 2025.
    """
    task, kl = as_vectors(task, kl, ("task", "kl"))
    direction = unit(kl)
    return task - min(task @ direction, 0) * direction


def combine(
    task: Sequence[Float[Array, "_"]],
    unimodal: Sequence[Float[Array, "_"]],
    kl: Sequence[Float[Array, "_"]],
    weights: Float[Array, "M"],
    cap: float = np.inf,
) -> list[Float[Array, "_"]]:
    """Encoder gradients a_k + b_k + ω_k (1 − min(0, π)/‖g_kl‖²) c_k: a conflict amplifies the KL.

    π = Σ_k ω_k a_k · c_k and ‖g_kl‖² = Σ_k ω_k² ‖c_k‖², over all encoders at once. `cap` bounds the
    amplification (ours; 10 is a sound choice once the predictions agree).
    Shapes: a_k of the joint, b_k of the unimodal, c_k of the KL loss, (d_k,) each → M arrays.
    Raises: ValueError for other numbers of them. Source: Kwon et al. 2025, rearranged.
    """
    weights = as_scores(weights, "weights")
    if not len(task) == len(unimodal) == len(kl) == len(weights):
        raise ValueError(
            f"kl: got {len(task)}, {len(unimodal)} and {len(kl)} gradients, "
            f"expected {len(weights)} of each"
        )
    pulls = [w * as_float(c, "kl") for w, c in zip(weights, kl, strict=True)]
    largest = max(float(abs(c).max()) for c in pulls)  # its square might overflow
    scaled = [safe_divide(c, largest) for c in pulls]
    inner = sum(float(a @ c) for a, c in zip(task, scaled, strict=True))
    square = sum(float(c @ c) for c in scaled)
    factor = min(1 - float(safe_divide(safe_divide(min(0.0, inner), square), largest)), cap)
    return [a + b + factor * c for a, b, c in zip(task, unimodal, pulls, strict=True)]
