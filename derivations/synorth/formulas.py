"""The formulas of SynOrth and their named wrong twins."""

import numpy as np

from derivations.ledger import Formula
from rgm_ref.blocks import block_cosines, block_gram
from rgm_ref.energy import shares
from rgm_ref.mixing import mgda_matrix, mix, mixing_matrix, pcgrad_matrix
from rgm_ref.orthogonal import adjust
from rgm_ref.plane import balance, nonconflict
from rgm_ref.rebalance import ratio, temper
from rgm_ref.synergy import project
from rgm_ref.synorth import gate, synorth

GATE = Formula(
    "Eq. 14",
    gate,
    {
        "the gate turned round, 1 − γ": lambda c, w_bar: 1 - gate(c, w_bar),
        "the slope without its 4": lambda c, w_bar: gate(c, w_bar / 4),
        "tanh for σ": lambda c, w_bar: np.tanh(4 * w_bar * c),
        "the size of the slope, 4 |w̄|": lambda c, w_bar: gate(c, np.abs(w_bar)),
        "a hard threshold at c = 0": lambda c, w_bar: np.heaviside(w_bar * c, 0.5),
    },
)


def parts_of(g, energy, blocks):
    """The pieces of Eq. 15 for a pair: r̃, gates per entry, P, 1 − γ_g, O."""
    w_bar, c = balance(energy)[0, 1], nonconflict(g)[0, 1]
    widths = [len(part) for part in np.array_split(g[0], blocks)]
    gates = np.repeat(gate(block_cosines(g, blocks), w_bar), widths)
    w = shares(energy)
    tempered = temper(ratio(energy), c)[:, None]
    return tempered, gates, project(g, w, blocks), 1 - gate(c, w_bar), adjust(g, w)


def _gates_exchanged(g, energy, blocks):
    r, gates, aligned, opening, turn = parts_of(g, energy, blocks)
    return r * ((1 - gates) * aligned + gates * g) + (1 - opening) * turn


def _one_gate(g, energy, blocks):
    r, _, aligned, opening, turn = parts_of(g, energy, blocks)
    return r * ((1 - opening) * aligned + opening * g) + opening * turn


def _untempered(g, energy, blocks):
    _, gates, aligned, opening, turn = parts_of(g, energy, blocks)
    return ratio(energy)[:, None] * (gates * aligned + (1 - gates) * g) + opening * turn


def _synergy_only(g, energy, blocks):
    r, gates, aligned, opening, turn = parts_of(g, energy, blocks)
    return r * gates * aligned + (1 - gates) * g + opening * turn


def _whole_pair(g, energy, blocks):
    r, gates, aligned, opening, turn = parts_of(g, energy, blocks)
    whole = aligned / np.sqrt(shares(energy))[:, None]
    return r * (gates * whole + (1 - gates) * g) + opening * turn


STEP = Formula(
    "Eq. 15",
    synorth,
    {
        "γ and 1 − γ exchanged": _gates_exchanged,
        "the global gate in every block": _one_gate,
        "r without its exponent": _untempered,
        "r̃ on P alone, the raw part left at 1": _synergy_only,
        "r̃ on the Orth term too": lambda g, e, n: synorth(g, e, n, scale="all"),
        "slope never negative": lambda g, e, n: synorth(g, e, n, slope="clamped"),
        "Eq. 13 as printed": lambda g, e, n: synorth(g, e, n, orth="printed"),
        "energies exchanged": lambda g, e, n: synorth(g, e[::-1], n),
        "blocks ignored": lambda g, e, n: synorth(g, e, 1),
        "partners summed, not averaged": lambda g, e, n: (len(g) - 1) * synorth(g, e, n),
    },
)

SYMMETRIC = Formula(
    "Eq. 15 and its symmetries",
    synorth,
    {
        "blocks of one feature": lambda g, e, n: synorth(g, e, g.shape[-1]),
        "two blocks for three": lambda g, e, n: synorth(g, e, n - 1),
        "lengths, not their squares, added to the energies": lambda g, e, n: synorth(
            g, e + np.linalg.norm(g, axis=-1), n
        ),
    },
)

BOUNDED = Formula(
    "Eq. 15 and its length",
    synorth,
    {
        "r without its exponent": _untempered,
        "P as long as the whole block pair": _whole_pair,
    },
)


def _mixed(g, energy, blocks, **options):
    return mix(mixing_matrix(block_gram(g, blocks), energy, **options), g)


def _mixed_wrong(change):
    """The mixing route with its matrices changed before they are applied."""

    def twin(g, energy, blocks, **options):
        return mix(change(mixing_matrix(block_gram(g, blocks), energy, **options)), g)

    return twin


MIXING = Formula(
    "Eq. 15 as mixing matrices",
    _mixed,
    {
        "rows and columns exchanged": _mixed_wrong(lambda matrix: np.swapaxes(matrix, 0, 1)),
        "the first block's matrix for every block": _mixed_wrong(
            lambda matrix: np.repeat(matrix[..., :1], matrix.shape[-1], axis=-1)
        ),
        "the own block alone": _mixed_wrong(lambda matrix: matrix * np.eye(len(matrix))[..., None]),
        "the whole Gram matrix in every block": lambda g, energy, blocks, **options: mix(
            np.repeat(mixing_matrix(block_gram(g, 1), energy, **options), blocks, axis=-1), g
        ),
        "energies exchanged": lambda g, energy, blocks, **options: _mixed(
            g, energy[::-1], blocks, **options
        ),
    },
)

PCGRAD = Formula(
    "PCGrad as a matrix",
    lambda g, order: pcgrad_matrix(g @ g.T, order) @ g,
    {
        "own norm in the denominator": lambda g, order: (
            g - np.minimum(g[0] @ g[1], 0) * g[::-1] / (g**2).sum(axis=-1, keepdims=True)
        ),
        "projected where they agree too": lambda g, order: (
            g - (g[0] @ g[1]) * g[::-1] / (g[::-1] ** 2).sum(axis=-1, keepdims=True)
        ),
        "order ignored": lambda g, order: pcgrad_matrix(g @ g.T, range(len(g))) @ g,
    },
)

MGDA = Formula(
    "MGDA as a matrix",
    lambda g: mgda_matrix(g @ g.T) @ g,
    {
        "λ and 1 − λ exchanged": lambda g: mgda_matrix(g @ g.T)[:, ::-1] @ g,
        "λ not cut off": lambda g: np.stack(
            [g[1] + (g[1] @ (g[1] - g[0])) / np.sum((g[0] - g[1]) ** 2) * (g[0] - g[1])] * 2
        ),
        "the plain mean": lambda g: np.stack([g.mean(axis=0)] * 2),
    },
)
