"""Conflict Orthogonalization Projection, Orth (Eqs. 12–13), in three forms.

Problem (12): the smallest w_i ‖O_i‖² + w_j ‖O_j‖² that makes g_i + O_i and g_j + O_j orthogonal.
'printed' is Eq. 13 with its swapped indices, 'linear' is Eq. 13 put right (it solves the problem
with the constraint linearised), 'exact' solves the problem itself.
"""

import torch
from torch import Tensor

from rgm_torch.functional._checks import as_pair, one_of
from rgm_torch.functional._fits import as_shares
from rgm_torch.functional._safe import safe_divide
from rgm_torch.functional.blocks import block_gram, gram_cosines, squares
from rgm_torch.functional.mixing import FORMS


def adjust(gradients: Tensor, shares: Tensor, form: str = "linear") -> Tensor:
    """Adjustments (O_i, O_j) of a pair in the named form: 'printed', 'linear' or 'exact'.

    O_i = x g_i + y_i g_j with coefficients from the Gram matrix of the pair alone. With
    s = g_i·g_j, A = w_i ‖g_i‖² + w_j ‖g_j‖² and R² = A² − 4 w_i w_j s²,
    linear: x = 0, y_i = −w_j s / A.
    printed: x = 0, y_i = −w_j s / (w_i ‖g_j‖² + w_j ‖g_i‖²) (claim orth-denominator).
    exact: x = 2 w_i w_j s² / (R (A + R)), y_i = −w_j s / R (claim orth-exact).
    Shapes: gradients (2, ..., d), weights (2, ...) → (2, ..., d). Weights need not sum to 1. Zero
    gradients give zero adjustments. The exact form is good to eps (A/R)²; where R ≤ 4 √eps A the
    pair counts as degenerate and the linear form stands in. Lengths: as `block_gram`.
    Raises: ValueError for an unknown form. Source: Eqs. 12–13.
    """
    one_of(form, FORMS, "form")
    gram = block_gram(as_pair(gradients), 1)[..., 0]
    w, square = as_shares(shares, gradients).to(gram.dtype), squares(gram)
    weighted = w * (square.flip(0) if form == "printed" else square)
    total = weighted.sum(dim=0)
    own, partner = torch.zeros_like(total), safe_divide(-w.flip(0) * gram[0, 1], total)
    if form == "exact":
        own, gap = _exact(safe_divide(weighted, total), gram_cosines(gram)[0, 1])
        partner = partner / gap
    adjusted = own[..., None] * gradients + partner[..., None] * gradients.flip(0)
    return adjusted.to(gradients.dtype)


def _exact(parts: Tensor, cosine: Tensor) -> tuple[Tensor, Tensor]:
    """x = 2 p q c² / (ρ (1 + ρ)) and ρ = R / A, from (p, q) = w ‖g‖² / A; 0 and 1 if degenerate.

    ρ² = (p − q)² + 4 p q (1 − c²).
    """
    p, q = parts
    square = (p - q).square() + 4 * p * q * (1 - cosine.square())
    degenerate = square <= 16 * torch.finfo(square.dtype).eps
    gap = torch.where(degenerate, 1, square).sqrt()  # a root of 0 has no derivative
    own = 2 * p * q * cosine.square() / (gap * (1 + gap))
    return torch.where(degenerate, 0, own), gap
