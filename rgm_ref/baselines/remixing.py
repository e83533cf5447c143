"""Remixing: give each sample to the one modality that is least certain about it.

Ma et al. 2025. After a warm-up, batches hold the samples of one modality, the others masked.
"""

import numpy as np

from rgm_ref._shapes import Float
from rgm_ref.baselines._checks import as_logits, as_probabilities

Array = np.ndarray


def certainty(probabilities: Float[Array, "M n K"]) -> Float[Array, "M n"]:
    """KL(p ‖ uniform) = Σ_c p_c log₂(K p_c) = log₂ K − H₂(p) in bits, p floored at 1e-9.

    It does not ask whether the modality is right. K is the number of classes (the code fixes 6).
    Shapes: (M, n, K) → (M, n). Source: Ma et al. 2025.
    """
    p = as_probabilities(as_logits(probabilities, "probabilities"), "probabilities")
    p = np.maximum(p, 1e-9)
    return (p * np.log2(p * p.shape[-1])).sum(axis=-1)


def assign(certainty: Float[Array, "M n"]) -> Array:
    """k(i) = argmin_k KL_i^k, the modality that trains on sample i; a tie goes to the last one.

    The official tie goes to vision: the last in the order audio, vision. Every sample has exactly
    one modality. Shapes: (M, n) → integers (n,). Source: Ma et al. 2025; M > 2 is our reading.
    """
    certainty = np.asarray(certainty)
    if certainty.ndim != 2 or len(certainty) < 2:
        raise ValueError(f"certainty: got shape {certainty.shape}, expected (M, n) with M >= 2")
    return len(certainty) - 1 - certainty[::-1].argmin(axis=0)
