"""UPGrad: project every gradient on the cone of directions that hurt no task, then average.

Quinton & Rey 2024. For a pair it is PCGrad with the mean for the sum.
"""

import numpy as np

from rgm_ref._checks import as_float
from rgm_ref._scaled import norm, safe_divide, unit
from rgm_ref._shapes import Float
from rgm_ref.baselines._checks import as_rows
from rgm_ref.baselines._faces import best, nearest, spread, supports

Array = np.ndarray


def projection_weights(gradients: Float[Array, "m d"], vector: Float[Array, "d"]) -> Array:
    """λ >= 0 of the nearest point x + Σ_j λ_j g_j to x in the cone {d : g_j · d >= 0 for all j}.

    It is the λ >= 0 of the shortest x + Σ_j λ_j g_j; exact, by trying all 2^m active sets, without
    the ridge of 1e-4 that a QP solver likes. The cone knows the directions of the g_j only.
    Shapes: (m, d), (d,) → (m,). Raises: ValueError for m > 10. Source: Quinton & Rey 2024.
    """
    g, x = as_rows(gradients), as_float(vector, "vector")
    directions, length = unit(g), norm(x)

    def candidates():
        for support in supports(len(g), least=0):
            rows = directions[support]
            solved = nearest(rows, -unit(x))
            yield float(norm(unit(x) + solved @ rows)[0]), spread(solved, support, len(g))

    return safe_divide(length * best(candidates(), 1.0), norm(g)[:, 0])


def weights(gradients: Float[Array, "m d"]) -> Float[Array, "m"]:
    """w = (1/m) Σ_i (e_i + λ^(i)), λ^(i) the projection of g_i.

    Shapes: (m, d) → (m,). Raises: ValueError for m > 10. Source: Quinton & Rey 2024.
    """
    g = as_rows(gradients)
    return np.mean([projection_weights(g, row) for row in g], axis=0) + 1 / len(g)


def upgrad(gradients: Float[Array, "m d"]) -> Float[Array, "d"]:
    """The update Σ_i w_i g_i; no product with any g_i is negative.

    Shapes: (m, d) → (d,). Raises: as `weights`. Source: Quinton & Rey 2024.
    """
    return weights(gradients) @ as_rows(gradients)
