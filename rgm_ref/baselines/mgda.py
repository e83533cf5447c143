"""MGDA: the shortest vector in the convex hull of the gradients, a descent direction for all.

Désidéri 2012; Sener & Koltun 2018. `rgm_ref.mixing.mgda_matrix` is the pair.
"""

import numpy as np

from rgm_ref._scaled import common_scale, norm
from rgm_ref._shapes import Float
from rgm_ref.baselines._checks import as_rows
from rgm_ref.baselines._faces import best, combine, spread, supports

Array = np.ndarray


def weights(gradients: Float[Array, "m d"]) -> Float[Array, "m"]:
    """w = argmin ‖Σ_i w_i g_i‖ over w >= 0, Σ_i w_i = 1, exactly, by trying all 2^m − 1 faces.

    Where several w reach it, the one nearest to uniform on the largest face: ½, ½ for two equal
    gradients. No clamp to [0.001, 0.999], no factor m (public codes have one or the other).
    Shapes: (m, d) → (m,). Raises: ValueError for m > 10. Source: Désidéri 2012.
    """
    g = as_rows(gradients)
    g = g / common_scale(g)

    def candidates():
        for support in supports(len(g), least=1):
            rows = g[support]
            w = 1 / len(rows) + combine(rows, -rows.mean(axis=0))
            yield float(norm(w @ rows)[0]), spread(w, support, len(g))

    w = best(candidates(), norm(g).max())
    return w / w.sum()


def mgda(gradients: Float[Array, "m d"]) -> Float[Array, "d"]:
    """The update Σ_i w_i g_i; its product with every g_i is at least its squared length.

    Shapes: (m, d) → (d,). Raises: as `weights`. Source: Sener & Koltun 2018.
    """
    return weights(gradients) @ as_rows(gradients)
