"""The Balance–nonConflict Plane (Eqs. 5–6), and conflict coordinates that no basis changes."""

from collections.abc import Iterable

import torch
from torch import Tensor

from rgm_torch.functional._checks import as_energy, as_pair
from rgm_torch.functional._fits import as_distribution
from rgm_torch.functional.blocks import block_gram, gram_cosines
from rgm_torch.functional.energy import pair_shares
from rgm_torch.functional.head import to_logits

ZERO_SHARES = ((2 - 2**0.5) / 4, (2 + 2**0.5) / 4)
"""The two shares (0.146, 0.854) at which the balance coordinate changes sign."""


def balance(energy: Tensor) -> Tensor:
    """Balance coordinate of every pair, w̄_ij = 8 w_i w_j − 1 = 1 − 2 (w_i − w_j)².

    Shapes: energies (M, ...) → (M, M, ...), symmetric, in (−1, 1] for positive energies; −1 where
    one energy of the pair is zero; 1 for equal energies and, by definition, for two zero ones. The
    second form is used: it is exact near balance. Source: Eq. 5; claims plane-balance-forms and
    plane-balance-range.
    """
    w = pair_shares(energy)
    return 1 - 2 * (w - w.transpose(0, 1)) ** 2


def nonconflict(gradients: Tensor) -> Tensor:
    """nonConflict coordinate of every pair, c_ij = g_i·g_j / (‖g_i‖ ‖g_j‖).

    Shapes: (M, ..., d) → (M, M, ...), in [−1, 1]; 0, by definition, where a gradient is zero.
    It depends on the bases chosen for the features: see claim plane-gauge. Lengths: as
    `block_gram`. Source: Eq. 6; claim plane-cosine.
    """
    return gram_cosines(block_gram(gradients, 1)[..., 0]).to(gradients.dtype)


def coordinates(energy: Tensor, gradients: Tensor) -> tuple[Tensor, Tensor]:
    """The point (w̄, c) of one pair of modalities on the plane, for every sample.

    Shapes: energies (2,) or (2, ...), gradients (2, ..., d) → two tensors (...). Raises: ValueError
    for more than a pair. Source: Eqs. 5–6.
    """
    if len(as_energy(energy)) != 2:
        raise ValueError(f"energy: got {len(energy)} modalities, expected a pair")
    c = nonconflict(as_pair(gradients))[0, 1]
    w_bar, c = torch.broadcast_tensors(balance(energy)[0, 1], c)
    return w_bar, c


def logit_conflict(gradients: Iterable[Tensor], heads: Iterable[Tensor]) -> Tensor:
    """Cosine of the logit pushes u_k = g_k W_k: Eq. 6 in the one space all modalities share.

    u_k is what a step along g_k does to the logits of a linear head. Shapes: M gradients
    (..., d_k), M head blocks (d_k, K), logits Σ_k z_k W_k → (M, M, ...). The same in every
    orthonormal basis and at every scale of the features. Source: ours, see claim plane-invariant.
    """
    return nonconflict(to_logits(gradients, heads))


def curvature_conflict(
    gradients: Iterable[Tensor], heads: Iterable[Tensor], probabilities: Tensor
) -> Tensor:
    """Correlation of the logit pushes under y ~ p, the normalised second-order interaction.

    c_p = u_iᵀ H u_j / √(u_iᵀ H u_i · u_jᵀ H u_j) with H = diag p − p pᵀ, the softmax Hessian.
    Positive: both modalities push the same logits, and a joint step overshoots.
    Shapes: as `logit_conflict`, probabilities (..., K) → (M, M, ...). Raises: ValueError for
    probabilities of another shape. Source: ours, see claim plane-curvature.
    """
    pushes = to_logits(gradients, heads)
    p = as_distribution(probabilities, tuple(pushes.shape[1:]), "probabilities")
    centred = pushes - (p * pushes).sum(dim=-1, keepdim=True)
    return nonconflict(p.sqrt() * centred)
