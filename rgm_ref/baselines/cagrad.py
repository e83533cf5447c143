"""CAGrad: the direction near the mean gradient that helps the worst-off task most.

max_d min_i g_i · d subject to ‖d − g_0‖ <= c ‖g_0‖. Liu et al. 2021.
"""

import numpy as np

from rgm_ref._scaled import common_scale, norm, unit
from rgm_ref._shapes import Float
from rgm_ref.baselines._checks import as_rows
from rgm_ref.baselines._faces import best, combine, spread, supports

Array = np.ndarray


def weights(gradients: Float[Array, "m d"], c: float) -> Float[Array, "m"]:
    """w = argmin g_w · g_0 + k ‖g_w‖ over the simplex, g_w = Σ_i w_i g_i, k = c ‖g_0‖, exactly.

    On an affine face with shortest point p and h = the part of g_0 along the face, the minimum is
    p − h ‖p‖ / √(k² − ‖h‖²) if ‖h‖ < k, and on a smaller face otherwise; all faces are tried.
    Shapes: (m, d), c >= 0 → (m,). Raises: ValueError for c < 0 and m > 10.
    Source: Liu et al. 2021 for the problem; the solution is ours.
    """
    g = as_rows(gradients)
    if not 0 <= c < np.inf:
        raise ValueError(f"c: got {c}, expected a number >= 0")
    g = g / common_scale(g)
    mean = g.mean(axis=0)
    k = c * norm(mean)[0]

    def candidates():
        for support in supports(len(g), least=1):
            w = _on_face(g[support], mean, k)
            if w is not None:
                point = w @ g[support]
                yield point @ mean + k * norm(point)[0], spread(w, support, len(g))

    w = best(candidates(), norm(g).max() * max(norm(mean)[0], k))
    return w / w.sum()


def _on_face(rows, mean, k) -> Array | None:
    """Weights of the minimum on the affine hull of the rows, None where there is none."""
    shortest = 1 / len(rows) + combine(rows, -rows.mean(axis=0))
    if len(rows) == 1:
        return shortest
    along = combine(rows, mean)
    free = k**2 - ((along @ rows) ** 2).sum()
    return shortest - along * norm(shortest @ rows) / np.sqrt(free) if free > 0 else None


def cagrad(
    gradients: Float[Array, "m d"], c: float = 0.5, rescale: bool = False
) -> Float[Array, "d"]:
    """The update d = g_0 + c ‖g_0‖ g_w/‖g_w‖, divided by 1 + c² where `rescale` (a library's way).

    It averages: m times it compares with a summed loss. g_w = 0 says that no d of the ball helps
    the worst-off task: then d = 0 if the ball holds it, c >= 1, else g_0 (ours; the official code
    takes g_0, TorchJD 0). Shapes: (m, d) → (d,). Raises: as `weights`. Source: Liu et al. 2021.
    """
    g = as_rows(gradients)
    mean, worst = g.mean(axis=0), weights(g, c) @ g
    if norm(worst)[0] <= 1e-12 * norm(g).max():
        d = mean if c < 1 else np.zeros_like(mean)
    else:
        d = mean + c * norm(mean) * unit(worst)
    return d / (1 + c**2) if rescale else d
