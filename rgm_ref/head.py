"""A linear head on concatenated features: what it lets the modalities' gradients be.

Logits l = Σ_k z_k W_k + b with head blocks W_k (d_k, K). Every g_k is one residual read through one
block, so the blocks decide the energy ratio and how far a gradient can be turned.
"""

from collections.abc import Iterable

import numpy as np

from rgm_ref._checks import as_distribution, as_float
from rgm_ref._shapes import Float

Array = np.ndarray


def to_logits(
    vectors: Iterable[Float[Array, "*batch _"]], heads: Iterable[Float[Array, "_ K"]]
) -> Float[Array, "M *batch K"]:
    """Vectors of the feature spaces carried to the logits, v_k W_k.

    Of features z_k: each modality's own logits (the joint ones are their sum + b). Of gradients
    g_k: the logit pushes u_k. Shapes: M vectors (..., d_k), M head blocks (d_k, K) → (M, ..., K).
    Raises: ValueError where they do not fit. Source: ours, see claim plane-invariant.
    """
    vectors = [as_float(v, "vectors") for v in vectors]
    heads = [as_float(head, "heads") for head in heads]
    widths, rows = [v.shape[-1] for v in vectors], [head.shape[0] for head in heads]
    if widths != rows:
        raise ValueError(f"heads: got {rows} rows, expected the widths {widths} of the vectors")
    return np.stack([v @ head for v, head in zip(vectors, heads, strict=True)])


def softmax(logits: Float[Array, "*batch K"]) -> Float[Array, "*batch K"]:
    """Probabilities p_m = e^{l_m} / Σ_n e^{l_n}. Shapes: (..., K) → (..., K)."""
    logits = as_float(logits, "logits")
    odds = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return odds / odds.sum(axis=-1, keepdims=True)


def residual(
    logits: Float[Array, "*batch K"], target: Float[Array, "*batch K"]
) -> Float[Array, "*batch K"]:
    """Residual r = softmax(l) − y, the gradient of the cross-entropy in the logits.

    Shapes: logits and target distribution y (one-hot for a hard label) (..., K) → (..., K). Raises:
    ValueError for a target of another shape or that is no distribution.
    With l = l_k + b it is modality k's own residual r_k, and ‖r_k‖² its Brier score; with the joint
    logits it is the one residual that all modalities share. Source: ours, see claim
    plane-residual-gauge.
    """
    p = softmax(logits)
    return p - as_distribution(target, p.shape, "target")


def head_gradients(
    heads: Iterable[Float[Array, "_ K"]], residual: Float[Array, "*batch K"]
) -> list[Float[Array, "*batch _"]]:
    """Feature gradients behind a linear head, g_k = r W_kᵀ: one residual, read through each block.

    Shapes: M head blocks (d_k, K), residual (..., K) → M arrays (..., d_k). Raises: ValueError for
    other numbers of classes. Source: Eq. 1; claims fusion-head-ratio and plane-shared-residual.
    """
    residual, heads = as_float(residual, "residual"), [as_float(head, "heads") for head in heads]
    classes = {head.shape[-1] for head in heads}
    if classes != {residual.shape[-1]}:
        raise ValueError(
            f"heads: got {classes} classes, expected the residual's {residual.shape[-1]}"
        )
    return [residual @ head.T for head in heads]


def on_residuals(head: Float[Array, "d K"]) -> Float[Array, "d k"]:
    """The map r ↦ r W_kᵀ on the K − 1 directions a residual can have: its entries sum to zero.

    Shapes: head block (d, K) → W C (d, K − 1), C an orthonormal basis of the sum-zero logits.
    Raises: ValueError for K = 1. Source: ours, see claim fusion-head-ratio.
    """
    head = as_float(head, "head")
    classes = head.shape[-1]
    if classes < 2:
        raise ValueError(f"head: got {classes} class, expected at least 2")
    constant_first = np.eye(classes, dtype=head.dtype)
    constant_first[:, 0] = 1
    return head @ np.linalg.qr(constant_first)[0][:, 1:]


def head_condition(head: Float[Array, "d K"]) -> float:
    """Condition number κ = σ_max / σ_min of a head block on residuals; infinite for d < K − 1.

    Up to κ = √3 a modality's joint and own gradient cannot conflict. Shapes: (d, K) → number ≥ 1.
    Source: ours, see claim plane-conflict-conditioning.
    """
    mapping = on_residuals(head)
    if mapping.shape[0] < mapping.shape[1]:
        return float("inf")
    sigma = np.linalg.svd(mapping, compute_uv=False)
    return float(sigma[0] / sigma[-1]) if sigma[-1] > 0 else float("inf")


def energy_ratio_bounds(
    head_i: Float[Array, "d_i K"], head_j: Float[Array, "d_j K"]
) -> tuple[float, float]:
    """Least and greatest ‖g_i‖² / ‖g_j‖² that any residual can give: the head decides alone.

    They are the extreme generalized eigenvalues of (W_iᵀ W_i, W_jᵀ W_j) on sum-zero logits.
    Shapes: head blocks (d_i, K), (d_j, K). Raises: ValueError where a residual can vanish under
    W_j. Source: ours, see claim fusion-head-ratio.
    """
    if not head_condition(head_j) < 1 / np.finfo(np.float64).eps:
        raise ValueError("head_j: maps some residual to 0, expected rank K - 1 on sum-zero logits")
    A, (_, R) = on_residuals(head_i), np.linalg.qr(on_residuals(head_j))
    whitened = np.linalg.solve(R.T, A.T)  # ‖A x‖² / ‖R x‖² is a Rayleigh quotient of A R⁻¹
    eigenvalues = np.linalg.eigvalsh(whitened @ whitened.T).clip(min=0)
    return float(eigenvalues[0]), float(eigenvalues[-1])


def widest_angle(condition: float, angle: float = np.pi / 3) -> float:
    """Largest angle 2 arctan(κ tan(θ/2)) to which a map of condition number κ opens the angle θ.

    The default θ = 60° is the widest that two residuals of one label can have, so κ = √3 gives 90°.
    Units: radians, θ in (0, π). Raises: ValueError for κ < 1 or another θ. Source: Wielandt's
    inequality; see claim plane-conflict-angle.
    """
    if not condition >= 1:
        raise ValueError(f"condition: got {condition}, expected at least 1")
    if not 0 < angle < np.pi:
        raise ValueError(f"angle: got {angle}, expected between 0 and pi")
    return float(2 * np.arctan(condition * np.tan(angle / 2)))
