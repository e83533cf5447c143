"""Synergistic Enhanced Projection, Syn (Eqs. 9–11): rescale the blocks, keep their directions.

What a share costs (`distortion`, `price` and the two best angles) is computed for every sample of a
batch at once.
"""

import torch
from torch import Tensor

from rgm_torch.functional._checks import as_gradients
from rgm_torch.functional._fits import as_shares
from rgm_torch.functional._safe import safe_divide, widened
from rgm_torch.functional.blocks import block_norms, grouped


def alpha(gradients: Tensor, shares: Tensor, blocks: int) -> Tensor:
    """Block scaling α_i^(k) = √(w_i S_k) / ‖g_i^(k)‖ with S_k = Σ_i ‖g_i^(k)‖².

    Shapes: gradients (M, ..., d), shares (M, ...) → (M, ..., l). At a zero block α is singular and
    α g has no limit; α = 0 there, so that 0 stays 0: see claim synergy-zero. Lengths: as
    `block_gram`. Raises: ValueError where shapes do not fit. Source: Eq. 11.
    """
    return _alpha(gradients, shares, blocks).to(gradients.dtype)


def project(gradients: Tensor, shares: Tensor, blocks: int) -> Tensor:
    """Projection P_i^(k) = α_i^(k) g_i^(k): block lengths as √w_i : √w_j.

    Shapes: as `alpha` → (M, ..., d). Keeps Σ_i ‖P_i^(k)‖² = S_k where no block is zero: see claim
    synergy-solution. Raises: as `alpha`. Source: Eqs. 9 and 11.
    """
    factors = _alpha(gradients, shares, blocks)[..., None]
    groups = grouped(gradients, blocks)
    parts = factors.split([group.shape[-2] for group in groups], dim=-2)
    scaled = [(part * group).flatten(-2) for part, group in zip(parts, groups, strict=True)]
    return torch.cat(scaled, dim=-1).to(gradients.dtype)


def _alpha(gradients: Tensor, shares: Tensor, blocks: int) -> Tensor:
    """α in float32 at least: half precision would overflow at blocks that are merely small."""
    gradients = widened(as_gradients(gradients))
    root_share = as_shares(shares, gradients).to(gradients.dtype).sqrt()[..., None]
    norms = block_norms(gradients, blocks)
    return safe_divide(root_share * torch.linalg.vector_norm(norms, dim=0), norms)


def best_angle(lengths: Tensor) -> Tensor:
    """Angle φ* of the block ratio ρ = tan φ that distorts the pair least.

    tan φ* = Σ_k s_k a_k / Σ_k s_k b_k with s_k = √S_k; Eq. 11 uses sin²φ = w_i instead.
    Shapes: block lengths (2, ..., l) → radians in [0, π/2], (...). Source: ours, see claim
    synergy-best-ratio.
    """
    return torch.atan2(*_pull(lengths))


def best_angle_one_sided(lengths: Tensor) -> Tensor:
    """Angle φ that distorts modality i least, j left out of the objective as Eq. 9 is printed.

    sin φ = Σ_k s_k a_k / Σ_k S_k with s_k = √S_k. Shapes: block lengths (2, ..., l), not all zero →
    radians in [0, π/2], (...). Source: ours, see claim synergy-best-ratio.
    """
    return torch.asin((_pull(lengths)[0] / _total(lengths)).clamp_max(1))


def distortion(lengths: Tensor, angle: float | Tensor) -> Tensor:
    """Distortion Σ_k ‖P_i^(k) − g_i^(k)‖² + ‖P_j^(k) − g_j^(k)‖² = 2 ΣS_k − 2N cos(φ − φ*).

    N² = (Σ s_k a_k)² + (Σ s_k b_k)². Shapes: block lengths (2, ..., l), radians, a number or (...)
    → squared length (...). Source: Eq. 9 summed over both modalities, see claim synergy-best-ratio.
    """
    pull = torch.linalg.vector_norm(_pull(lengths), dim=0)
    return 2 * _total(lengths) - 2 * pull * torch.cos(angle - best_angle(lengths))


def price(lengths: Tensor, share: float | Tensor) -> Tensor:
    """What the share costs beyond the least distortion, 2N (1 − cos(φ_w − φ*)), sin²φ_w = w_i.

    Computed as N times the squared distance of (√w_i, √w_j) from (sin φ*, cos φ*), which does not
    cancel near φ*. Shapes: block lengths (2, ..., l), w_i a number or (...) → squared length (...).
    Source: ours, see claim synergy-least-distorting.
    """
    pull = _pull(lengths)
    norm = torch.linalg.vector_norm(pull, dim=0)
    sine, cosine = safe_divide(pull, norm)
    return norm * ((share**0.5 - sine) ** 2 + ((1 - share) ** 0.5 - cosine) ** 2)


def _pull(lengths: Tensor) -> Tensor:
    """(Σ_k s_k a_k, Σ_k s_k b_k) = N (sin φ*, cos φ*) with s_k = √(a_k² + b_k²), (2, ...)."""
    if lengths.ndim < 2 or len(lengths) != 2:
        raise ValueError(f"lengths: got shape {tuple(lengths.shape)}, expected (2, ..., l)")
    return (lengths * torch.linalg.vector_norm(lengths, dim=0)).sum(dim=-1)


def _total(lengths: Tensor) -> Tensor:
    """Σ_k S_k = Σ_k a_k² + b_k²."""
    return lengths.square().sum(dim=(0, -1))
