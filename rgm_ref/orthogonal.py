"""Conflict Orthogonalization Projection, Orth (Eqs. 12–13), in three forms.

Problem (12): the smallest w_i ‖O_i‖² + w_j ‖O_j‖² that makes g_i + O_i and g_j + O_j orthogonal.
'printed' is Eq. 13 with its swapped indices, 'linear' is Eq. 13 put right (it solves the problem
with the constraint linearised), 'exact' solves the problem itself.
"""

import numpy as np

from rgm_ref._checks import as_pair, as_shares, one_of
from rgm_ref._scaled import common_scale, norm, safe_divide, unit
from rgm_ref._shapes import Float

Array = np.ndarray

FORMS = ("printed", "linear", "exact")


def adjust(
    gradients: Float[Array, "2 *batch d"], shares: Float[Array, "2 *_"], form: str = "linear"
) -> Float[Array, "2 *batch d"]:
    """Adjustments (O_i, O_j) of a pair in the named form: 'printed', 'linear' or 'exact'.

    Shapes: gradients (2, ..., d), weights (2, ...) → (2, ..., d). Weights need not sum to 1. Zero
    gradients give zero adjustments. Raises: ValueError for an unknown form. Source: Eqs. 12–13.
    """
    solve = {"printed": _printed, "linear": _linear, "exact": _exact}[one_of(form, FORMS, "form")]
    gradients = as_pair(gradients)
    scale = common_scale(gradients)  # every form is homogeneous of degree 1 in the gradients
    return scale * solve(gradients / scale, as_shares(shares, gradients))


def _printed(g: Array, w: Array) -> Array:
    """O_i = −w_j s / (w_i ‖g_j‖² + w_j ‖g_i‖²) · g_j, letter by letter Eq. 13."""
    swapped = w * norm(g[::-1]) ** 2
    return -safe_divide(_inner(g), swapped.sum(axis=0)) * (w * g)[::-1]


def _linear(g: Array, w: Array) -> Array:
    """O_i = −w_j s / A · g_j with A = w_i ‖g_i‖² + w_j ‖g_j‖²: the indices put right."""
    A = (w * norm(g) ** 2).sum(axis=0)
    return -safe_divide(_inner(g), A) * (w * g)[::-1]


def _exact(g: Array, w: Array) -> Array:
    """O_i = −(g_i·e_2) e_2, O_j = −(g_j·e_1) e_1 in the frame of K = w_i g_i g_iᵀ − w_j g_j g_jᵀ.

    e_1 and e_2 are K's top and bottom eigenvectors; K is 2×2 in the plane of the pair, so its frame
    is one half-angle. K vanishes iff the gradients are parallel with w_i ‖g_i‖² = w_j ‖g_j‖²: then
    the minimisers form a sphere, no continuous choice exists, and the linear form stands in.
    """
    x, y = _plane_axes(g)
    along, across = (g * x).sum(axis=-1, keepdims=True), (g * y).sum(axis=-1, keepdims=True)
    sign = np.array([1, -1], g.dtype).reshape((2,) + (1,) * (g.ndim - 1))
    twice_off_diagonal = (2 * sign * w * along * across).sum(axis=0)
    difference = (sign * w * (along**2 - across**2)).sum(axis=0)
    angle = np.arctan2(twice_off_diagonal, difference) / 2
    e_1 = np.cos(angle) * x + np.sin(angle) * y
    e_2 = np.cos(angle) * y - np.sin(angle) * x
    frame = np.stack([e_2, e_1])
    adjustment = -(g * frame).sum(axis=-1, keepdims=True) * frame

    A = (w * norm(g) ** 2).sum(axis=0)
    gap = np.hypot(twice_off_diagonal, difference)  # √(A² − 4 w_i w_j s²), the eigenvalue gap
    degenerate = gap <= 16 * np.finfo(g.dtype).eps * A
    return np.where(degenerate, _linear(g, w), adjustment)


def _inner(g: Array) -> Array:
    return (g[0] * g[1]).sum(axis=-1, keepdims=True)


def _plane_axes(g: Array) -> tuple[Array, Array]:
    """Orthonormal axes of the plane of the pair: x along the longer gradient, y across it.

    y is 0 where the gradients are parallel; nothing is then left to turn.
    """
    first_is_longer = norm(g[0]) >= norm(g[1])
    longer, other = np.where(first_is_longer, g[0], g[1]), np.where(first_is_longer, g[1], g[0])
    x = unit(longer)
    direction = unit(other)
    across = direction - (direction * x).sum(axis=-1, keepdims=True) * x
    across -= (across * x).sum(
        axis=-1, keepdims=True
    ) * x  # once more: kills the rounding left over
    visible = norm(across) > 4 * np.finfo(g.dtype).eps
    return x, np.where(visible, unit(across), 0)
