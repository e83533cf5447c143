"""PCGrad and MGDA, which the paper compares with, as mixing matrices: `rgm_ref.mixing`'s other two.

They act on whole gradients: `mix(matrix[..., None], gradients)` applies them.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from rgm_torch.functional._safe import safe_divide


def pcgrad_matrix(gram: Tensor, order: Sequence[int]) -> Tensor:
    """PCGrad: from ĝ_i = g_i, each j in `order` with ĝ_i·g_j < 0 takes (ĝ_i·g_j / ‖g_j‖²) g_j away.

    All ĝ_i go through `order` together; step j needs what step j − 1 left.
    Shapes: Gram matrices (M, M, ...) of whole gradients, a permutation of 0 … M − 1 → (M, M, ...).
    For M ≥ 3 the order matters. Raises: ValueError for another order. Source: Yu et al. 2020; claim
    synorth-mixing-others.
    """
    modalities = len(_as_gram(gram))
    if sorted(order) != list(range(modalities)):
        raise ValueError(f"order: got {order}, expected a permutation of 0 … {modalities - 1}")
    eye = torch.eye(modalities, dtype=gram.dtype, device=gram.device)
    eye = eye.reshape(eye.shape + (1,) * (gram.ndim - 2))
    matrix = eye.expand_as(gram)
    for j in order:
        inner = (matrix * gram[:, j]).sum(dim=1).clamp_max(0) * (1 - eye[:, j])  # ĝ_i·g_j, i ≠ j
        matrix = matrix - safe_divide(inner, gram[j, j])[:, None] * eye[j]
    return matrix


def mgda_matrix(gram: Tensor) -> Tensor:
    """MGDA for a pair: both modalities get λ g_i + (1 − λ) g_j, the shortest point between them.

    λ = (‖g_j‖² − g_i·g_j) / ‖g_i − g_j‖², cut off at 0 and 1; ½ for equal gradients.
    Shapes: Gram matrices (2, 2, ...) → (2, 2, ...), two equal rows. Raises: ValueError for more
    than a pair. Source: Sener & Koltun 2018; claim synorth-mixing-others.
    """
    if len(_as_gram(gram)) != 2:
        raise ValueError(f"gram: got {len(gram)} modalities, expected a pair")
    (a2, s), (_, b2) = gram
    apart = a2 + b2 - 2 * s
    share = torch.where(apart > 0, safe_divide(b2 - s, apart).clamp(0, 1), 0.5)
    row = torch.stack([share, 1 - share])
    return torch.stack([row, row])


def _as_gram(gram: Tensor) -> Tensor:
    if gram.ndim < 2 or gram.shape[0] != gram.shape[1] or len(gram) < 2:
        raise ValueError(f"gram: got shape {tuple(gram.shape)}, expected (M, M, ...) with M >= 2")
    return gram
