"""Eq. 8: the conflict decides how much of the ratio is applied; for M > 2, whose conflict?"""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof, agree
from derivations.rebalance.formulas import PAIR_RATIO, TEMPER

c = sp.Symbol("c", real=True)
E_i, E_j, t = sp.symbols("E_i E_j t", positive=True)

claim = Claim(
    id="rebalance-temper",
    place="Eq. 8",
    title="The more the gradients agree, the more of the ratio is applied; at full conflict, none",
    statement=r"\tilde r_i = r_i^{(1 + c)/2} \text{ lies between } 1 \text{ and } r_i "
    r"\text{ and moves monotonically with } c",
    quote="reducing modulation strength when gradients are contradictory",
)


def evaluated(difference: sp.Expr) -> sp.Expr:
    """Substitutions and derivatives carried out."""
    return sp.simplify(difference.doit())


@claim.proof
def _(proof: Proof) -> None:
    r = sp.Symbol("r", positive=True)
    tempered = r ** ((1 + c) / 2)
    proof.equal(
        "At full conflict nothing is left of the ratio", sp.Subs(tempered, c, -1), 1, evaluated
    )
    proof.equal("at full agreement all of it", sp.Subs(tempered, c, 1), r, evaluated)
    slope = sp.log(r) / 2 * tempered
    proof.equal("In between it moves with slope", sp.Derivative(tempered, c), slope, evaluated)
    proof.positive("which is positive for r = 1 + t > 1", slope.subs(r, 1 + t))
    proof.positive(
        "and negative for r = 1/(1 + t) < 1: minus the slope is",
        -slope.subs(r, 1 / (1 + t)),
        sp.log(1 + t) / 2 * (1 + t) ** (-(1 + c) / 2),
        lambda d: sp.powsimp(sp.expand_log(d, force=True), force=True),
    )
    proof.let("so the tempered ratio goes from 1 to r without turning, and stays between them")


@claim.numeric(
    TEMPER,
    oracle="straight line in log r, from 0 at c = −1 to log r at c = 1",
    tolerance=1e-12,
    because="log and exp of numbers below 1e4 lose a factor of about 10 of eps",
)
def _(formula, rng):
    r, conflict = 10 ** rng.uniform(-1, 4, 5), rng.uniform(-1, 1, 5)
    line = [np.interp(at, [-1, 1], [0, np.log(top)]) for at, top in zip(conflict, r, strict=True)]
    return agree(formula(r, conflict) / np.exp(line), np.ones(5))


many = Claim(
    id="rebalance-many",
    place="Eq. 8",
    title="Eq. 8 gives every modality one tempered ratio",
    statement=r"\tilde r_i = r_i^{(1 + c_{ij})/2} \text{ does not depend on the partner } j",
    condition=r"M = 2; \text{ for more modalities we read it pair by pair, } "
    r"\tilde r_{ij} = r_{ij}^{(1 + c_{ij})/2}, \; r_{ij} = \frac{E_i + E_j}{2 E_i}",
    depends=("rebalance-temper",),
    remark="With M > 2 there are M − 1 conflicts c_ij for one r_i. The pairwise reading keeps "
    "every theorem about pairs: for two modalities it is Eq. 8, and each pair has harmonic mean 1.",
)


@many.proof
def _(proof: Proof) -> None:
    k, r = sp.Symbol("k", integer=True), sp.Symbol("r", positive=True)
    energy = sp.IndexedBase("E", positive=True)
    proof.let("With two modalities each has one partner, and c_ij = c_ji is one number")
    proof.equal(
        "Then the pair's ratio is Eq. 7",
        (energy[1] + energy[2]) / (2 * energy[1]),
        sp.Sum(energy[k], (k, 1, 2)) / (2 * energy[1]), lambda d: sp.factor(d.doit()),
    )  # fmt: skip
    proof.let("With more, ask of a pair what Eq. 7 does for all: r_ij E_i = r_ji E_j, so that")
    r_ji = r * E_i / E_j
    proof.solves(
        "harmonic mean 1 leaves one answer for r_ij",
        1 / r + 1 / r_ji - 2, r, (E_i + E_j) / (2 * E_i),
    )  # fmt: skip


@many.counterexample
def _(proof: Proof) -> None:
    energy, g = [1, 5, 6], [sp.Matrix(v) for v in ([1, 0], [1, 0], [-1, 0])]
    proof.let("Three modalities: g_2 = g_1 and g_3 = −g_1, energies 1 : 5 : 6")
    r = sp.Rational(sum(energy), 3 * energy[0])
    tempered = [r ** ((1 + sp.Integer(g[0].dot(g[j]))) / 2) for j in (1, 2)]
    proof.equal("Eq. 7 gives the first modality", r, 4)
    proof.refute(
        "With the partner j = 2 Eq. 8 gives it 4, with the partner j = 3 it gives 1",
        sp.Eq(*tempered, evaluate=False),
    )


@many.numeric(
    PAIR_RATIO,
    oracle="mean energy of the pair over the own energy, pair by pair",
    tolerance=1e-14,
    because="three roundings in each of the two computations",
)
def _(formula, rng):
    energy = 10 ** rng.uniform(-2, 2, 3 + rng.integers(3))
    return agree(
        formula(energy), [[np.mean([own, partner]) / own for partner in energy] for own in energy]
    )
