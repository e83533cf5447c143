"""The Balance–nonConflict Plane (Eqs. 5–6), and a conflict coordinate that means the same in every basis."""

import numpy as np

from rgm_ref._checks import as_float, as_gradients
from rgm_ref._scaled import cosine
from rgm_ref._shapes import Float
from rgm_ref.energy import pair_shares

Array = np.ndarray

ZERO_SHARES = ((2 - np.sqrt(2)) / 4, (2 + np.sqrt(2)) / 4)
"""The two shares (0.146, 0.854) at which the balance coordinate changes sign."""


def balance(energy: Float[Array, "M *batch"]) -> Float[Array, "M M *batch"]:
    """Balance coordinate of every pair, w̄_ij = 8 w_i w_j − 1 = 1 − 2 (w_i − w_j)².

    Shapes: energies (M, ...) → (M, M, ...), symmetric, in [−1, 1]; 1 for equal energies and, by
    definition, for two zero energies. The second form is used: it is exact near balance.
    Source: Eq. 5.
    """
    w = pair_shares(energy)
    return 1 - 2 * (w - np.swapaxes(w, 0, 1)) ** 2


def nonconflict(gradients: Float[Array, "M *batch d"]) -> Float[Array, "M M *batch"]:
    """nonConflict coordinate of every pair, c_ij = g_i·g_j / (‖g_i‖ ‖g_j‖).

    Shapes: (M, ..., d) → (M, M, ...), in [−1, 1]; 0 where a gradient is zero. It depends on the
    bases chosen for the features: see claim plane-gauge. Source: Eq. 6.
    """
    gradients = as_gradients(gradients)
    return cosine(gradients[:, None], gradients[None, :])[..., 0]


def coordinates(
    energy: Float[Array, "2 *batch"], gradients: Float[Array, "2 *batch d"]
) -> tuple[Float[Array, "*batch"], Float[Array, "*batch"]]:
    """The point (w̄, c) of one pair of modalities on the plane.

    Shapes: energies (2, ...), gradients (2, ..., d) → two arrays (...). Source: Eqs. 5–6.
    """
    return balance(energy)[0, 1], nonconflict(gradients)[0, 1]


def logit_pushes(
    gradients: list[Float[Array, "*batch _"]], heads: list[Float[Array, "_ K"]]
) -> Array:
    """What descent along each g_k does to the logits of a linear head, u_k = g_k W_k.

    Shapes: M gradients (..., d_k), M head blocks (d_k, K), logits Σ_k z_k W_k → (M, ..., K).
    Invariant when a modality's features are rotated and its head block undoes it.
    Source: ours, see claim plane-invariant.
    """
    return np.stack(
        [as_float(g, "gradients") @ head for g, head in zip(gradients, heads, strict=True)]
    )


def logit_conflict(pushes: Float[Array, "M *batch K"]) -> Float[Array, "M M *batch"]:
    """Cosine of the logit pushes, cos(u_i, u_j): Eq. 6 in the one space all modalities share.

    Shapes: (M, ..., K) → (M, M, ...). Source: ours, see claim plane-invariant.
    """
    return nonconflict(pushes)


def curvature_conflict(
    pushes: Float[Array, "M *batch K"], probabilities: Float[Array, "*batch K"]
) -> Float[Array, "M M *batch"]:
    """Correlation of the logit pushes under y ~ p, the normalised second-order interaction.

    c_p = u_iᵀ H u_j / √(u_iᵀ H u_i · u_jᵀ H u_j) with H = diag p − p pᵀ, the softmax Hessian.
    Positive: both modalities push the same logits, and a joint step overshoots.
    Shapes: pushes (M, ..., K), probabilities (..., K) → (M, M, ...). Raises: ValueError where the
    probabilities are negative or do not sum to 1. Source: ours, see claim plane-curvature.
    """
    pushes, p = as_gradients(pushes, "pushes"), as_float(probabilities, "probabilities")
    if (p < 0).any() or not np.allclose(
        p.sum(axis=-1), 1, atol=p.shape[-1] * np.finfo(p.dtype).eps * 8
    ):
        raise ValueError("probabilities: expected values >= 0 that sum to 1 over the last axis")
    centred = pushes - (p * pushes).sum(axis=-1, keepdims=True)
    return nonconflict(np.sqrt(p) * centred)
