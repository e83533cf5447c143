"""Which samples to label next: those far apart in what they would teach all modalities (AL)."""

import torch
from torch import Tensor

from rgm_torch.functional._safe import safe_divide
from rgm_torch.methods.coalitions import shapley_matrix


def shares(probabilities: Tensor) -> Tensor:
    """φ_k = |Δ_k| / Σ_j |Δ_j| at the predicted class. Shapes: P_S (2^M, n, K) → (M, n).

    All 0 where no modality changes anything.
    """
    modalities = len(probabilities).bit_length() - 1
    predicted = probabilities[-1].argmax(dim=-1)
    here = probabilities[:, torch.arange(len(predicted)), predicted]
    delta = (shapley_matrix(modalities).to(here) @ here).abs()
    return safe_divide(delta, delta.sum(dim=0))


def scales(shares: Tensor) -> Tensor:
    """c_k = 1 − (max_j φ_j − φ_k). Shapes: (M, n) → (M, n)."""
    return 1 - (shares.max(dim=0).values - shares)


def squared_distances(residual: Tensor, scaled: Tensor, centre: int) -> Tensor:
    """‖G_i − G_c‖² for G_i = r_i ⊗ u_i, since ⟨G_i, G_c⟩ = ⟨r_i, r_c⟩ ⟨u_i, u_c⟩.

    Shapes: r (n, K), u = [c_k z_k] (n, Σ d_k), a row's number → (n,).
    """
    length = residual.square().sum(dim=1) * scaled.square().sum(dim=1)
    inner = (residual @ residual[centre]) * (scaled @ scaled[centre])
    return (length + length[centre] - 2 * inner).clamp_min(0)


def seeds(residual: Tensor, scaled: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """k-means++: the longest G, then each next one with a probability ∝ its squared distance.

    Shapes: r (n, K), u (n, D) → (count,) different rows. Source: Arthur & Vassilvitskii 2007.
    """
    scaled = scaled.to(residual)
    length = residual.square().sum(dim=1) * scaled.square().sum(dim=1)
    chosen = [int(length.argmax())]
    nearest = torch.full_like(length, torch.inf)
    free = torch.ones_like(length)
    while len(chosen) < count:
        nearest = nearest.minimum(squared_distances(residual, scaled, chosen[-1]))
        free[chosen[-1]] = 0
        odds = nearest * free
        odds = odds if odds.any() else free
        chosen.append(int(torch.multinomial(odds / odds.sum(), 1, generator=generator)))
    return torch.tensor(chosen)
