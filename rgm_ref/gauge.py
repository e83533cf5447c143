"""Changes of basis that a model cannot feel, and what they do to the plane.

Re-base one modality's features and let its head block undo it: logits, loss and, for a rotation,
the whole of training stay, but the cosine between the features' gradients can become anything.
"""

import numpy as np

from rgm_ref._checks import as_float, as_pair
from rgm_ref._scaled import norm, unit
from rgm_ref._shapes import Float

Array = np.ndarray


def change_basis(
    features: Float[Array, "*batch d"], head: Float[Array, "d K"], basis: Float[Array, "d d"]
) -> tuple[Float[Array, "*batch d"], Float[Array, "d K"]]:
    """One modality in another basis, z → T z and W → T⁻ᵀ W, so that its logits z W stay.

    Its gradient becomes T⁻ᵀ g. For a rotation T = Q that is Q g: lengths stay, and the cosine with
    any other modality can become anything in [−1, 1]. Shapes: features (..., d), head block (d, K),
    T = `basis` (d, d) → the new features and head block. Raises: ValueError for a basis of another
    shape or without inverse. Source: ours, see claims plane-gauge and plane-residual-gauge.
    """
    features, head = as_float(features, "features"), as_float(head, "head")
    basis, width = as_float(basis, "basis"), features.shape[-1]
    if basis.shape != (width, width):
        raise ValueError(f"basis: got shape {basis.shape}, expected {(width, width)}")
    if head.shape[:1] != (width,):
        raise ValueError(f"head: got {head.shape[0]} rows, expected the features' width {width}")
    try:
        return features @ basis.T, np.linalg.solve(basis.T, head)
    except np.linalg.LinAlgError:
        raise ValueError("basis: has no inverse") from None


def turn_to(pair: Float[Array, "2 d"], cosine: float) -> Float[Array, "d d"]:
    """Orthogonal Q for which cos(g_i, Q g_j) is the wished one: any place on the plane's c axis.

    Q takes g_j's direction to c e + √(1 − c²) e′, with e the direction of g_i and e′ orthogonal to
    it; it is a reflection, or minus one. Shapes: pair (2, d), d ≥ 2, c in [−1, 1] → (d, d). Raises:
    ValueError for a zero gradient, d = 1 or another c. Source: ours, see claim plane-gauge.
    """
    pair = as_pair(pair, "pair")
    if pair.shape[1:] < (2,) or (norm(pair) == 0).any():
        raise ValueError("pair: expected two non-zero gradients of width at least 2")
    if not -1 <= cosine <= 1:
        raise ValueError(f"cosine: got {cosine}, expected a value in [-1, 1]")
    e, old = unit(pair)
    axis = np.eye(len(e), dtype=e.dtype)[np.abs(e).argmin()]  # the axis least along e
    across = unit(axis - (axis @ e) * e)
    new = float(cosine) * e + float(1 - cosine**2) ** 0.5 * across
    sign = 1 if old @ new >= 0 else -1  # of the two mirrors, the one far from 0 / 0
    mirror = unit(old + sign * new)
    return sign * (2 * np.outer(mirror, mirror) - np.eye(len(e), dtype=e.dtype))


def haar_rotation(width: int, rng: np.random.Generator) -> Float[Array, "d d"]:
    """Orthogonal matrix drawn uniformly (Haar): Q of a normal matrix, with R's signs put right.

    Shapes: width d → (d, d). Source: Mezzadri 2007.
    """
    q, r = np.linalg.qr(rng.normal(size=(width, width)))
    return q * np.sign(np.diagonal(r))


def null_variance(width: int) -> float:
    """Variance of c between gradients of width d in unrelated bases, E c² = 1/d (and E c = 0).

    What the nonConflict axis shows when it shows nothing. Source: ours, see claim plane-null-model.
    """
    if width < 1:
        raise ValueError(f"width: got {width}, expected at least 1")
    return 1 / width
