"""How well modalities match: divergence of their predictions, or contrast of their features."""

from collections.abc import Sequence
from itertools import combinations
from math import log

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, log_softmax

from rgm_torch.methods.mmcosine import cosines

FLOOR = 1e-12
"""Least probability that a logarithm is taken of."""


def divergence(logits: Sequence[Tensor]) -> Tensor:
    """(1/B) Σ_i ½ [KL(m_i ‖ p_i) + KL(m_i ‖ q_i)], m = ½ (p + q), the mean over pairs.

    A relative of the Jensen–Shannon divergence with its two arguments exchanged; nothing is held
    fixed. Shapes: M ≥ 2 of (B, K) → number. Source: the authors' code of Yang et al. 2024.
    """
    log_p = [log_softmax(own, dim=-1) for own in logits]
    return torch.stack([_apart(p, q) for p, q in combinations(log_p, 2)]).mean()


def _apart(log_p: Tensor, log_q: Tensor) -> Tensor:
    """½ Σ_c m (2 log m − log p − log q), a batch's mean."""
    log_m = (torch.logaddexp(log_p, log_q) - log(2)).clamp_min(log(FLOOR))
    return (log_m.exp() * (log_m - (log_p + log_q) / 2)).sum(dim=-1).mean()


def contrast(features: Sequence[Tensor], temperature: float) -> Tensor:
    """½ [CE(C/T, i) + CE(Cᵀ/T, i)] with C_ij = cos(z_i, z'_j), the mean over pairs.

    Each clip must find its partner in the batch, both ways. Shapes: M ≥ 2 of (B, d) → number.
    Source: Yang et al. 2024, our reading.
    """
    pairs = [cosines(z, other) / temperature for z, other in combinations(features, 2)]
    partner = torch.arange(len(pairs[0]), device=pairs[0].device)
    both = [cross_entropy(c, partner) + cross_entropy(c.T, partner) for c in pairs]
    return torch.stack(both).mean() / 2
