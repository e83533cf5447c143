"""Divisions that do not mind a zero below the line, and the precision sums are held in."""

import torch
from torch import Tensor


def safe_divide(numerator: Tensor, denominator: Tensor) -> Tensor:
    """numerator / denominator, and 0 where the denominator is 0 (its derivative too)."""
    zero = denominator == 0
    return torch.where(zero, 0, numerator) / torch.where(zero, 1, denominator)


def widened(x: Tensor) -> Tensor:
    """The tensor in float32 where it was half precision: 16 bits hold no sums of squares."""
    return x.float() if x.dtype in (torch.bfloat16, torch.float16) else x
