"""SynOrth Grad (Eqs. 14–15): rebalance, align where modalities agree, turn where they fight."""

from collections.abc import Collection

from torch import Tensor

from rgm_torch.functional.blocks import block_gram
from rgm_torch.functional.mixing import PARTS, mix, mixing_matrix
from rgm_torch.functional.mixing import check_options as check_options  # beside synorth in rgm_ref
from rgm_torch.functional.mixing import gate as gate


def synorth(
    gradients: Tensor,
    energy: Tensor,
    blocks: int = 1,
    *,
    orth: str = "linear",
    slope: str = "paper",
    scale: str = "base",
    parts: Collection[str] = PARTS,
    conflict: Tensor | None = None,
) -> Tensor:
    """Modulated gradients of M modalities; for a pair,

    g_i^mod = r̃_i 𝒢_k[γ_l P_i^(k) + (1 − γ_l) g_i^(k)] + (1 − γ_g) O_i,

    computed as g_i^mod(k) = Σ_j A_ij^(k) g_j^(k) with the matrices of `mixing_matrix`.
    Shapes: gradients (M, ..., d), energies (M,) or (M, ...) → (M, ..., d). Options: the form of
    Orth ('linear' is Eq. 13 with its indices put right, 'exact' solves problem (12), 'printed' is
    Eq. 13 as it stands); the gates' slope; r̃ on the Syn part only (scale='base', as printed) or on
    the whole step ('all'); the parts switched on; another nonConflict coordinate (M, M, ...) in r̃
    and γ_g, say `plane.logit_conflict`. For M > 2 the pair rule is averaged over the partners.
    Lengths: as `block_gram`; below its range a gradient counts as zero.
    Raises: ValueError for bad shapes and unknown options. Source: Eq. 15.
    """
    gram = block_gram(gradients, blocks)
    matrix = mixing_matrix(
        gram, energy, orth=orth, slope=slope, scale=scale, parts=parts, conflict=conflict
    )
    return mix(matrix.to(gradients.dtype), gradients)
