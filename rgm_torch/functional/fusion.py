"""Fusion of modality features and the gradients it hands back (Eq. 1).

Each fusion is a pair: `name(...)` computes f = F(z_1, …, z_M), and `name_vjp(..., g)` computes
g_k = g · J_k with J_k = ∂f/∂z_k for every modality, where g = ∂L/∂f. Autograd gives the same g_k;
the formulas are here to be read, and to know g_k without a graph.
"""

import torch
from torch import Tensor, sigmoid

from rgm_torch.functional._fits import same_shape


def concat(*features: Tensor) -> Tensor:
    """Concatenation, f = [z_1, …, z_M].

    Shapes: z_k (..., d_k) → f (..., Σ d_k). Raises: ValueError for fewer than two modalities or
    different batches. Source: Eq. 1.
    """
    if len(features) < 2 or len({z.shape[:-1] for z in features}) > 1:
        shapes = [tuple(z.shape) for z in features]
        raise ValueError(f"features: got shapes {shapes}, expected two or more with one batch")
    return torch.cat(features, dim=-1)


def concat_vjp(widths: tuple[int, ...], g: Tensor) -> list[Tensor]:
    """Slices g_k = g[s_k : s_k + d_k] with s_k = Σ_{i<k} d_i.

    Shapes: g (..., Σ d_k) → M views (..., d_k). Raises: ValueError where the widths do not add up
    to g's. Source: Eq. 1; claim fusion-jacobians, as for every fusion here.
    """
    if g.shape[-1] != sum(widths):
        raise ValueError(
            f"g: got width {g.shape[-1]}, expected {sum(widths)} = sum of widths {widths}"
        )
    return list(g.split(widths, dim=-1))


def add(*features: Tensor) -> Tensor:
    """Sum fusion, f = z_1 + … + z_M.

    Shapes: z_k (..., d) → f (..., d). Raises: ValueError for unequal shapes. Source: Eq. 1.
    """
    same_shape(features, "features")
    return torch.stack(features).sum(dim=0)


def add_vjp(modalities: int, g: Tensor) -> list[Tensor]:
    """J_k = I, so every modality receives g itself: the plane then shows one point.

    Shapes: g (..., d) → M tensors (..., d). Source: Eq. 1; see claim fusion-sum-noop.
    """
    return [g.clone() for _ in range(modalities)]


def gated(z_i: Tensor, z_j: Tensor) -> Tensor:
    """Gated fusion, f = σ(z_i) ∘ z_j: modality i opens or closes the entries of modality j.

    Shapes: (..., d), (..., d) → (..., d). Raises: ValueError for unequal shapes. Source: Eq. 1.
    """
    same_shape([z_i, z_j], "z_i, z_j")
    return sigmoid(z_i) * z_j


def gated_vjp(z_i: Tensor, z_j: Tensor, g: Tensor) -> list[Tensor]:
    """g_i = g ∘ z_j ∘ σ(z_i)(1 − σ(z_i)),  g_j = g ∘ σ(z_i).

    Shapes: three tensors (..., d) → two tensors (..., d). Raises: ValueError for unequal shapes.
    Source: Eq. 1.
    """
    same_shape([z_i, z_j, g], "z_i, z_j, g")
    gate = sigmoid(z_i)
    return [g * z_j * gate * sigmoid(-z_i), g * gate]


def film(z_i: Tensor, z_j: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """FiLM, f = (Γ z_i) ∘ z_j + B z_i: modality i scales and shifts modality j.

    Shapes: z_i (..., d_i), z_j (..., d), Γ = `scale` and B = `shift` (d, d_i) → f (..., d).
    Raises: ValueError for a matrix of another shape. Source: Eq. 1.
    """
    _check_film(z_i, z_j, scale, shift)
    return (z_i @ scale.mT) * z_j + z_i @ shift.mT


def film_vjp(z_i: Tensor, z_j: Tensor, scale: Tensor, shift: Tensor, g: Tensor) -> list[Tensor]:
    """g_i = Γᵀ(g ∘ z_j) + Bᵀ g,  g_j = g ∘ Γ z_i.

    Shapes: as in `film`, g (..., d) → g_i (..., d_i), g_j (..., d). Source: Eq. 1.
    """
    _check_film(z_i, z_j, scale, shift)
    same_shape([z_j, g], "z_j, g")
    return [(g * z_j) @ scale + g @ shift, g * (z_i @ scale.mT)]


def _check_film(z_i: Tensor, z_j: Tensor, scale: Tensor, shift: Tensor) -> None:
    expected = (z_j.shape[-1], z_i.shape[-1])
    for name, matrix in (("scale", scale), ("shift", shift)):
        if tuple(matrix.shape) != expected:
            raise ValueError(
                f"{name}: got shape {tuple(matrix.shape)}, expected (d, d_i) = {expected}"
            )
