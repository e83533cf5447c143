"""M ≥ 2 gradients made orthogonal at once: the smallest Σ w_i ‖g̃_i − g_i‖² with every g̃_i ⟂ g̃_j.

Averaging the pairwise rule leaves a balanced simplex of gradients as conflicting as it was; this
resolves it (claims orth-pairwise-simplex and orth-many).
"""

import numpy as np

from rgm_ref._checks import as_gradients, as_shares
from rgm_ref._scaled import common_scale, norm
from rgm_ref._shapes import Float

Array = np.ndarray


def polar(gradients: Float[Array, "M *batch d"]) -> Float[Array, "M *batch d"]:
    """Orthonormal frame nearest to M vectors: U Vᵀ of G = U Σ Vᵀ, the E that maximises Σ e_i·g_i.

    Shapes: (M, ..., d), M ≤ d → orthonormal rows (M, ..., d). Raises: ValueError for M > d.
    Source: Schönemann 1966, see claim orth-many.
    """
    vectors = as_gradients(gradients)
    modalities, width = vectors.shape[0], vectors.shape[-1]
    if modalities > width:
        raise ValueError(
            f"gradients: {modalities} orthogonal directions do not fit in width {width}"
        )
    u, _, vt = np.linalg.svd(np.moveaxis(vectors, 0, -2), full_matrices=False)
    return np.moveaxis(u @ vt, -2, 0)


def fixed_length_frame(
    gradients: Float[Array, "M *batch d"], shares: Float[Array, "M *_"]
) -> Float[Array, "M *batch d"]:
    """Nearest orthogonal gradients of unchanged length, g̃_i = ‖g_i‖ e_i, E = polar[w_i ‖g_i‖ g_i].

    Shapes: (M, ..., d), M ≤ d, weights (M, ...) → (M, ..., d). Raises: ValueError for M > d.
    Source: ours, see claim orth-many.
    """
    g = as_gradients(gradients)
    scale = common_scale(g)
    g, w = g / scale, as_shares(shares, g)
    return scale * norm(g) * polar(w * norm(g) * g)


def nearest_frame(
    gradients: Float[Array, "M *batch d"], shares: Float[Array, "M *_"], steps: int = 20_000
) -> Float[Array, "M *batch d"]:
    """Nearest orthogonal gradients g̃_i = (g_i·e_i) e_i, by the ascent E ← polar[w_i (g_i·e_i) g_i].

    A step never lowers the kept energy Σ w_i (g_i·e_i)² (claim orth-many), and a frame that stays
    is the global optimum, for any M, if every g_i·e_i ≠ 0 (claim orth-many-global). Starts from the
    polar factor of w_i g_i; stops when a hundred steps gain nothing. Slow where optima nearly tie.
    Shapes: (M, ..., d), M ≤ d, weights (M, ...) → (M, ..., d). Raises: ValueError for M > d,
    RuntimeError if `steps` do not do. Source: ours, on Eq. 12.
    """
    g = as_gradients(gradients)
    scale = common_scale(g)
    g, w = g / scale, as_shares(shares, g)
    frame = polar(w * g)
    kept = _energy(g, w, frame)
    for _ in range(0, steps, 100):
        for _ in range(100):
            frame = polar(w * _along(g, frame) * g)
        before, kept = kept, _energy(g, w, frame)
        if (kept <= before * (1 + 4 * np.finfo(g.dtype).eps)).all():
            return scale * _along(g, frame) * frame
    raise RuntimeError(f"steps: the frame still gains after {steps} steps")


def _along(g: Array, frame: Array) -> Array:
    return (g * frame).sum(axis=-1, keepdims=True)


def _energy(g: Array, w: Array, frame: Array) -> Array:
    """Kept energy Σ w_i (g_i·e_i)²."""
    return (w * _along(g, frame) ** 2).sum(axis=0)
