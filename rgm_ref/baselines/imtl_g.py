"""IMTL-G: an update with equal parts along every gradient's direction.

Liu et al. 2021 (Towards impartial multi-task learning).
"""

import numpy as np

from rgm_ref._scaled import common_scale, norm
from rgm_ref._shapes import Float
from rgm_ref.baselines._checks import as_rows

Array = np.ndarray


def weights(gradients: Float[Array, "m d"]) -> Float[Array, "m"]:
    """w = v / Σ v with v = G⁺ √diag G, so that d · g_i/‖g_i‖ is the same for all; Σ_i w_i = 1.

    Weights can be negative; all 0 where Σ v vanishes. Shapes: (m, d) → (m,).
    Source: Liu et al. 2021, with a pseudo-inverse.
    """
    g = as_rows(gradients)
    g = g / common_scale(g)
    v = np.linalg.pinv(g @ g.T, hermitian=True) @ norm(g)[:, 0]
    return v / v.sum() if abs(v.sum()) > 1e-12 else np.zeros_like(v)


def imtl_g(gradients: Float[Array, "m d"]) -> Float[Array, "d"]:
    """The update Σ_i w_i g_i. Shapes: (m, d) → (d,). Source: Liu et al. 2021."""
    return weights(gradients) @ as_rows(gradients)
