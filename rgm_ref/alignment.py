"""When rescaling blocks brings two gradients closer: Theorem 2, refuted, repaired and bettered.

A pair enters only through its block lengths a_k, b_k, stacked to (2, l), and its block cosines κ_k.
"""

import numpy as np

from rgm_ref._checks import as_float, as_gradients, as_nonnegative
from rgm_ref._scaled import norm, unit
from rgm_ref._shapes import Float
from rgm_ref.synergy import project

Array = np.ndarray


def cosine_before(lengths: Float[Array, "2 l"], cosines: Float[Array, "l"]) -> float:
    """Cosine of the pair, Σ_k q_k κ_k with q_k = a_k b_k / (‖g_i‖ ‖g_j‖).

    Shapes: block lengths (2, l), block cosines (l,). Source: Eq. 6, block by block; see claim
    synergy-cosine.
    """
    return float(_products(lengths) @ _checked(cosines))


def cosine_after(lengths: Float[Array, "2 l"], cosines: Float[Array, "l"]) -> float:
    """Cosine after Eq. 11, Σ_k p_k κ_k with p_k = S_k / Σ S: the shares w drop out.

    Shapes: as `cosine_before`. Raises: ValueError at a zero length (0 stays 0 there, and the
    formula changes). Source: ours, see claim synergy-cosine.
    """
    return float(_energies(lengths) @ _checked(cosines))


def cosine_after_one_sided(partner: Float[Array, "l"], cosines: Float[Array, "l"]) -> float:
    """Cosine once g_i's blocks are as long as ρ times g_j's, Σ_k b_k² κ_k / ‖g_j‖².

    Shapes: g_j's block lengths b (l,), block cosines (l,). Source: another reading of Theorem 2,
    see claim synergy-theorem2-one-sided.
    """
    b = unit(as_nonnegative(partner, "partner"))
    return float(b**2 @ _checked(cosines))


def improvement(lengths: Float[Array, "2 l"], cosines: Float[Array, "l"]) -> float:
    """What Eq. 11 adds to the cosine, Σ_k (p_k − q_k) κ_k; negative where Theorem 2 fails.

    Never negative for equally long gradients whose block cosines are all ≥ 0. Shapes: as
    `cosine_before`. Raises: as `cosine_after`. Source: ours, see claim synergy-repaired.
    """
    return float((_energies(lengths) - _products(lengths)) @ _checked(cosines))


def helpful(lengths: Float[Array, "2 l"]) -> Array:
    """Blocks whose agreement Eq. 11 rewards, q_k ≤ p_k: those at least as lopsided as the whole.

    min(a_k/b_k, b_k/a_k) ≤ min(‖g_i‖/‖g_j‖, ‖g_j‖/‖g_i‖). Shapes: (2, l) → (l,) of truth values.
    Raises: as `cosine_after`. Source: ours, see claim synergy-lopsided.
    """
    lengths = _no_zero(lengths)
    return _evenness(lengths) <= _evenness(norm(lengths)[:, 0])


def cosine_floor(lengths: Float[Array, "2 l"], cosines: Float[Array, "l"]) -> float:
    """Least cosine Eq. 11 can leave where no block disagrees, 2ab/(a² + b²) of the cosine before.

    a = ‖g_i‖, b = ‖g_j‖. Shapes: as `cosine_before`. Source: ours, see claim
    synergy-theorem2-nonnegative.
    """
    a, b = unit(norm(as_nonnegative(lengths, "lengths"))[:, 0])
    return float(2 * a * b) * cosine_before(lengths, cosines)


def project_equalised(
    gradients: Float[Array, "M *batch d"], shares: Float[Array, "M *_"], blocks: int
) -> Float[Array, "M *batch d"]:
    """Eq. 11 repaired: formed from the unit gradients, then given back the length of the whole.

    P = (L/√M) · P(g_1/‖g_1‖, …, g_M/‖g_M‖) with L² = Σ_i ‖g_i‖², so that Σ_i ‖P_i‖² = L² where no
    block is zero. It cannot lower the cosine of a pair without disagreeing blocks.
    Shapes: as `synergy.project`. Source: ours, see claim synergy-repaired.
    """
    gradients = as_gradients(gradients)
    root_mean_square = norm(norm(gradients), axis=0) / np.sqrt(len(gradients)).astype(
        gradients.dtype
    )
    return root_mean_square * project(unit(gradients), shares, blocks)


def best_one_sided(partner: Float[Array, "l"], cosines: Float[Array, "l"]) -> Float[Array, "l"]:
    """Block lengths of g_i, up to a factor, that bring it closest to g_j: x_k ∝ b_k max(κ_k, 0).

    Shapes: g_j's block lengths b (l,), block cosines (l,) → (l,) of length 1, or all zero where no
    block agrees. Source: ours, see claim synergy-one-sided-best.
    """
    return unit(as_nonnegative(partner, "partner") * np.maximum(_checked(cosines), 0))


def best_one_sided_cosine(partner: Float[Array, "l"], cosines: Float[Array, "l"]) -> float:
    """The cosine they reach, √(Σ_k b_k² max(κ_k, 0)²) / ‖g_j‖, never below the cosine before.

    Shapes: as `best_one_sided`. Source: ours, see claim synergy-one-sided-best.
    """
    b = unit(as_nonnegative(partner, "partner"))
    return float(norm(b * np.maximum(_checked(cosines), 0))[0])


def _checked(cosines: Array) -> Array:
    cosines = as_float(cosines, "cosines")
    if (np.abs(cosines) > 1).any():
        raise ValueError("cosines: expected values in [-1, 1]")
    return cosines


def _no_zero(lengths: Array) -> Array:
    lengths = as_nonnegative(lengths, "lengths")
    if (lengths == 0).any():
        raise ValueError("lengths: contains 0, expected positive block lengths")
    return lengths


def _products(lengths: Array) -> Array:
    """q_k = a_k b_k / (‖g_i‖ ‖g_j‖)."""
    return unit(as_nonnegative(lengths, "lengths")).prod(axis=0)


def _energies(lengths: Array) -> Array:
    """p_k = S_k / Σ S."""
    lengths = _no_zero(lengths)
    return (norm(lengths, axis=0)[0] / norm(lengths.ravel())) ** 2


def _evenness(lengths: Array) -> Array:
    """Shorter over longer, min(a/b, b/a)."""
    return lengths.min(axis=0) / lengths.max(axis=0)
