"""Weights of samples by their losses: the easier, the heavier, up to e (IMCL)."""

import torch
from torch import Tensor


def lambert(x: Tensor) -> Tensor:
    """Principal branch of Lambert's W, W e^W = x, by ten steps of Halley; x is at least −1/e.

    Start: log(1 + x) for x > 0, else −1 + √(2 (1 + e x)). Source: Corless et al. 1996.
    """
    e = torch.e
    x = x.double().clamp_min(-1 / e + 1e-12)
    w = torch.where(x > 0, x.clamp_min(0).log1p(), (2 * (1 + e * x.clamp_max(0))).sqrt() - 1)
    for _ in range(10):
        error = w * w.exp() - x
        w = w - error / (w.exp() * (w + 1) - (w + 2) * error / (2 * w + 2))
    return w


def sample_weights(losses: Tensor, mean: Tensor, beta: float) -> Tensor:
    """w = exp[−W((ℓ − λ) / 2β)], and e where (ℓ − λ) / 2β <= −1/e. Shapes: (n,) → (n,)."""
    x = (losses.double() - mean) / (2 * beta)
    return torch.where(x <= -1 / torch.e, torch.e, (-lambert(x)).exp()).to(losses.dtype)
