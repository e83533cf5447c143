"""SynOrth Grad (Eqs. 14–15): rebalanced, aligned where modalities agree, turned where they fight."""

from collections.abc import Collection

import numpy as np

from rgm_ref._checks import as_energy, as_gradients, one_of
from rgm_ref._shapes import Float
from rgm_ref.blocks import block_cosines, split
from rgm_ref.energy import pair_shares
from rgm_ref.fusion import sigmoid
from rgm_ref.orthogonal import adjust
from rgm_ref.plane import balance, nonconflict
from rgm_ref.rebalance import pair_ratio, temper
from rgm_ref.synergy import project

Array = np.ndarray

PARTS = frozenset({"ear", "syn", "orth"})
SLOPES = ("paper", "clamped")
SCALES = ("base", "all")


def gate(conflict: Array, balance: Array, slope: str = "paper") -> Array:
    """Soft gate γ = σ(q c) with slope q = 4 w̄, or q = 4 max(w̄, 0) when clamped.

    γ near 1 means 'align', near 0 'turn'. With the paper's slope the gate flips where w̄ < 0: see
    claim synorth-flip. Shapes: broadcastable arrays, values in (0, 1). Source: Eq. 14.
    """
    one_of(slope, SLOPES, "slope")
    q = 4 * (np.maximum(balance, 0) if slope == "clamped" else balance)
    return sigmoid(q * conflict)


def synorth(
    gradients: Float[Array, "M *batch d"],
    energy: Float[Array, "M *_"],
    blocks: int = 1,
    *,
    orth: str = "linear",
    slope: str = "paper",
    scale: str = "base",
    parts: Collection[str] = PARTS,
) -> Float[Array, "M *batch d"]:
    """Modulated gradients of M modalities; for a pair,

    g_i^mod = r̃_i 𝒢_k[γ_l P_i^(k) + (1 − γ_l) g_i^(k)] + (1 − γ_g) O_i.

    Shapes: gradients (M, ..., d), energies (M,) or (M, ...) → (M, ..., d). Options: the form of Orth
    ('linear' is Eq. 13 with its indices put right and is continuous everywhere, 'exact' solves
    problem (12), 'printed' is Eq. 13 as it stands); the gates' slope; r̃ on the synergy part only
    (scale='base', as printed) or on the whole step ('all'); the parts switched on. For M > 2 the
    pair rule is averaged over the partners j ≠ i (ours, the paper leaves it open).
    Raises: ValueError for bad shapes and unknown options. Source: Eq. 15.
    """
    g, energy = as_gradients(gradients), as_energy(energy)
    if energy.shape[0] != len(g):
        raise ValueError(f"energy: got {energy.shape[0]} modalities, expected {len(g)}")
    one_of(scale, SCALES, "scale")
    for part in parts:
        one_of(part, PARTS, "parts")
    energy = energy.astype(g.dtype).reshape(energy.shape + (1,) * (g.ndim - 1 - energy.ndim))
    modulated = np.zeros_like(g)
    for i in range(len(g)):
        for j in range(len(g)):
            if i != j:
                pair, spent = g[[i, j]], energy[[i, j]]
                modulated[i] += _first_of_pair(pair, spent, blocks, orth, slope, scale, parts)
    return modulated / (len(g) - 1)


def _first_of_pair(g, energy, blocks, orth, slope, scale, parts) -> Array:
    """Eq. 15 for the first modality of a pair (2, ..., d)."""
    c, w_bar = nonconflict(g)[0, 1], balance(energy)[0, 1]
    shares = pair_shares(energy)[[0, 1], [1, 0]]
    step = g[0]
    if "syn" in parts:
        step = _blend(g, project(g, shares, blocks), blocks, w_bar, slope)
    r = temper(pair_ratio(energy)[0, 1], c)[..., None] if "ear" in parts else 1
    turn = 0
    if "orth" in parts:
        turn = (1 - gate(c, w_bar, slope))[..., None] * adjust(g, shares, orth)[0]
    return r * (step + turn) if scale == "all" else r * step + turn


def _blend(g, projected, blocks, w_bar, slope) -> Array:
    """𝒢_k[γ_l P_i^(k) + (1 − γ_l) g_i^(k)], block by block."""
    gates = gate(block_cosines(g, blocks), w_bar[..., None], slope)
    return np.concatenate(
        [
            gates[..., k, None] * aligned[0] + (1 - gates[..., k, None]) * raw[0]
            for k, (raw, aligned) in enumerate(
                zip(split(g, blocks), split(projected, blocks), strict=True)
            )
        ],
        axis=-1,
    )
