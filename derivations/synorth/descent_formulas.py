"""The formulas of joint descent and their named wrong twins."""

from itertools import permutations

import numpy as np

from derivations.ledger import Formula
from derivations.synorth.descent_pairs import decrease, lost, own_lost
from rgm_ref._scaled import norm
from rgm_ref.energy import shares
from rgm_ref.plane import balance, nonconflict
from rgm_ref.rebalance import ratio
from rgm_ref.synorth import gate, synorth


def _with_orth_times(factor):
    """Eq. 15 with another factor in place of 1 − γ_g."""

    def twin(g, energy, blocks, orth):
        base = decrease(g, energy, blocks, parts={"ear", "syn"})
        c, w_bar = nonconflict(g)[0, 1], balance(energy)[0, 1]
        return base - factor(gate(c, w_bar)) * lost(g, shares(energy), orth)

    return twin


def _pcgrad(g, w, form):
    s = (g[0] * g[1]).sum(axis=-1)
    return s**2 / (g[0] ** 2).sum(axis=-1) + s**2 / (g[1] ** 2).sum(axis=-1)


SEARCHED = Formula("joint decrease, searched", decrease)

LOST = Formula(
    "D, taken away by Orth",
    lost,
    {
        "indices swapped in the denominator (as printed)": lambda g, w, form: lost(g, w, "printed"),
        "PCGrad, both sides": _pcgrad,
        "norms for squared norms": lambda g, w, form: (
            (g[0] * g[1]).sum(axis=-1) ** 2 / (w * norm(g)[..., 0]).sum(axis=0)
        ),
    },
)

DECREASE = Formula(
    "joint decrease",
    lambda g, energy, blocks, orth: decrease(g, energy, blocks, orth=orth),
    {
        "EAR left out": lambda g, energy, blocks, orth: decrease(
            g, energy, blocks, orth=orth, parts={"syn", "orth"}
        ),
        "EAR on the Orth term too": lambda g, energy, blocks, orth: decrease(
            g, energy, blocks, orth=orth, scale="all"
        ),
        "own and partner's energy exchanged": lambda g, energy, blocks, orth: decrease(
            g, energy[::-1], blocks, orth=orth
        ),
        "cosine of the whole for the block cosines": lambda g, energy, blocks, orth: decrease(
            g, energy, 1, orth=orth
        ),
        "indices swapped in Eq. 13 (as printed)": lambda g, energy, blocks, orth: decrease(
            g, energy, blocks, orth="printed"
        ),
        "Orth not gated": _with_orth_times(lambda gamma: 1),
        "Orth gated by γ for 1 − γ": _with_orth_times(lambda gamma: gamma),
    },
)

ORTH_ALONE = Formula(
    "joint decrease without Syn",
    lambda g, energy, orth, parts: decrease(g, energy, 1, orth=orth, parts=parts),
    {
        "Orth not gated": lambda g, energy, orth, parts: (
            decrease(g, energy, 1, parts=parts - {"orth"}) - lost(g, shares(energy), orth)
        ),
        "Orth by PCGrad, both sides": lambda g, energy, orth, parts: (
            decrease(g, energy, 1, parts=parts - {"orth"})
            - (1 - gate(nonconflict(g)[0, 1], balance(energy)[0, 1])) * _pcgrad(g, None, orth)
        ),
    },
)


def _global_ratio(g, energy, blocks):
    """Eq. 7's r over all M modalities in place of the pair's."""
    power = (1 + nonconflict(g)) / 2
    out = 0
    for i, j in permutations(range(len(g)), 2):
        pair, spent = g[[i, j]], energy[[i, j]]
        aligned = synorth(pair, spent, blocks, parts={"syn"})[0]
        turn = synorth(pair, spent, blocks, parts={"orth"})[0] - g[i]
        step = ratio(energy)[i, ..., None] ** power[i, j][..., None] * aligned + turn
        out = out + (g[i] * step).sum(axis=-1)
    return out / (len(g) - 1)


MANY = Formula(
    "joint decrease of many",
    decrease,
    {
        "r over all modalities, Eq. 7": _global_ratio,
        "partners summed, not averaged": lambda g, energy, blocks: (
            (len(g) - 1) * decrease(g, energy, blocks)
        ),
        "EAR left out": lambda g, energy, blocks: decrease(
            g, energy, blocks, parts={"syn", "orth"}
        ),
    },
)

WITHOUT_EAR = Formula(
    "joint decrease without EAR",
    lambda g, energy, blocks, orth: decrease(g, energy, blocks, orth=orth, parts={"syn", "orth"}),
    {
        "EAR left in": lambda g, energy, blocks, orth: decrease(g, energy, blocks, orth=orth),
        "Syn left out": lambda g, energy, blocks, orth: decrease(
            g, energy, blocks, orth=orth, parts={"orth"}
        ),
        "Orth left out": lambda g, energy, blocks, orth: decrease(g, energy, blocks, parts={"syn"}),
    },
)

PRINTED = Formula(
    "joint decrease, Eq. 13 as printed",
    lambda g, energy, blocks: decrease(g, energy, blocks, orth="printed"),
    {
        "Orth not gated": lambda g, energy, blocks: (
            decrease(g, energy, blocks, parts={"ear", "syn"}) - lost(g, shares(energy), "printed")
        ),
        "EAR left out": lambda g, energy, blocks: decrease(
            g, energy, blocks, orth="printed", parts={"syn", "orth"}
        ),
        "indices put right": decrease,
    },
)

OWN = Formula(
    "decrease of each modality",
    lambda g, energy, blocks, orth, scale: (
        g * synorth(g, energy, blocks, orth=orth, scale=scale)
    ).sum(axis=-1),
    {
        "indices swapped in Eq. 13 (as printed)": lambda g, energy, blocks, orth, scale: (
            g * synorth(g, energy, blocks, orth="printed", scale=scale)
        ).sum(axis=-1),
        "Orth not gated": lambda g, energy, blocks, orth, scale: (
            (g * synorth(g, energy, blocks, parts={"ear", "syn"})).sum(axis=-1)
            - own_lost(g, shares(energy), orth)
        ),
    },
)


def _through(jacobians, x, y):
    """Σ_k x_kᵀ J_k J_kᵀ y_k."""
    return np.einsum("kdp,kd,kep,ke->", jacobians, x, jacobians, y)


MOVING = Formula(
    "decrease by the weights",
    lambda g, jacobians, energy: _through(jacobians, g, synorth(g, energy, 2)),
    {
        "features for weights, J left out": lambda g, jacobians, energy: decrease(g, energy, 2),
        "squared gain by its trace": lambda g, jacobians, energy: sum(
            (j**2).sum() / len(j) * (x @ y)
            for j, x, y in zip(jacobians, g, synorth(g, energy, 2), strict=True)
        ),
        "the encoders exchanged": lambda g, jacobians, energy: _through(
            jacobians[::-1], g, synorth(g, energy, 2)
        ),
        "raw gradient for the modulated one": lambda g, jacobians, energy: _through(
            jacobians, g, g
        ),
    },
)
