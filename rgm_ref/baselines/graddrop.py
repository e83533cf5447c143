"""GradDrop: in every coordinate keep one sign, drawn by how much of the gradients has it.

Chen et al. 2020.
"""

import numpy as np

from rgm_ref._scaled import common_scale, safe_divide
from rgm_ref._shapes import Float
from rgm_ref.baselines._checks import as_rows

Array = np.ndarray


def purity(gradients: Float[Array, "m d"]) -> Float[Array, "d"]:
    """P = ½ (1 + Σ_i g_i / Σ_i |g_i|) per coordinate: the chance of the positive sign, ½ for zeros.

    Shapes: (m, d) → (d,) in [0, 1]. Source: Chen et al. 2020.
    """
    g = as_rows(gradients)
    g = g / common_scale(g)
    return (1 + safe_divide(g.sum(axis=0), np.abs(g).sum(axis=0))) / 2


def graddrop(
    gradients: Float[Array, "m d"], uniform: Float[Array, "d"], leak: float = 0.0
) -> Float[Array, "d"]:
    """Σ_i (λ + (1 − λ) keep) g_i; kept are positive entries where P > U, negative where P < U.

    Shapes: (m, d), U ~ uniform (0, 1) (d,), leak λ in [0, 1] → (d,). Source: Chen et al. 2020.
    """
    g, p = as_rows(gradients), purity(gradients)
    if not 0 <= leak <= 1:
        raise ValueError(f"leak: got {leak}, expected between 0 and 1")
    keep = np.where(g > 0, p > uniform, p < uniform)
    return ((leak + (1 - leak) * keep) * g).sum(axis=0)
