"""What the prose around Eqs. 9–11 says and the formulas do not: smoothness and rotation."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof, agree
from derivations.symbols import c, g_i, g_j, s, square, w_i, w_j
from derivations.synergy.formulas import BLOCK_COSINES, CURVATURE
from derivations.synergy.scenes import (
    draw,
    eq11,
    exact_cosine,
    pair_of,
    rows,
    show_pair,
)
from rgm_ref.synergy import project

scale_i, scale_j = sp.symbols("alpha_i alpha_j", positive=True)

dirichlet = Claim(
    id="synergy-dirichlet",
    place="Eq. 9",
    title="Problem (9) is a Dirichlet energy: it penalises variation between paired blocks",
    statement=r"\sum_k \|\mathcal P_i^{(k)} - g_i^{(k)}\|^2 \;\text{grows with the differences of "
    r"paired blocks}",
    quote="… the general Dirichlet energy, a classical smoothness functional that penalizes "
    "variations between paired gradient blocks",
    corrected=r"\|\alpha_i g_i - g_i\|^2 + \|\alpha_j g_j - g_j\|^2 = (\alpha_i - 1)^2 \|g_i\|^2 + "
    r"(\alpha_j - 1)^2 \|g_j\|^2",
    remark="It is the squared distance from the gradients as they came, one term per block, no two "
    "blocks in a term. What ties the blocks together is the constraint, not the objective.",
)


@dirichlet.counterexample
def _(proof: Proof) -> None:
    x, y = show_pair(proof, rows([1], [2]), rows([3], [-4]))
    variation = sum((p - q).dot(p - q) for p, q in zip(x, y, strict=True))
    proof.true(
        "Paired blocks differ, ‖g_i − g_j‖² block by block", sp.Gt(variation, 0, evaluate=False)
    )
    unchanged = sum((p - p).dot(p - p) for p in (*x, *y))
    proof.refute("but at P = g objective (9) does not see it", sp.Gt(unchanged, 0, evaluate=False))
    mean = [(p + q) / 2 for p, q in zip(x, y, strict=True)]
    moved = sum((m - p).dot(m - p) for p, m in zip((*x, *y), (*mean, *mean), strict=True))
    proof.refute(
        "and where paired blocks are made equal, P = (g_i + g_j)/2, it is not zero",
        sp.Eq(moved, 0, evaluate=False),
    )


@dirichlet.proof
def _(proof: Proof) -> None:
    cost = square(scale_i * g_i - g_i) + square(scale_j * g_j - g_j)
    proof.let("Any two blocks: a pair (i, j), or two neighbours k and k + 1 of one gradient")
    proof.let("Their share of (9), as P = α g", sp.Symbol("D"), cost)
    proof.equal(
        "couples them not at all",
        sp.Derivative(cost, scale_i, scale_j),
        0,
        lambda rest: rest.doit(),
    )
    proof.equal(
        "A Dirichlet energy ‖P_i − P_j‖² of the two would, through their inner product",
        sp.Derivative(square(scale_i * g_i - scale_j * g_j), scale_i, scale_j),
        -2 * s,
        lambda rest: sp.expand(rest.doit()),
    )


@dirichlet.numeric(
    CURVATURE,
    oracle="second differences of objective (9) in α",
    tolerance=1e-6,
    because="the objective is quadratic, so only rounding is left: 1e-16 / step²",
    samples=10,
)
def _(formula, rng):
    g = rng.normal(size=(3, 4))
    step = 1e-2 * np.eye(3)

    def objective(scaling):
        return ((scaling[:, None] * g - g) ** 2).sum()

    at = rng.normal(size=3)
    curvature = [
        [
            (objective(at + p + q) - objective(at + p) - objective(at + q) + objective(at)) / 1e-4
            for q in step
        ]
        for p in step
    ]
    return agree(formula(g), curvature)


rotation = Claim(
    id="synergy-no-rotation",
    place="after Eq. 11",
    title="Syn aligns the directions of the two gradients block by block",
    statement=r"\cos(\mathcal P_i^{(k)}, \mathcal P_j^{(k)}) \ge \cos(g_i^{(k)}, g_j^{(k)}), \;"
    r"\text{greater where they differ}",
    quote="… this synergy-promoting adjustment helps unify gradient directions at a fine-grained "
    "level, …",
    corrected=r"\cos(\mathcal P_i^{(k)}, \mathcal P_j^{(k)}) = \cos(g_i^{(k)}, g_j^{(k)})",
    remark="No block is ever turned, gated or not. The whole gradient turns only because its "
    "blocks change their lengths; with one block (l = 1) Syn changes no direction at all.",
)


@rotation.counterexample
def _(proof: Proof) -> None:
    y = rows([sp.Rational(3, 5), sp.Rational(4, 5)])
    x, y = show_pair(proof, rows([2, 0]), y)
    before, after = exact_cosine(x, y), exact_cosine(eq11(x, y, w_i), eq11(y, x, w_j))
    proof.let("Their cosine", c, before)
    proof.refute("Eq. 11 unifies their directions a little", sp.Gt(after, before, evaluate=False))


@rotation.proof
def _(proof: Proof) -> None:
    t = sp.Symbol("t", nonnegative=True)
    gate = 1 / (1 + t)
    proof.let("In any block Eq. 11 gives P_i = α_i g_i with α_i > 0")
    proof.equal(
        "A gate γ = 1/(1 + t), t ≥ 0, blends P_i and g_i to a multiple of g_i; t = 0 is ungated",
        gate * scale_i * g_i + (1 - gate) * g_i,
        (scale_i + t) / (1 + t) * g_i,
    )
    proof.positive("which is positive", (scale_i + t) / (1 + t))
    proof.let("Positive multiples of g_i and g_j have the cosine of g_i and g_j: κ_k stays")
    proof.let("With one block that block is the whole gradient: no direction changes")


@rotation.numeric(
    BLOCK_COSINES,
    oracle="the block cosines that the pair was built with",
    tolerance=1e-12,
    because="three entries per block: about 20 roundings of 1e-16",
)
def _(formula, rng):
    lengths, cosines = draw(rng)
    P = project(pair_of(lengths, cosines, rng), rng.dirichlet([1, 1]), blocks=4)
    return agree(formula(P, 4), cosines, scale=1)
