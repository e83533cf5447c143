"""SynOrth Grad (Eqs. 14–15): rebalance, align where modalities agree, turn where they fight."""

from collections.abc import Collection
from itertools import permutations

import numpy as np

from rgm_ref._checks import as_gradients, fit_energy, one_of
from rgm_ref._shapes import Float
from rgm_ref.blocks import block_cosines, split
from rgm_ref.energy import pair_shares
from rgm_ref.fusion import sigmoid
from rgm_ref.orthogonal import FORMS, adjust
from rgm_ref.plane import balance, nonconflict
from rgm_ref.rebalance import pair_ratio, temper
from rgm_ref.synergy import project

Array = np.ndarray

PARTS = frozenset({"ear", "syn", "orth"})
SLOPES = ("paper", "clamped")
SCALES = ("base", "all")


def check_options(orth: str, slope: str, scale: str, parts: Collection[str]) -> None:
    """Raise a ValueError that names the option unless every one of them is known."""
    one_of(orth, FORMS, "orth")
    one_of(slope, SLOPES, "slope")
    one_of(scale, SCALES, "scale")
    for part in parts:
        one_of(part, PARTS, "parts")


def gate(conflict: Array, balance: Array, slope: str = "paper") -> Array:
    """Soft gate γ = σ(q c) with slope q = 4 w̄, or q = 4 max(w̄, 0) when clamped.

    γ near 1 means 'align', near 0 'turn'. With the paper's slope the gate flips where w̄ < 0.
    Shapes: broadcastable arrays, values in (0, 1). Raises: ValueError for an unknown slope.
    Source: Eq. 14; claims synorth-flip and synorth-slope.
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
    conflict: Float[Array, "M M *batch"] | None = None,
) -> Float[Array, "M *batch d"]:
    """Modulated gradients of M modalities; for a pair,

    g_i^mod = r̃_i 𝒢_k[γ_l P_i^(k) + (1 − γ_l) g_i^(k)] + (1 − γ_g) O_i.

    Shapes: gradients (M, ..., d), energies (M,) or (M, ...) → (M, ..., d). Options: the form of
    Orth ('linear' is Eq. 13 with its indices put right, 'exact' solves problem (12), 'printed' is
    Eq. 13 as it stands); the gates' slope; r̃ on the Syn part only (scale='base', as printed) or on
    the whole step ('all'); the parts switched on; a coordinate (M, M, ...) that stands in for
    Eq. 6 in r̃ and γ_g, say `plane.logit_conflict`. For M > 2 the pair rule is averaged over the
    partners j ≠ i (ours, the paper leaves it open: claim synorth-many). A zero block stays zero, a
    zero gradient has cosine 0 with everything (claim synorth-zero).
    Raises: ValueError for bad shapes and unknown options. Source: Eq. 15.
    """
    check_options(orth, slope, scale, parts)
    g = as_gradients(gradients)
    energy = fit_energy(energy, len(g), g.shape[1:-1], g.dtype)
    c = nonconflict(g) if conflict is None else conflict
    options = (blocks, orth, slope, scale, parts)
    modulated = np.zeros_like(g)
    for i, j in permutations(range(len(g)), 2):
        modulated[i] += _first_of_pair(g[[i, j]], energy[[i, j]], c[i, j], *options)
    return modulated / (len(g) - 1)


def _first_of_pair(g, energy, c, blocks, orth, slope, scale, parts) -> Array:
    """Eq. 15 for the first modality of a pair (2, ..., d)."""
    shares, w_bar = pair_shares(energy)[[0, 1], [1, 0]], balance(energy)[0, 1]
    step, turn, r = g[0], np.zeros_like(g[0]), np.ones_like(c)[..., None]
    if "syn" in parts:
        step = _blend(g, project(g, shares, blocks), blocks, w_bar, slope)
    if "orth" in parts:
        turn = (1 - gate(c, w_bar, slope))[..., None] * adjust(g, shares, orth)[0]
    if "ear" in parts:
        r = temper(pair_ratio(energy)[0, 1], c)[..., None]
    return r * (step + turn) if scale == "all" else r * step + turn


def _blend(g, projected, blocks, w_bar, slope) -> Array:
    """𝒢_k[γ_l P_i^(k) + (1 − γ_l) g_i^(k)], block by block."""
    gates = gate(block_cosines(g, blocks), w_bar[..., None], slope)
    return np.concatenate(
        [
            gates[..., [k]] * aligned[0] + (1 - gates[..., [k]]) * raw[0]
            for k, (raw, aligned) in enumerate(
                zip(split(g, blocks), split(projected, blocks), strict=True)
            )
        ],
        axis=-1,
    )
