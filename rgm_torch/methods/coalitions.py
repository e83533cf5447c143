"""Coalitions of modalities: the logits that remain when others are removed, and Shapley's shares.

A coalition S ⊆ {0 … M−1} has the number Σ_{k∈S} 2^k, so 0 is the empty one and 2^M − 1 all.
"""

from collections.abc import Mapping
from math import factorial

import torch
from torch import Tensor

from rgm_torch.models.multimodal import Multimodal


def members(modalities: int) -> list[list[int]]:
    """Who is in which coalition, by the coalitions' numbers."""
    return [[k for k in range(modalities) if number >> k & 1] for number in range(2**modalities)]


def coalition_logits(
    model: Multimodal, present: Mapping[str, Tensor], absent: Mapping[str, Tensor]
) -> Tensor:
    """F(S): logits with the features `present` for the modalities in S, `absent` for the others.

    The model's modulator is not called. Shapes: features (n, d_k), twice → (2^M, n, K).
    """
    names = model.modalities
    chosen = (
        [(present if k in inside else absent)[name] for k, name in enumerate(names)]
        for inside in members(len(names))
    )
    return torch.stack([model.head(model.fusion(features)) for features in chosen])


def shapley_matrix(modalities: int) -> Tensor:
    """A with Δ_k = Σ_S A_kS F(S): (|S|−1)! (M−|S|)! / M! for k in S, else −|S|! (M−|S|−1)! / M!.

    Shapes: → (M, 2^M). Source: Shapley 1953.
    """
    matrix = torch.empty(modalities, 2**modalities, dtype=torch.float64)
    for number, inside in enumerate(members(modalities)):
        for k in range(modalities):
            others = len(inside) - (k in inside)
            ways = factorial(others) * factorial(modalities - others - 1)
            matrix[k, number] = (1 if k in inside else -1) * ways / factorial(modalities)
    return matrix


def responses(logits: Tensor) -> Tensor:
    """φ_k = Δ_k + F(∅)/M, so that Σ_k φ_k = F(all): what each modality contributes to the logits.

    Of a pair φ_0 = ½ [F(01) − F(1) + F(0)]; of a linear head without the others' features the split
    logits. Shapes: logits of all coalitions (2^M, n, K) → (M, n, K).
    """
    modalities = len(logits).bit_length() - 1
    matrix = shapley_matrix(modalities).to(logits)
    return torch.tensordot(matrix, logits, dims=1) + logits[0] / modalities
