"""Gradient surgery as mixing matrices: g_i^mod(k) = Σ_j A_ij^(k) g_j^(k), block by block.

For SynOrth the entries depend on the blocks' Gram matrices and on the stored energies alone: one
pass over the gradients makes the Gram matrices, small algebra on all pairs at once makes the
coefficients, one pass mixes.
"""

from collections.abc import Collection
from typing import NamedTuple

import torch
from torch import Tensor

from rgm_torch.functional._checks import as_gradients, fit_energy, one_of
from rgm_torch.functional.blocks import gram_cosines, grouped, squares
from rgm_torch.functional.others import mgda_matrix as mgda_matrix  # beside these in rgm_ref
from rgm_torch.functional.others import pcgrad_matrix as pcgrad_matrix

PARTS = frozenset({"ear", "syn", "orth"})
SLOPES = ("paper", "clamped")
SCALES = ("base", "all")
FORMS = ("printed", "linear", "exact")


class Coordinates(NamedTuple):
    """Where every pair stands: share w_ij, balance w̄_ij and nonConflict c_ij, each (M, M, ...)."""

    share: Tensor
    balance: Tensor
    conflict: Tensor


def check_options(orth: str, slope: str, scale: str, parts: Collection[str]) -> None:
    """Raise a ValueError that names the option unless every one of them is known."""
    one_of(orth, FORMS, "orth")
    one_of(slope, SLOPES, "slope")
    one_of(scale, SCALES, "scale")
    for part in parts:
        one_of(part, PARTS, "parts")


def gate(conflict: Tensor, balance: Tensor, slope: str = "paper") -> Tensor:
    """Soft gate γ = σ(q c) with slope q = 4 w̄, or q = 4 max(w̄, 0) when clamped.

    γ near 1 means 'align', near 0 'turn'. With the paper's slope the gate flips where w̄ < 0.
    Shapes: broadcastable tensors, values in (0, 1). Raises: ValueError for an unknown slope.
    Source: Eq. 14; claims synorth-flip and synorth-slope.
    """
    one_of(slope, SLOPES, "slope")
    return torch.sigmoid(4 * (balance.clamp_min(0) if slope == "clamped" else balance) * conflict)


def mix(matrix: Tensor, gradients: Tensor) -> Tensor:
    """Apply the matrices block by block, g_i^(k) ← Σ_j A_ij^(k) g_j^(k).

    Shapes: (M, M, ..., l), (M, ..., d) → (M, ..., d). The matrix is applied one diagonal after the
    other, each in one fused pass over the gradients: a product of all M² terms before their sum
    would take M times their memory. Source: ours, see claim synorth-mixing.
    """
    as_gradients(gradients)
    groups = grouped(gradients, matrix.shape[-1])
    if len(groups) == 1:
        return _mix(matrix, groups[0]).flatten(-2)
    entries = matrix.split([group.shape[-2] for group in groups], dim=-1)
    return torch.cat([_mix(a, g).flatten(-2) for a, g in zip(entries, groups, strict=True)], dim=-1)


def _mix(matrix: Tensor, blocks: Tensor) -> Tensor:
    """Mix blocks (M, ..., l, d) of equal length."""
    modalities = len(blocks)
    mixed = _diagonal(matrix, 0) * blocks
    for offset in range(1, modalities):
        rows = modalities - offset
        mixed[:rows].addcmul_(_diagonal(matrix, offset), blocks[offset:])
        mixed[offset:].addcmul_(_diagonal(matrix, -offset), blocks[:rows])
    return mixed


def _diagonal(matrix: Tensor, offset: int) -> Tensor:
    """Entries A_i,i+offset of (M, M, ..., l), as factors (rows, ..., l, 1) of the blocks."""
    return matrix.diagonal(offset, dim1=0, dim2=1).movedim(-1, 0).unsqueeze(-1)


def mixing_matrix(
    gram: Tensor,
    energy: Tensor,
    *,
    orth: str = "linear",
    slope: str = "paper",
    scale: str = "base",
    parts: Collection[str] = PARTS,
    conflict: Tensor | None = None,
    present: Tensor | None = None,
) -> Tensor:
    """Mixing matrices A^(k) of Eq. 15, with the options of `synorth`.

    Shapes: block Gram matrices (M, M, ..., l), energies (M,) or (M, ...), `conflict` (M, M, ...) in
    place of Eq. 6, `present` (M, ...) → (M, M, ..., l). A modality that is absent is nobody's
    partner, and one without partners keeps its gradient. Raises: ValueError for bad shapes and
    unknown options. Source: ours, see claim synorth-mixing.
    """
    check_options(orth, slope, scale, parts)
    if gram.ndim < 3 or gram.shape[0] != gram.shape[1] or len(gram) < 2:
        raise ValueError(
            f"gram: got shape {tuple(gram.shape)}, expected (M, M, ..., l) with M >= 2"
        )
    whole = gram.sum(dim=-1)
    at = coordinates(whole, energy, conflict)
    own, partner = _pair_rows(gram, whole, at, orth, slope, scale, parts)
    return _average(own, partner, present)


def coordinates(whole: Tensor, energy: Tensor, conflict: Tensor | None = None) -> Coordinates:
    """Coordinates of all pairs from the Gram matrix of whole gradients and the energies.

    Shapes: (M, M, ...), energies (M,) or (M, ...) → three tensors broadcastable to (M, M, ...).
    Source: Eqs. 5–6.
    """
    energy = fit_energy(energy, len(whole), tuple(whole.shape[2:]))
    share = _pair_shares(energy).to(whole.dtype)
    balance = 1 - 2 * (share - share.transpose(0, 1)).square()
    return Coordinates(share, balance, gram_cosines(whole) if conflict is None else conflict)


def _pair_shares(energy: Tensor) -> Tensor:
    """w_ij = E_i / (E_i + E_j), ½ where both are zero."""
    total = energy[:, None] + energy
    return torch.where(total > 0, energy[:, None] / total, 0.5)


def _pair_rows(gram, whole, at, orth, slope, scale, parts) -> tuple[Tensor, Tensor]:
    """Coefficients of g_i (M, M, ..., l) and of g_j (M, M, ...) in g_i^mod, for every pair i, j."""
    own, turn_own = gram.new_ones(gram.shape[-1:]), None
    turn_partner = torch.zeros_like(whole)
    if "syn" in parts:
        own = _synergy_entries(gram, at, slope)
    if "orth" in parts:
        turn = 1 - gate(at.conflict, at.balance, slope)
        turn_own, turn_partner = _orth_entries(whole, at.share, turn, orth)
    if "ear" in parts:
        # r_ij = 1 / (2 w_ij); a modality that spent nothing yet has r = 1.
        even = torch.where(at.share > 0, 2 * at.share, 1)
        ratio = even ** (-0.5 - at.conflict / 2)
        own = ratio[..., None] * own
        if scale == "all":
            turn_partner = ratio * turn_partner
            turn_own = None if turn_own is None else ratio * turn_own
    return own if turn_own is None else own + turn_own[..., None], turn_partner


def _synergy_entries(gram, at, slope) -> Tensor:
    """γ_l α_i^(k) + 1 − γ_l with α_i^(k) = √(w_ij (a² + b²)) / a, the factor of every block."""
    square = squares(gram)
    ratio = torch.where(square > 0, square, torch.inf).reciprocal()[:, None]
    alpha = (at.share[..., None] * (square[:, None] + square) * ratio).sqrt()
    gates = gate(gram_cosines(gram), at.balance[..., None], slope)
    return torch.lerp(gram.new_ones(()), alpha, gates)


def _orth_entries(whole, share, turn, form) -> tuple[Tensor | None, Tensor]:
    """Coefficients of g_i and g_j in (1 − γ_g) O_i, from the Gram matrix of the whole gradients.

    linear: O_i = −(w_j s / A) g_j, A = w_i a² + w_j b²; printed: A = w_i b² + w_j a².
    exact, with p = w_i a² / A, q = 1 − p and R² = (p − q)² + 4 p q (1 − c²), the squared gap by A:
    O_i = 2 p q c² / (R (1 + R)) g_i − (w_j s / (A R)) g_j. A Gram matrix holds R² to eps and
    no better; where R ≤ 4 √eps the pair counts as degenerate and the linear form stands in.
    """
    tiny, eps = torch.finfo(whole.dtype).tiny, torch.finfo(whole.dtype).eps
    weighted = share * squares(whole)[slice(None) if form == "printed" else (slice(None), None)]
    total = (weighted + weighted.transpose(0, 1)).clamp_min(tiny)
    along = turn * share.transpose(0, 1) * whole / -total
    if form != "exact":
        return None, along
    p = weighted / total
    q = p.transpose(0, 1)  # 1 − p, but with all its digits where p is near 1
    spread = 4 * p * q
    cosine2 = gram_cosines(whole).square()
    gap = ((p - q).square() + spread * (1 - cosine2)).sqrt()
    degenerate = gap <= 4 * eps**0.5
    gap = torch.where(degenerate, 1, gap)
    own = turn * spread * cosine2 / (2 * gap * (1 + gap))
    return torch.where(degenerate, 0, own), along / gap


def _average(own: Tensor, partner: Tensor, present: Tensor | None) -> Tensor:
    """Matrices (M, M, ..., l) of the pair rule, averaged over the partners that are there."""
    modalities = len(partner)
    eye = torch.eye(modalities, dtype=torch.bool, device=partner.device)
    eye = eye.reshape(eye.shape + (1,) * (partner.ndim - 2))
    own = own.expand(partner.shape + own.shape[-1:])
    if present is None:
        others = 1 / (modalities - 1)
        diagonal = others * own.masked_fill(eye[..., None], 0).sum(dim=1)
    else:
        pairs = present[:, None] & present & ~eye
        count = pairs.sum(dim=1)
        others = pairs / count.clamp_min(1)[:, None]
        diagonal = (others[..., None] * own).sum(dim=1) + (count == 0)[..., None]
    return torch.where(eye[..., None], diagonal[:, None], (others * partner)[..., None])
