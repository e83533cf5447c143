"""Fusion of modality features and the gradients it hands back (Eq. 1).

Each fusion is a pair: `name(...)` computes f = F(z_1, …, z_M), and `name_vjp(..., g)` computes
g_k = g · J_k with J_k = ∂f/∂z_k for every modality, where g = ∂L/∂f. No Jacobian is ever built.
Concatenation takes features of any widths; the inner products of the plane and of Orth then need
one width for all modalities, d_i = d_j (claim fusion-types).
"""

import numpy as np

from rgm_ref._checks import as_float, as_gradients
from rgm_ref._shapes import Float

Array = np.ndarray


def concat(*features: Float[Array, "*batch _"]) -> Float[Array, "*batch _"]:
    """Concatenation, f = [z_1, …, z_M].

    Shapes: z_k (..., d_k) → f (..., Σ d_k). Raises: ValueError for fewer than two modalities or
    different batches. Source: Eq. 1.
    """
    features = tuple(as_float(z, "features") for z in features)
    if len(features) < 2 or len({z.shape[:-1] for z in features}) > 1:
        shapes = [z.shape for z in features]
        raise ValueError(f"features: got shapes {shapes}, expected two or more with one batch")
    return np.concatenate(features, axis=-1)


def concat_vjp(
    widths: tuple[int, ...], g: Float[Array, "*batch _"]
) -> list[Float[Array, "*batch _"]]:
    """Slices g_k = g[s_k : s_k + d_k] with s_k = Σ_{i<k} d_i.

    Shapes: g (..., Σ d_k) → M arrays (..., d_k). Raises: ValueError where the widths do not add
    up to g's. Source: Eq. 1; claim fusion-jacobians, as for every fusion here.
    """
    g = as_float(g, "g")
    if g.shape[-1] != sum(widths):
        raise ValueError(
            f"g: got width {g.shape[-1]}, expected {sum(widths)} = sum of widths {widths}"
        )
    return np.split(g, np.cumsum(widths)[:-1], axis=-1)


def add(*features: Float[Array, "*batch d"]) -> Float[Array, "*batch d"]:
    """Sum fusion, f = z_1 + … + z_M.

    Shapes: z_k (..., d) → f (..., d). Raises: ValueError for unequal shapes. Source: Eq. 1.
    """
    return as_gradients(features, "features").sum(axis=0)


def add_vjp(modalities: int, g: Float[Array, "*batch d"]) -> list[Float[Array, "*batch d"]]:
    """J_k = I, so every modality receives g itself: the plane then shows one point.

    Shapes: g (..., d) → M arrays (..., d). Source: Eq. 1; see claim fusion-sum-noop.
    """
    return [as_float(g, "g").copy() for _ in range(modalities)]


def sigmoid(x: Array) -> Array:
    """σ(x) = 1 / (1 + e^{-x}), as e^{-log(1 + e^{-x})}: no overflow, and no σ(x) rounded to 0."""
    return np.exp(-np.logaddexp(0, -np.asarray(x)))


def gated(z_i: Float[Array, "*batch d"], z_j: Float[Array, "*batch d"]) -> Float[Array, "*batch d"]:
    """Gated fusion, f = σ(z_i) ∘ z_j: modality i opens or closes the entries of modality j.

    Shapes: (..., d), (..., d) → (..., d). Raises: ValueError for unequal shapes. Source: Eq. 1.
    """
    z_i, z_j = as_gradients([z_i, z_j], "z_i, z_j")
    return sigmoid(z_i) * z_j


def gated_vjp(
    z_i: Float[Array, "*batch d"], z_j: Float[Array, "*batch d"], g: Float[Array, "*batch d"]
) -> list[Float[Array, "*batch d"]]:
    """g_i = g ∘ z_j ∘ σ(z_i)(1 − σ(z_i)),  g_j = g ∘ σ(z_i).

    Shapes: three arrays (..., d) → two arrays (..., d). Raises: ValueError for unequal shapes.
    Source: Eq. 1.
    """
    z_i, z_j, g = as_gradients([z_i, z_j, g], "z_i, z_j, g")
    gate = sigmoid(z_i)
    return [g * z_j * gate * sigmoid(-z_i), g * gate]


def film(
    z_i: Float[Array, "*batch d_i"],
    z_j: Float[Array, "*batch d"],
    scale: Float[Array, "d d_i"],
    shift: Float[Array, "d d_i"],
) -> Float[Array, "*batch d"]:
    """FiLM, f = (Γ z_i) ∘ z_j + B z_i: modality i scales and shifts modality j.

    Shapes: z_i (..., d_i), z_j (..., d), Γ = `scale` and B = `shift` (d, d_i) → f (..., d).
    Raises: ValueError for a matrix of another shape. Source: Eq. 1.
    """
    z_i, z_j, scale, shift = _film_arguments(z_i, z_j, scale, shift)
    return (z_i @ scale.T) * z_j + z_i @ shift.T


def film_vjp(
    z_i: Float[Array, "*batch d_i"],
    z_j: Float[Array, "*batch d"],
    scale: Float[Array, "d d_i"],
    shift: Float[Array, "d d_i"],
    g: Float[Array, "*batch d"],
) -> list[Float[Array, "*batch _"]]:
    """g_i = Γᵀ(g ∘ z_j) + Bᵀ g,  g_j = g ∘ Γ z_i.

    Shapes: as in `film`, g (..., d) → g_i (..., d_i), g_j (..., d). Source: Eq. 1.
    """
    z_i, z_j, scale, shift = _film_arguments(z_i, z_j, scale, shift)
    z_j, g = as_gradients([z_j, g], "z_j, g")
    return [(g * z_j) @ scale + g @ shift, g * (z_i @ scale.T)]


def _film_arguments(z_i, z_j, scale, shift) -> tuple[Array, Array, Array, Array]:
    z_i, z_j = as_float(z_i, "z_i"), as_float(z_j, "z_j")
    scale, shift = as_float(scale, "scale"), as_float(shift, "shift")
    expected = (z_j.shape[-1], z_i.shape[-1])
    for name, matrix in (("scale", scale), ("shift", shift)):
        if matrix.shape != expected:
            raise ValueError(f"{name}: got shape {matrix.shape}, expected (d, d_i) = {expected}")
    return z_i, z_j, scale, shift
