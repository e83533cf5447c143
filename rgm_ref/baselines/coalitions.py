"""Coalitions of modalities: the logits that remain when others are removed, and Shapley's shares.

A coalition S ⊆ {0 … M−1} has the number Σ_{k∈S} 2^k, so 0 is the empty one and 2^M − 1 all.
AGM, AL and GMD are built on them.
"""

from math import factorial

import numpy as np

from rgm_ref._checks import as_float
from rgm_ref._shapes import Float
from rgm_ref.baselines._checks import as_logits

Array = np.ndarray


def contains(modalities: int) -> Array:
    """Which modality is in which coalition: booleans (M, 2^M).

    Raises: ValueError for M < 2. Source: ours.
    """
    if modalities < 2:
        raise ValueError(f"modalities: got {modalities}, expected at least 2")
    return (np.arange(2**modalities) >> np.arange(modalities)[:, None]) % 2 == 1


def coalition_logits(
    parts: Float[Array, "M n K"], bias: Float[Array, "K"]
) -> Float[Array, "coalitions n K"]:
    """Logits F(S) = Σ_{k∈S} z_k W_k + b of a linear head whose other features are set to zero.

    The bias is whole in every coalition, the empty one too. Shapes: parts z_k W_k (M, n, K),
    bias (K,) → (2^M, n, K). Source: ours.
    """
    parts = as_logits(parts, "parts")
    return np.tensordot(contains(len(parts)).T.astype(parts.dtype), parts, 1) + as_float(
        bias, "bias"
    )


def shapley_matrix(modalities: int) -> Float[Array, "M coalitions"]:
    """The matrix that makes Shapley values of coalition values: Δ_k = Σ_S A_kS F(S),

    A_kS = (|S|−1)! (M−|S|)! / M! for k in S, and −|S|! (M−|S|−1)! / M! for k outside.
    Shapes: → (M, 2^M). Source: Shapley 1953.
    """
    inside = contains(modalities)
    matrix = np.zeros(inside.shape)
    for (k, number), here in np.ndenumerate(inside):
        size = inside[:, number].sum()
        others = size - 1 if here else size
        weight = factorial(others) * factorial(modalities - others - 1) / factorial(modalities)
        matrix[k, number] = weight if here else -weight
    return matrix


def shapley(values: Float[Array, "coalitions *rest"]) -> Float[Array, "M *rest"]:
    """Shapley values Δ_k = Σ_{S∌k} |S|! (M−|S|−1)!/M! [F(S∪k) − F(S)]; Σ_k Δ_k = F(all) − F(∅).

    Shapes: (2^M, ...) → (M, ...). Raises: ValueError where the length is no power of two.
    Source: Shapley 1953.
    """
    values = as_float(values, "values")
    modalities = len(values).bit_length() - 1
    if modalities < 2 or len(values) != 2**modalities:
        raise ValueError(f"values: got {len(values)} coalitions, expected 2^M with M >= 2")
    return np.tensordot(shapley_matrix(modalities), values, 1)
