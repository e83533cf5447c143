"""Gradient surgery as mixing matrices: g_i^mod(k) = Σ_j A_ij^(k) g_j^(k), block by block.

For SynOrth the entries depend on the blocks' Gram matrices and on the stored energies alone, never
on the coordinates of a gradient. This is a second route to Eq. 15, and the one a GPU takes.
PCGrad and MGDA, which the paper compares with, are such matrices too.
"""

from collections.abc import Collection, Sequence
from itertools import permutations

import numpy as np

from rgm_ref._checks import as_float, as_gradients, fit_energy
from rgm_ref._scaled import safe_divide
from rgm_ref._shapes import Float
from rgm_ref.blocks import split
from rgm_ref.energy import pair_shares
from rgm_ref.plane import balance
from rgm_ref.rebalance import pair_ratio, temper
from rgm_ref.synorth import PARTS, check_options, gate

Array = np.ndarray


def mix(matrix: Float[Array, "M M *batch l"], gradients: Float[Array, "M *batch d"]) -> Array:
    """Apply the matrices block by block, g_i^(k) ← Σ_j A_ij^(k) g_j^(k).

    Shapes: (M, M, ..., l), (M, ..., d) → (M, ..., d). Source: ours, see claim synorth-mixing.
    """
    mixed = [
        np.einsum("ij...,j...d->i...d", matrix[..., k], block)
        for k, block in enumerate(split(as_gradients(gradients), matrix.shape[-1]))
    ]
    return np.concatenate(mixed, axis=-1)


def mixing_matrix(
    gram: Float[Array, "M M *batch l"],
    energy: Float[Array, "M *_"],
    *,
    orth: str = "linear",
    slope: str = "paper",
    scale: str = "base",
    parts: Collection[str] = PARTS,
    conflict: Float[Array, "M M *batch"] | None = None,
) -> Float[Array, "M M *batch l"]:
    """Mixing matrices A^(k) of Eq. 15, with the options of `synorth`.

    Shapes: block Gram matrices (M, M, ..., l), energies (M,) or (M, ...) → (M, M, ..., l). A Gram
    matrix holds squares: gradients below 1e-150 or above 1e150 do not survive in it.
    Raises: ValueError for bad shapes and unknown options. Source: ours, see claim synorth-mixing.
    """
    check_options(orth, slope, scale, parts)
    gram = _as_gram(gram)
    energy = fit_energy(energy, len(gram), gram.shape[2:-1], gram.dtype)
    matrix = np.zeros_like(gram)
    c = (_cosines(gram.sum(axis=-1)) if conflict is None else conflict)[..., None]
    options = (orth, slope, scale, parts)
    for i, j in permutations(range(len(gram)), 2):
        pair = gram[np.ix_([i, j], [i, j])]
        own, partner = _pair_row(pair, energy[[i, j]], c[i, j], *options)
        matrix[i, i] += own
        matrix[i, j] += partner
    return matrix / (len(gram) - 1)


def _pair_row(gram, energy, c, orth, slope, scale, parts) -> tuple[Array, Array]:
    """Coefficients of g_i (..., l) and g_j (..., 1) in g_i^mod, from the Grams (2, 2, ..., l)."""
    whole = gram.sum(axis=-1, keepdims=True)
    w = pair_shares(energy)[[0, 1], [1, 0]][..., None]
    w_bar = balance(energy)[0, 1][..., None]
    own, turn_own, turn_partner, r = np.ones_like(gram[0, 0]), 0 * c, 0 * c, np.ones_like(c)
    if "syn" in parts:
        own = _synergy_entry(gram, w, gate(_cosines(gram)[0, 1], w_bar, slope))
    if "orth" in parts:
        turn_own, turn_partner = (1 - gate(c, w_bar, slope)) * _orth_row(whole, w, orth)
    if "ear" in parts:
        r = temper(pair_ratio(energy)[0, 1][..., None], c)
    if scale == "all":
        turn_own, turn_partner = r * turn_own, r * turn_partner
    return r * own + turn_own, turn_partner


def _synergy_entry(gram, w, gates) -> Array:
    """γ_l α_i^(k) + 1 − γ_l, the factor of every block of g_i."""
    (a2, _), (_, b2) = gram
    alpha = safe_divide(np.sqrt(w[0] * (a2 + b2)), np.sqrt(a2))
    return gates * alpha + 1 - gates


def _orth_row(whole, w, form) -> Array:
    """Coefficients of g_i and g_j in O_i, from the Gram matrix of the whole gradients.

    linear: O_i = −(w_j s / A) g_j.
    exact: O_i = 2 w_i w_j s² / (gap (A + gap)) g_i − (w_j s / gap) g_j, gap² = A² − 4 w_i w_j s².
    A Gram matrix holds gap² to eps A² and no better: the exact form is good to eps (A / gap)², and
    where that is 1/16 or more the pair counts as degenerate and the linear form stands in.
    """
    (a2, s), (_, b2) = whole
    A, W = w[0] * a2 + w[1] * b2, w[0] * w[1]
    if form == "printed":
        return np.stack([0 * A, -safe_divide(w[1] * s, w[0] * b2 + w[1] * a2)])
    linear = np.stack([0 * A, -safe_divide(w[1] * s, A)])
    if form == "linear":
        return linear
    gap = np.sqrt((w[0] * a2 - w[1] * b2) ** 2 + 4 * W * np.maximum(a2 * b2 - s**2, 0))
    exact = np.stack([safe_divide(2 * W * s**2, gap * (A + gap)), -safe_divide(w[1] * s, gap)])
    degenerate = gap <= 4 * np.sqrt(np.finfo(A.dtype).eps) * A
    return np.where(degenerate, linear, exact)


def pcgrad_matrix(gram: Float[Array, "M M"], order: Sequence[int]) -> Float[Array, "M M"]:
    """PCGrad: from ĝ_i = g_i, each j in `order` with ĝ_i·g_j < 0 takes (ĝ_i·g_j / ‖g_j‖²) g_j away.

    Shapes: Gram matrix (M, M) of whole gradients, a permutation of 0 … M − 1 → (M, M). For M ≥ 3
    the order matters. Raises: ValueError for another order. Source: Yu et al. 2020; claim
    synorth-mixing-others.
    """
    gram = _as_gram(gram[..., None])[..., 0]
    if sorted(order) != list(range(len(gram))):
        raise ValueError(f"order: got {order}, expected a permutation of 0 … {len(gram) - 1}")
    matrix = np.eye(len(gram), dtype=gram.dtype)
    for i, row in enumerate(matrix):
        for j in order:
            if j != i and row @ gram[:, j] < 0:
                row[j] -= row @ gram[:, j] / gram[j, j]
    return matrix


def mgda_matrix(gram: Float[Array, "2 2"]) -> Float[Array, "2 2"]:
    """MGDA for a pair: both modalities get λ g_i + (1 − λ) g_j, the shortest point between them.

    λ = (‖g_j‖² − g_i·g_j) / ‖g_i − g_j‖², cut off at 0 and 1; ½ for equal gradients.
    Shapes: Gram matrix (2, 2) → (2, 2), two equal rows. Raises: ValueError for more than a pair.
    Source: Sener & Koltun 2018; claim synorth-mixing-others.
    """
    gram = _as_gram(gram[..., None])[..., 0]
    if len(gram) != 2:
        raise ValueError(f"gram: got {len(gram)} modalities, expected a pair")
    (a2, s), (_, b2) = gram
    apart = a2 + b2 - 2 * s
    share = np.clip((b2 - s) / apart, 0, 1) if apart > 0 else 0.5
    return np.array([[share, 1 - share]] * 2, gram.dtype)


def _as_gram(gram) -> Array:
    """Gram matrices (M, M, ..., l), divided by their largest entry: no matrix here minds."""
    gram = as_float(gram, "gram")
    if gram.ndim < 3 or gram.shape[0] != gram.shape[1] or len(gram) < 2:
        raise ValueError(f"gram: got shape {gram.shape}, expected (M, M, ..., l) with M >= 2")
    return safe_divide(gram, np.abs(gram).max(axis=(0, 1, -1), keepdims=True))


def _cosines(gram) -> Array:
    """Cosines (M, M, ...) from Gram matrices (M, M, ...)."""
    norms = np.sqrt(np.moveaxis(gram.diagonal(), -1, 0))
    return np.clip(safe_divide(gram, norms[:, None] * norms[None, :]), -1, 1)
