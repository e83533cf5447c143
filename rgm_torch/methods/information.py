"""How much one batch of features tells about another, from histograms of their entries.

Entries are paired one by one; entropies are in nats. Nothing here has a gradient.
"""

import torch
from torch import Tensor

from rgm_torch.functional._safe import safe_divide, widened


def cells(x: Tensor, bins: int) -> Tensor:
    """The bin of each entry, `bins` equal ones from the least to the greatest.

    Shapes: any with n entries → (n,) int64.
    """
    flat = widened(x.detach()).flatten()
    part = torch.linspace(0, 1, bins + 1, device=flat.device, dtype=flat.dtype)[1:-1]
    low, high = flat.aminmax()
    return torch.bucketize(flat, low + part * (high - low), right=True)


def entropy(bins: int, *places: Tensor) -> Tensor:
    """H = −Σ P log P of the joint histogram. Shapes: bins (n,) each → number."""
    index = torch.zeros_like(places[0])
    for place in places:
        index = bins * index + place
    counts = torch.bincount(index, minlength=bins ** len(places))
    p = counts / counts.sum()
    return -torch.xlogy(p, p).sum()


def mutual_information(x: Tensor, c: Tensor, bins: int) -> Tensor:
    """NMI = 2 I(x; c)/(H(x) + H(c)), I = H(x) + H(c) − H(x, c); 0 for constants."""
    x, c = cells(x, bins), cells(c, bins)
    alone = entropy(bins, x) + entropy(bins, c)
    return safe_divide(2 * (alone - entropy(bins, x, c)), alone)


def conditional_information(x: Tensor, c: Tensor, y: Tensor, bins: int) -> Tensor:
    """NCMI = 2 I(x; c | y)/(H(x | y) + H(c | y)) with H(x | y) = H(x, y) − H(y) and

    I(x; c | y) = H(x, y) + H(c, y) − H(y) − H(x, c, y); 0 where y determines both.
    """
    x, c, y = cells(x, bins), cells(c, bins), cells(y, bins)
    both, given = entropy(bins, x, y) + entropy(bins, c, y), entropy(bins, y)
    return safe_divide(2 * (both - given - entropy(bins, x, c, y)), both - 2 * given)
