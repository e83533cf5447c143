"""AL (BMMAL): label next the samples on which both modalities contribute.

Shen et al. 2023. An acquisition rule, no training rule. Coalitions as in `coalitions`.
"""

from collections.abc import Sequence

import numpy as np

from rgm_ref._checks import as_float
from rgm_ref._scaled import safe_divide
from rgm_ref._shapes import Float
from rgm_ref.baselines._checks import as_probabilities
from rgm_ref.baselines.coalitions import shapley

Array = np.ndarray


def shares(probabilities: Float[Array, "coalitions n K"]) -> Float[Array, "M n"]:
    """φ_k = |Δ_k| / Σ_j |Δ_j| at the predicted class, Δ the Shapley values of the probabilities.

    They sum to 1, or are all 0 where no modality changes anything. Shapes: probabilities of all
    coalitions, features set to zero, (2^M, n, K) → (M, n). Source: Shen et al. 2023; M > 2 ours.
    """
    p = as_probabilities(probabilities, "probabilities")
    predicted = p[-1].argmax(axis=-1)
    delta = np.abs(shapley(p)[:, np.arange(p.shape[1]), predicted])
    return safe_divide(delta, delta.sum(axis=0))


def scales(shares: Float[Array, "M n"]) -> Float[Array, "M n"]:
    """c_k = 1 − (max_j φ_j − φ_k): 1 for the stronger; 2 φ for the weaker of a pair.

    Shapes: (M, n) → (M, n) in [0, 1]. Source: Shen et al. 2023.
    """
    return 1 - (np.max(shares, axis=0) - shares)


def embedding(
    probabilities: Float[Array, "n K"],
    features: Sequence[Float[Array, "n _"]],
    scales: Float[Array, "M n"],
) -> Float[Array, "n _"]:
    """G_i = [c_ik (p_i − 1_ŷ) ⊗ z_i^k] over k: the head's gradient with the prediction for label.

    The weaker part is shrunk, so samples on which one modality dominates look less worth labelling.
    Shapes: (n, K), M features (n, d_k), (M, n) → (n, K Σ d_k). Source: Shen et al. 2023.
    """
    residual = _residual(probabilities)
    parts = [
        c[:, None, None] * residual[:, :, None] * as_float(z, "features")[:, None, :]
        for c, z in zip(scales, features, strict=True)
    ]
    return np.concatenate([part.reshape(len(part), -1) for part in parts], axis=1)


def squared_distances(
    probabilities: Float[Array, "n K"],
    features: Sequence[Float[Array, "n _"]],
    scales: Float[Array, "M n"],
    centre: int,
) -> Float[Array, "n"]:
    """‖G_i − G_c‖² to one sample without building G, since ⟨G_i, G_c⟩ = ⟨r_i, r_c⟩ ⟨u_i, u_c⟩,

    u_i = [c_ik z_i^k] over k. Shapes: as `embedding`, a sample's number → (n,). Source: ours.
    """
    r = _residual(probabilities)
    u = np.concatenate(
        [c[:, None] * as_float(z, "features") for c, z in zip(scales, features, strict=True)], 1
    )
    length = (r**2).sum(axis=1) * (u**2).sum(axis=1)
    return np.maximum(length + length[centre] - 2 * (r @ r[centre]) * (u @ u[centre]), 0)


def _residual(probabilities) -> Array:
    """p − 1_ŷ with ŷ the predicted class."""
    p = as_probabilities(probabilities, "probabilities")
    return p - np.eye(p.shape[1])[p.argmax(axis=1)]
