"""Nash-MTL for a pair: the bargain (G α)_i = 1/α_i, whose update halves the angle.

Navon et al. 2022.
"""

import numpy as np

from rgm_ref._checks import as_pair
from rgm_ref._scaled import cosine, norm
from rgm_ref._shapes import Float

Array = np.ndarray


def weights(gradients: Float[Array, "2 d"]) -> Float[Array, "2"]:
    """α_i = 1 / (‖g_i‖ √(1 + cos)), so that Σ_i α_i g_i is along u_1 + u_2.

    The same as α_1 = (G_11 + G_12 √(G_11/G_22))^{−1/2}, α_2 = α_1 √(G_11/G_22).
    Shapes: (2, d) → (2,). Raises: ValueError for M > 2 (a sequence of convex problems, not a closed
    form), a zero gradient and opposite ones: there is no bargain. Source: Navon et al. 2022.
    """
    g = as_pair(gradients)
    if g.ndim != 2 or not g.any(axis=-1).all():
        raise ValueError(f"gradients: got {g}, expected two vectors (2, d), neither of them zero")
    agreement = 1 + cosine(*g)[0]
    if agreement <= 0:
        raise ValueError("gradients: are opposite, expected a direction that serves both")
    return 1 / (norm(g)[:, 0] * np.sqrt(agreement))
