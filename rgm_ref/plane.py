"""The Balance–nonConflict Plane (Eqs. 5–6), and conflict coordinates that no basis changes."""

from collections.abc import Iterable

import numpy as np

from rgm_ref._checks import as_distribution, as_energy, as_gradients, as_pair
from rgm_ref._scaled import cosine
from rgm_ref._shapes import Float
from rgm_ref.energy import pair_shares
from rgm_ref.head import to_logits

Array = np.ndarray

ZERO_SHARES = ((2 - np.sqrt(2)) / 4, (2 + np.sqrt(2)) / 4)
"""The two shares (0.146, 0.854) at which the balance coordinate changes sign."""


def balance(energy: Float[Array, "M *batch"]) -> Float[Array, "M M *batch"]:
    """Balance coordinate of every pair, w̄_ij = 8 w_i w_j − 1 = 1 − 2 (w_i − w_j)².

    Shapes: energies (M, ...) → (M, M, ...), symmetric, in (−1, 1] for positive energies; −1 where
    one energy of the pair is zero; 1 for equal energies and, by definition, for two zero ones. The
    second form is used: it is exact near balance. Source: Eq. 5; claims plane-balance-forms and
    plane-balance-range.
    """
    w = pair_shares(energy)
    return 1 - 2 * (w - np.swapaxes(w, 0, 1)) ** 2


def nonconflict(gradients: Float[Array, "M *batch d"]) -> Float[Array, "M M *batch"]:
    """nonConflict coordinate of every pair, c_ij = g_i·g_j / (‖g_i‖ ‖g_j‖).

    Shapes: (M, ..., d) → (M, M, ...), in [−1, 1]; 0, by definition, where a gradient is zero.
    It depends on the bases chosen for the features: see claim plane-gauge. Source: Eq. 6; claim
    plane-cosine.
    """
    gradients = as_gradients(gradients)
    return cosine(gradients[:, None], gradients[None, :])[..., 0]


def coordinates(
    energy: Float[Array, "2 *_"], gradients: Float[Array, "2 *batch d"]
) -> tuple[Float[Array, "*batch"], Float[Array, "*batch"]]:
    """The point (w̄, c) of one pair of modalities on the plane, for every sample.

    Shapes: energies (2,) or (2, ...), gradients (2, ..., d) → two arrays (...). Raises: ValueError
    for more than a pair. Source: Eqs. 5–6.
    """
    energy = as_energy(energy)
    if len(energy) != 2:
        raise ValueError(f"energy: got {len(energy)} modalities, expected a pair")
    c = nonconflict(as_pair(gradients))[0, 1]
    w_bar, c = np.broadcast_arrays(balance(energy)[0, 1], c)
    return w_bar, c


def logit_conflict(
    gradients: Iterable[Float[Array, "*batch _"]], heads: Iterable[Float[Array, "_ K"]]
) -> Float[Array, "M M *batch"]:
    """Cosine of the logit pushes u_k = g_k W_k: Eq. 6 in the one space all modalities share.

    u_k is what a step along g_k does to the logits of a linear head. Shapes: M gradients
    (..., d_k), M head blocks (d_k, K), logits Σ_k z_k W_k → (M, M, ...). The same in every
    orthonormal basis and at every scale of the features. Source: ours, see claim plane-invariant.
    """
    return nonconflict(to_logits(gradients, heads))


def curvature_conflict(
    gradients: Iterable[Float[Array, "*batch _"]],
    heads: Iterable[Float[Array, "_ K"]],
    probabilities: Float[Array, "*batch K"],
) -> Float[Array, "M M *batch"]:
    """Correlation of the logit pushes under y ~ p, the normalised second-order interaction.

    c_p = u_iᵀ H u_j / √(u_iᵀ H u_i · u_jᵀ H u_j) with H = diag p − p pᵀ, the softmax Hessian.
    Positive: both modalities push the same logits, and a joint step overshoots.
    Shapes: as `logit_conflict`, probabilities (..., K) → (M, M, ...). Raises: ValueError where the
    probabilities are negative or do not sum to 1. Source: ours, see claim plane-curvature.
    """
    pushes = to_logits(gradients, heads)
    p = as_distribution(probabilities, pushes.shape[1:], "probabilities")
    centred = pushes - (p * pushes).sum(axis=-1, keepdims=True)
    return nonconflict(np.sqrt(p) * centred)
