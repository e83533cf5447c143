"""Orthogonalisation of M ≥ 2 gradients at once: the smallest Σ w_i ‖g̃_i − g_i‖² with all g̃_i orthogonal.

Averaging the pairwise rule leaves a balanced simplex of gradients as conflicting as it was; this
resolves it (claims synorth-simplex and orth-many).
"""

import numpy as np

from rgm_ref._checks import as_gradients, as_shares
from rgm_ref._scaled import common_scale, norm, unit
from rgm_ref._shapes import Float

Array = np.ndarray


def polar(vectors: Float[Array, "M *batch d"]) -> Float[Array, "M *batch d"]:
    """Orthonormal frame nearest to M vectors: the polar factor U Vᵀ of V = U Σ Vᵀ (Procrustes).

    Shapes: (M, ..., d), M ≤ d → orthonormal rows (M, ..., d). Raises: ValueError for M > d.
    Source: Schönemann 1966.
    """
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

    Shapes: (M, ..., d), weights (M, ...) → (M, ..., d). Source: ours, see claim orth-many.
    """
    g = as_gradients(gradients)
    return norm(g) * polar(as_shares(shares, g) * norm(g) * g / common_scale(g) ** 2)


def nearest_frame(
    gradients: Float[Array, "M *batch d"], shares: Float[Array, "M *_"], steps: int = 10_000
) -> Float[Array, "M *batch d"]:
    """Nearest orthogonal gradients, g̃_i = (g_i·e_i) e_i, by the ascent E ← polar[w_i (g_i·e_i) g_i].

    The kept energy Σ w_i (g_i·e_i)² is convex in E, so a step never lowers it. Starts from the
    weighted symmetric (Löwdin) frame; stops when no frame vector moves by more than 16 eps.
    Globally optimal for M = 2; for M ≥ 3 that is open (claim orth-many-global).
    Shapes: (M, ..., d), weights (M, ...) → (M, ..., d). Raises: RuntimeError if `steps` do not do.
    Source: ours, see claim orth-many.
    """
    g = as_gradients(gradients)
    scale = common_scale(g)
    g, w = g / scale, as_shares(shares, g)
    frame = polar(w * norm(g) * unit(g))
    for _ in range(steps):
        moved = polar(w * (g * frame).sum(axis=-1, keepdims=True) * g)
        change = np.abs(moved - frame).max()
        frame = moved
        if change <= 16 * np.finfo(g.dtype).eps:
            return scale * (g * frame).sum(axis=-1, keepdims=True) * frame
    raise RuntimeError(f"steps: the frame still moves by {change:.1e} after {steps} steps")
