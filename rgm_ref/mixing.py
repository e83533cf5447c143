"""The SynOrth step as block-wise M×M mixing matrices: g_i^mod(k) = Σ_j A_ij^(k) g_j^(k).

The entries depend on the blocks' Gram matrices and on the stored energies alone, never on the
coordinates of a gradient. This is a second route to Eq. 15, and the one a GPU takes.
"""

from collections.abc import Collection

import numpy as np

from rgm_ref._checks import as_energy, as_gradients
from rgm_ref._scaled import safe_divide
from rgm_ref._shapes import Float
from rgm_ref.blocks import split
from rgm_ref.energy import pair_shares
from rgm_ref.plane import balance
from rgm_ref.rebalance import pair_ratio, temper
from rgm_ref.synorth import PARTS, gate

Array = np.ndarray


def mixing_matrix(
    gram: Float[Array, "M M *batch l"],
    energy: Float[Array, "M *_"],
    *,
    orth: str = "linear",
    slope: str = "paper",
    scale: str = "base",
    parts: Collection[str] = PARTS,
) -> Float[Array, "M M *batch l"]:
    """Mixing matrices A^(k) of Eq. 15, with the options of `synorth`.

    Shapes: block Gram matrices (M, M, ..., l), energies (M,) or (M, ...) → (M, M, ..., l). Squares
    the gradients, so it holds for norms within 1e±150. Source: ours, see claim synorth-mixing.
    """
    energy = as_energy(energy)
    energy = energy.reshape(energy.shape + (1,) * (gram.ndim - 2 - energy.ndim))
    matrix = np.zeros_like(gram)
    modalities = len(gram)
    for i in range(modalities):
        for j in range(modalities):
            if i != j:
                own, partner = _pair_row(
                    gram[np.ix_([i, j], [i, j])], energy[[i, j]], orth, slope, scale, parts
                )
                matrix[i, i] += own
                matrix[i, j] += partner
    return matrix / (modalities - 1)


def mix(matrix: Float[Array, "M M *batch l"], gradients: Float[Array, "M *batch d"]) -> Array:
    """Apply the matrices block by block, g_i^(k) ← Σ_j A_ij^(k) g_j^(k).

    Shapes: (M, M, ..., l), (M, ..., d) → (M, ..., d). Source: ours, see claim synorth-mixing.
    """
    mixed = [
        np.einsum("ij...,j...d->i...d", matrix[..., k], block)
        for k, block in enumerate(split(as_gradients(gradients), matrix.shape[-1]))
    ]
    return np.concatenate(mixed, axis=-1)


def _pair_row(gram, energy, orth, slope, scale, parts) -> tuple[Array, Array]:
    """Coefficients of g_i and of g_j in g_i^mod, per block, for the pair (i, j)."""
    total = gram.sum(axis=-1)
    c = _cosine(total)
    w_bar = balance(energy)[0, 1]
    w = pair_shares(energy)[[0, 1], [1, 0]]
    base = np.ones_like(gram[0, 0])
    if "syn" in parts:
        gates = gate(_cosine(gram), w_bar[..., None], slope)
        alpha = safe_divide(
            np.sqrt(w[0][..., None] * (gram[0, 0] + gram[1, 1])), np.sqrt(gram[0, 0])
        )
        base = gates * alpha + (1 - gates)
    r = temper(pair_ratio(energy)[0, 1], c)[..., None] if "ear" in parts else 1
    along, across = _orth_row(total, w, orth) if "orth" in parts else (0 * c, 0 * c)
    open_gate = (1 - gate(c, w_bar, slope)) * (
        1 if scale == "base" else r[..., 0] if "ear" in parts else 1
    )
    return r * base + (open_gate * along)[..., None], (open_gate * across)[..., None] + 0 * base


def _orth_row(total, w, form) -> tuple[Array, Array]:
    """Coefficients of g_i and g_j in O_i, from the 2×2 Gram matrix of the whole gradients.

    exact: O_i = 2 w_i w_j s² / (R(A + R)) g_i − (w_j s / R) g_j with R² = A² − 4 w_i w_j s²,
    which is the linear form with R in place of A, plus what that overshoots.
    """
    (a2, s), (_, b2) = total
    A = w[0] * a2 + w[1] * b2
    if form == "printed":
        return 0 * A, -safe_divide(w[1] * s, w[0] * b2 + w[1] * a2)
    if form == "linear":
        return 0 * A, -safe_divide(w[1] * s, A)
    W = w[0] * w[1]
    R = np.sqrt((w[0] * a2 - w[1] * b2) ** 2 + 4 * W * np.maximum(a2 * b2 - s**2, 0))
    degenerate = R <= 16 * np.finfo(total.dtype).eps * A
    along = safe_divide(2 * W * s**2, R * (A + R))
    return np.where(degenerate, 0, along), -safe_divide(w[1] * s, np.where(degenerate, A, R))


def _cosine(gram) -> Array:
    norms = np.sqrt(gram[0, 0]) * np.sqrt(gram[1, 1])
    return np.clip(safe_divide(gram[0, 1], norms), -1, 1)
