"""Conflict Orthogonalization Projection, Orth (Eqs. 12–13), in three forms.

Problem (12): the smallest w_i ‖O_i‖² + w_j ‖O_j‖² that makes g_i + O_i and g_j + O_j orthogonal.
'printed' is Eq. 13 with its swapped indices, 'linear' is Eq. 13 put right (it solves the problem
with the constraint linearised), 'exact' solves the problem itself.
"""

import torch
from torch import Tensor

from rgm_torch.functional._checks import as_pair, one_of
from rgm_torch.functional._fits import as_shares
from rgm_torch.functional.blocks import block_gram
from rgm_torch.functional.mixing import FORMS, _orth_entries, mix


def adjust(gradients: Tensor, shares: Tensor, form: str = "linear") -> Tensor:
    """Adjustments (O_i, O_j) of a pair in the named form: 'printed', 'linear' or 'exact'.

    O_i = x_i g_i + y_i g_j, with coefficients from the Gram matrix of the pair alone. With
    A = w_i ‖g_i‖² + w_j ‖g_j‖², s = g_i·g_j and R² = A² − 4 w_i w_j s²:
    linear: x_i = 0, y_i = −w_j s / A.
    printed: x_i = 0, y_i = −w_j s / (w_i ‖g_j‖² + w_j ‖g_i‖²) (claim orth-denominator).
    exact: x_i = 2 w_i w_j s² / (R (A + R)), y_i = −w_j s / R (claim orth-exact).
    Shapes: gradients (2, ..., d), weights (2, ...) → (2, ..., d). Weights need not sum to 1. Zero
    gradients give zero adjustments. The exact form is good to eps (A/R)²; below R = 4 √eps A the
    pair counts as degenerate and the linear form stands in. Lengths: as `block_gram`.
    Raises: ValueError for an unknown form. Source: Eqs. 12–13.
    """
    one_of(form, FORMS, "form")
    gram = block_gram(as_pair(gradients), 1)[..., 0]
    w = as_shares(shares, gradients).to(gram.dtype)
    own, partner = _orth_entries(gram, w[:, None], 1, form)
    diagonal = partner.new_zeros(()) if own is None else own.flip(1)
    eye = torch.eye(2, dtype=torch.bool, device=gram.device)
    matrix = torch.where(eye.reshape(2, 2, *[1] * (gram.ndim - 2)), diagonal, partner)
    return mix(matrix[..., None].to(gradients.dtype), gradients)
