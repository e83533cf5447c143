"""Fusion of modality features and the gradients it hands back (Eq. 1).

Each fusion is a pair: `name(...)` computes f = F(z_1, …, z_M), and `name_vjp(..., g)` computes
g_k = g · J_k with J_k = ∂f/∂z_k for every modality, where g = ∂L/∂f. No Jacobian is ever built.
"""

import numpy as np

from rgm_ref._checks import as_float
from rgm_ref._shapes import Float

Array = np.ndarray


def concat(*features: Float[Array, "*batch _"]) -> Float[Array, "*batch _"]:
    """Concatenation, f = [z_1, …, z_M].

    Shapes: z_k (..., d_k) → f (..., Σ d_k). Source: Eq. 1.
    """
    return np.concatenate(features, axis=-1)


def concat_vjp(
    widths: tuple[int, ...], g: Float[Array, "*batch _"]
) -> list[Float[Array, "*batch _"]]:
    """Slices g_k = g[s_k : s_k + d_k] with s_k = Σ_{i<k} d_i.

    Shapes: g (..., Σ d_k) → M arrays (..., d_k). Raises: ValueError where the widths do not add
    up to g's. Source: Eq. 1.
    """
    g = as_float(g, "g")
    if g.shape[-1] != sum(widths):
        raise ValueError(
            f"g: got width {g.shape[-1]}, expected {sum(widths)} = sum of widths {widths}"
        )
    return np.split(g, np.cumsum(widths)[:-1], axis=-1)


def add(*features: Float[Array, "*batch d"]) -> Float[Array, "*batch d"]:
    """Sum fusion, f = z_1 + … + z_M.

    Shapes: z_k (..., d) → f (..., d). Source: Eq. 1.
    """
    return np.sum(features, axis=0)


def add_vjp(modalities: int, g: Float[Array, "*batch d"]) -> list[Float[Array, "*batch d"]]:
    """J_k = I, so every modality receives g itself: the plane then shows one point.

    Shapes: g (..., d) → M arrays (..., d). Source: Eq. 1; see claim fusion-sum-noop.
    """
    return [as_float(g, "g")] * modalities


def sigmoid(x: Array) -> Array:
    """σ(x) = 1 / (1 + e^{-x}), written with tanh so that no x overflows."""
    return (1 + np.tanh(np.asarray(x) / 2)) / 2


def gated(z_i: Float[Array, "*batch d"], z_j: Float[Array, "*batch d"]) -> Float[Array, "*batch d"]:
    """Gated fusion, f = σ(z_i) ∘ z_j: modality i opens or closes the entries of modality j.

    Shapes: (..., d), (..., d) → (..., d). Source: Eq. 1.
    """
    return sigmoid(z_i) * z_j


def gated_vjp(
    z_i: Float[Array, "*batch d"], z_j: Float[Array, "*batch d"], g: Float[Array, "*batch d"]
) -> list[Float[Array, "*batch d"]]:
    """g_i = g ∘ z_j ∘ σ(z_i)(1 − σ(z_i)),  g_j = g ∘ σ(z_i).

    Shapes: three arrays (..., d) → two arrays (..., d). Source: Eq. 1.
    """
    gate = sigmoid(z_i)
    return [g * z_j * gate * (1 - gate), g * gate]


def film(
    z_i: Float[Array, "*batch d_i"],
    z_j: Float[Array, "*batch d"],
    scale: Float[Array, "d d_i"],
    shift: Float[Array, "d d_i"],
) -> Float[Array, "*batch d"]:
    """FiLM, f = (Γ z_i) ∘ z_j + B z_i: modality i scales and shifts modality j.

    Shapes: z_i (..., d_i), z_j (..., d), Γ = `scale` and B = `shift` (d, d_i) → f (..., d).
    Source: Eq. 1.
    """
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
    return [(g * z_j) @ scale + g @ shift, g * (z_i @ scale.T)]
