"""float32 against float64: what rounding does to the Gram form, and a bound for it.

A sum of n products in precision u = eps/2 is off by at most n u |x|·|y|, and where the rounding
errors are independent with mean zero by at most λ √n u |x|·|y|, but for a probability of
2 n exp(−λ²/2) (Higham & Mary 2019); and |x|·|y| ≤ ‖x‖ ‖y‖. `block_gram` adds up no more than
`PIECE` products in one go, so n is the smaller of d and that, and the few sums of pieces add
little. A cosine is such a sum over the roots of two others: |Δc| ≤ 2 λ √n u.

The coefficients of Eq. 15 change with c and with the logarithms of the lengths at rates of a few
units at most (slope 4 times σ' ≤ ¼; ½ |ln 2w| for r̃), and so does the output; `AMPLIFICATION` is
what we allow. The exact form divides by the gap: R² moves by 2 |c| |Δc| at most, R by 1/R² times
|Δc|, relatively.
"""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from rgm_torch.bench.rows import Row
from rgm_torch.functional.blocks import PIECE
from rgm_torch.functional.plane import nonconflict
from rgm_torch.functional.synorth import synorth

WIDTH, QUICK_WIDTH = 5_000_000, 200_000
LAMBDA = 8.0
AMPLIFICATION = 8.0

Pair = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
# Pairs made of two independent gradients with entries of N(0, 1); lengths √d.
PAIRS: dict[str, Pair] = {
    "aligned, c ≈ 0.999": lambda x, y: (x, x + 0.04 * y),
    "orthogonal, c ≈ 0": lambda x, y: (x, y - x * (x @ y) / (x @ x)),
    "conflicting, c ≈ −0.7": lambda x, y: (x, y - x),
    "opposed, c ≈ −0.999": lambda x, y: (x, 0.04 * y - x),
    "lengths 1 : 1000": lambda x, y: (x, 1000 * (y - 0.5 * x)),
    "shifted by a mean of 1": lambda x, y: (x + 1, y + 1),
}
# Equal weights and nearly equal lengths make opposed gradients degenerate: R/A = √(1 − c²).
GAPS = (0.1, 0.02)


def measure(device: torch.device, seconds: float, quick: bool) -> Iterator[Row]:
    """Errors of cosines and outputs, each with its bound as the target."""
    width = QUICK_WIDTH if quick else WIDTH
    x, y = torch.randn(2, width, generator=torch.Generator().manual_seed(0)).to(device).double()
    for name, pair in PAIRS.items():
        gradients = torch.stack(pair(x, y)).float()
        yield from errors(name, gradients, "linear", AMPLIFICATION)
    for gap in GAPS:
        gradients = torch.stack([x, gap * y - x]).float()
        yield from errors(f"R/A ≈ {gap}", gradients, "exact", AMPLIFICATION + gap**-2)


def cosine_bound(width: int) -> float:
    """2 λ √n u = λ √n eps, n = min(d, PIECE)."""
    return LAMBDA * min(width, PIECE) ** 0.5 * torch.finfo(torch.float32).eps


def errors(name: str, gradients: Tensor, orth: str, amplification: float) -> Iterator[Row]:
    """Rows for one pair: |Δc|, and the error of the worse output relative to its length."""
    width = gradients.shape[-1]
    setting, bound = f"d={width:.0e}, {name}", cosine_bound(width)
    energy = torch.linalg.vector_norm(gradients.double(), dim=-1).square()
    wrong = (nonconflict(gradients).double() - nonconflict(gradients.double())).abs().max().item()
    yield Row("accuracy", setting, "error of c", wrong, unit="", target=bound)
    exactly = synorth(gradients.double(), energy, orth=orth)
    difference = synorth(gradients, energy, orth=orth).double() - exactly
    lengths = torch.linalg.vector_norm(torch.stack([difference, exactly]), dim=-1)
    wrong = (lengths[0] / lengths[1]).max().item()
    quantity, target = f"error of output, {orth}", amplification * bound
    yield Row("accuracy", setting, quantity, wrong, unit="", target=target)
