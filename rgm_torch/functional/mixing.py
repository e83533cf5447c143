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


class Place(NamedTuple):
    """Where every pair stands: share w_ij, nonConflict c_ij, and how far its gates say 'turn'.

    Shapes: (M, M, ..., 1), and (M, M, ..., l) for the gates of the blocks.
    """

    share: Tensor
    conflict: Tensor
    turn: Tensor  # 1 − γ_g
    block_turn: Tensor  # 1 − γ_l


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
    other, each in one pass over the gradients: a product of all M² terms before their sum would
    take M times their memory. Source: ours, see claim synorth-mixing.
    """
    as_gradients(gradients)
    groups = grouped(gradients, matrix.shape[-1])
    if len(groups) == 1:
        return _mix(matrix, groups[0]).flatten(-2)
    entries = matrix.split([group.shape[-2] for group in groups], dim=-1)
    return torch.cat([_mix(a, g).flatten(-2) for a, g in zip(entries, groups, strict=True)], dim=-1)


def _mix(matrix: Tensor, blocks: Tensor) -> Tensor:
    """Mix blocks (M, ..., l, d) of equal length; a compiler fuses the sums into one pass."""
    entries, modalities = matrix.unsqueeze(-1), len(blocks)
    if torch.compiler.is_compiling():
        return torch.stack([(row * blocks).sum(dim=0) for row in entries])
    entries = entries.flatten(0, 1)  # A_ij is entry M i + j: diagonals are M + 1 apart
    mixed = entries[:: modalities + 1] * blocks
    for offset in range(1, modalities):
        rows = modalities - offset
        above = entries[offset : rows * modalities : modalities + 1]
        below = entries[offset * modalities :: modalities + 1]
        mixed[:rows].addcmul_(above, blocks[offset:])
        mixed[offset:].addcmul_(below, blocks[:rows])
    return mixed


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
    at = place(gram, energy, slope, conflict)
    return placed_matrix(gram, at, orth=orth, scale=scale, parts=parts, present=present)


def place(
    gram: Tensor, energy: Tensor, slope: str = "paper", conflict: Tensor | None = None
) -> Place:
    """Place of every pair on the plane, and its gates there: the first half of `mixing_matrix`.

    Shapes and errors: as `mixing_matrix`. Source: Eqs. 5–6 and 14.
    """
    if gram.ndim < 3 or gram.shape[0] != gram.shape[1] or len(gram) < 2:
        raise ValueError(
            f"gram: got shape {tuple(gram.shape)}, expected (M, M, ..., l) with M >= 2"
        )
    whole = _whole(gram)
    energy = fit_energy(energy, len(gram), tuple(gram.shape[2:-1])).unsqueeze(-1)
    share = _pair_shares(energy).to(gram.dtype)
    balance = 1 - 2 * (share - share.transpose(0, 1)).square()
    c = gram_cosines(whole) if conflict is None else conflict.unsqueeze(-1)
    turn = block_turn = gate(-c, balance, slope)  # σ(−x) = 1 − σ(x), so this is 1 − γ_g
    if whole is not gram or conflict is not None:  # else the one block is the whole, and γ_l is γ_g
        block_turn = gate(-gram_cosines(gram), balance, slope)
    return Place(share, c, turn, block_turn)


def placed_matrix(
    gram: Tensor,
    at: Place,
    *,
    orth: str = "linear",
    scale: str = "base",
    parts: Collection[str] = PARTS,
    present: Tensor | None = None,
) -> Tensor:
    """Mixing matrices of pairs at their places: the second half of `mixing_matrix`.

    Shapes: as `mixing_matrix`. Source: Eq. 15.
    """
    own, partner = _pair_entries(gram, at, orth, scale, parts)
    return _average(own, partner, present).expand_as(gram)


def _whole(gram: Tensor) -> Tensor:
    """Gram matrices (M, M, ..., 1) of the whole gradients."""
    return gram if gram.shape[-1] == 1 else gram.sum(dim=-1, keepdim=True)


def _pair_shares(energy: Tensor) -> Tensor:
    """w_ij = E_i / (E_i + E_j), ½ where both are zero."""
    own = energy.unsqueeze(1)
    return (own / (own + energy)).nan_to_num(0.5)


def _pair_entries(gram, at: Place, orth, scale, parts) -> tuple[Tensor, Tensor]:
    """Coefficients of g_i (M, M, ..., l) and of g_j (M, M, ..., 1) in g_i^mod, all pairs i, j."""
    whole = _whole(gram)
    own = ratio = _ratio(at) if "ear" in parts else torch.ones_like(whole)
    if "syn" in parts:
        # r̃ (γ_l α + 1 − γ_l)
        own = torch.lerp(ratio * _alpha(gram, at.share), ratio, at.block_turn)
    if "orth" not in parts:
        return own, torch.zeros_like(whole)
    turned, partner = _orth_entries(whole, at.share, at.turn, orth)
    if scale == "all":
        turned, partner = ratio * turned, ratio * partner
    return own + turned if orth == "exact" else own, partner


def _ratio(at: Place) -> Tensor:
    """r̃_ij = (2 w_ij)^(−(1 + c) / 2); 1 for a modality that has spent nothing."""
    return (2 * torch.threshold(at.share, 0, 0.5)).rsqrt() ** (1 + at.conflict)


def _alpha(gram: Tensor, share: Tensor) -> Tensor:
    """α_i^(k) = √(w_ij (a² + b²)) / a, 0 where a block is zero."""
    square = squares(gram)
    own = square.unsqueeze(1)
    return (share * (own + square) / torch.threshold(own, 0, torch.inf)).sqrt()


def _orth_entries(whole, share, turn, form) -> tuple[Tensor | float, Tensor]:
    """Coefficients of g_i and g_j in (1 − γ_g) O_i, from the Gram matrix of the whole gradients.

    linear: O_i = −(w_j s / A) g_j, A = w_i a² + w_j b²; printed: A = w_i b² + w_j a².
    exact, with p = w_i a² / A and R² = (1 − 2p)² + 4 p (1 − p)(1 − c²), the squared gap by A:
    O_i = 2 p (1 − p) c² / (R (1 + R)) g_i − (w_j s / (A R)) g_j. A Gram matrix holds R² to eps and
    no better; where R ≤ 4 √eps the pair counts as degenerate and the linear form stands in.
    """
    square, limits = squares(whole), torch.finfo(whole.dtype)
    weighted = share * (square if form == "printed" else square.unsqueeze(1))
    total = (weighted + weighted.transpose(0, 1)).clamp_min(limits.tiny)
    along = turn * share.transpose(0, 1) * whole / -total
    if form != "exact":
        return 0.0, along
    p = weighted / total
    spread = 4 * p * (1 - p)
    cosine2 = gram_cosines(whole).square()
    gap2 = (1 - 2 * p).square() + spread * (1 - cosine2)
    degenerate = gap2 <= 16 * limits.eps
    gap = torch.where(degenerate, 1, gap2).sqrt()
    own = turn * spread * cosine2 / (2 * gap * (1 + gap))
    return torch.where(degenerate, 0, own), along / gap


def _average(own: Tensor, partner: Tensor, present: Tensor | None) -> Tensor:
    """Matrices (M, M, ..., l) of the pair rule, averaged over the partners that are there."""
    others = len(partner) - 1
    eye = torch.eye(len(partner), dtype=torch.bool, device=partner.device)
    eye = eye.reshape(eye.shape + (1,) * (partner.ndim - 2))
    if present is None:
        total = torch.where(eye, own.masked_fill(eye, 0).sum(dim=1, keepdim=True), partner)
        return total / others if others > 1 else total
    pairs = (present[:, None] & present).unsqueeze(-1) & ~eye
    count = pairs.sum(dim=1, keepdim=True)
    weights = pairs.to(partner.dtype) / count.clamp_min(1)
    diagonal = (weights * own).sum(dim=1, keepdim=True) + (count == 0)
    return torch.where(eye, diagonal, weights * partner)
