"""Conflict Orthogonalization Projection, Orth (Eqs. 12–13), in three forms.

Problem (12): the smallest w_i ‖O_i‖² + w_j ‖O_j‖² that makes g_i + O_i and g_j + O_j orthogonal.
'printed' is Eq. 13 with its swapped indices, 'linear' is Eq. 13 put right (it solves the problem
with the constraint linearised), 'exact' solves the problem itself.
"""

import numpy as np

from rgm_ref._checks import as_pair, as_shares, one_of
from rgm_ref._scaled import common_scale, cosine, norm, safe_divide, unit
from rgm_ref._shapes import Float

Array = np.ndarray

FORMS = ("printed", "linear", "exact")


def adjust(
    gradients: Float[Array, "2 *batch d"], shares: Float[Array, "2 *_"], form: str = "linear"
) -> Float[Array, "2 *batch d"]:
    """Adjustments (O_i, O_j) of a pair in the named form: 'printed', 'linear' or 'exact'.

    linear: O_i = −w_j (g_i·g_j) / (w_i ‖g_i‖² + w_j ‖g_j‖²) g_j.
    printed: the same with w_i ‖g_j‖² + w_j ‖g_i‖² below the line (claim orth-denominator).
    exact: √w_i (g_i + O_i) = r (û + v̂), √w_j (g_j + O_j) = r (û − v̂), where u and v are the sum
    and the difference of √w_i g_i and √w_j g_j, and r = (‖u‖ + ‖v‖) / 4 (claim orth-exact).
    Shapes: gradients (2, ..., d), weights (2, ...) → (2, ..., d). Weights need not sum to 1. Zero
    gradients give zero adjustments. Raises: ValueError for an unknown form. Source: Eqs. 12–13.
    """
    solve = {"printed": _printed, "linear": _linear, "exact": _exact}[one_of(form, FORMS, "form")]
    gradients = as_pair(gradients)
    scale = common_scale(gradients)  # every form is homogeneous of degree 1 in the gradients
    return scale * solve(gradients / scale, as_shares(shares, gradients))


def _printed(g: Array, w: Array) -> Array:
    """Eq. 13 as it stands: each weight beside the other one's norm below the line."""
    return _along_partner(g, w, np.hypot(*(np.sqrt(w) * norm(g[::-1]))))


def _linear(g: Array, w: Array) -> Array:
    """Eq. 13 put right: each weight beside its own norm below the line."""
    return _along_partner(g, w, np.hypot(*(np.sqrt(w) * norm(g))))


def _along_partner(g: Array, w: Array, total: Array) -> Array:
    """O_i = −w_j (g_i·g_j) / total² · g_j, lengths and directions apart: nothing underflows."""
    part = safe_divide(np.sqrt(w) * norm(g), total) ** 2
    return -cosine(*g) * norm(g) * (part * unit(g))[::-1]


def _exact(g: Array, w: Array) -> Array:
    """The parallelogram of h_i = √w_i g_i and h_j = √w_j g_j becomes the nearest rectangle.

    Its diagonals keep their directions and get their mean length; so the stronger gradient ends
    along e, half-way between them, and the weaker one across e. If a diagonal vanishes (parallel
    gradients with w_i ‖g_i‖² = w_j ‖g_j‖²) the minimisers form a sphere, no continuous choice
    exists, and the linear form stands in.
    """
    h = np.sqrt(w) * g
    h = h / common_scale(h)
    swap = norm(h[1]) > norm(h[0])
    g_strong, g_weak = np.where(swap, g[::-1], g)
    h_strong, h_weak = np.where(swap, h[::-1], h)
    u, v = h_strong + h_weak, h_strong - h_weak
    e = unit(unit(u) + unit(v))
    mean_diagonal = (norm(u) + norm(v)) / 2

    weak = -_inner(g_weak, e) * e
    # Stationarity, w_strong O_strong = −μ g̃_weak, is a product: nothing cancels where O_strong is
    # small, as it would in (g_strong·e) e − g_strong.
    across = h_weak - _inner(h_weak, e) * e
    strong = -safe_divide(_inner(g_strong, h_weak), mean_diagonal**2) * across
    adjustment = np.where(swap, np.stack([weak, strong]), np.stack([strong, weak]))

    shorter, longer = np.minimum(norm(u), norm(v)), np.maximum(norm(u), norm(v))
    degenerate = shorter <= 8 * np.finfo(g.dtype).eps * longer
    return np.where(degenerate, _linear(g, w), adjustment)


def _inner(x: Array, y: Array) -> Array:
    return (x * y).sum(axis=-1, keepdims=True)
