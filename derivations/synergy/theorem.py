"""Theorem 2 as printed: making blocks proportional by Eq. 11 does not always raise the cosine."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof, agree, bounded
from derivations.symbols import a, b, c, w_i, w_j
from derivations.synergy.cosine_formulas import FLOOR, IMPROVEMENT
from derivations.synergy.scenes import (
    cosine,
    draw,
    eq11,
    exact_cosine,
    pair_of,
    rows,
    show_pair,
    stretched,
)
from derivations.synergy.sums import (
    S_k,
    a_k,
    agreeing,
    b_k,
    by_blocks,
    cosine_after,
    cosine_before,
    kappa,
    linear,
    total,
    whole_from_blocks,
)
from rgm_ref.oracles import best_scaling

QUOTE = (
    "Encouraging proportional scaling within corresponding local blocks of two vectors … can "
    "provably improve their overall cosine similarity."
)
c_after = sp.Symbol("c'")
TENTH = sp.Rational(1, 10)

theorem2 = Claim(
    id="synergy-theorem2",
    place="Theorem 2",
    title="Making blocks proportional by Eq. 11 never lowers the cosine of two gradients",
    statement=r"\cos(\mathcal P_i, \mathcal P_j) \ge \cos(g_i, g_j)",
    quote=QUOTE,
    corrected=r"\cos(\mathcal P_i, \mathcal P_j) - \cos(g_i, g_j) = \sum_k (p_k - q_k)\, \kappa_k, "
    r"\quad p_k = \frac{S_k}{\sum S}, \; q_k = \frac{a_k b_k}{\|g_i\| \|g_j\|}",
    depends=("synergy-cosine",),
    remark="Read as 'can sometimes improve', the sentence is true and says nothing. The identity "
    "shows the trade: Eq. 11 scales the old cosine down by the factor 2ab/(a² + b²) and adds "
    "what the lopsided blocks agree on. When it is sure to pay: synergy-repaired.",
)


@theorem2.counterexample
def _(proof: Proof) -> None:
    proof.let("Two blocks of one entry; the first agrees, the second opposes: κ = (1, −1)")
    x, y = show_pair(proof, rows([1], [TENTH]), rows([1], [-1]))
    before = exact_cosine(x, y)
    after = exact_cosine(eq11(x, y, w_i), eq11(y, x, w_j))
    proof.let("Their cosine, 0.6332", c, before)
    proof.let("After Eq. 11, whatever the shares w, 0.3289", c_after, after)
    proof.refute("Theorem 2 wants it not to fall", sp.Ge(after, before, evaluate=False))


@theorem2.proof
def _(proof: Proof) -> None:
    whole_from_blocks(proof)
    before, after = cosine_before(kappa), cosine_after(kappa)
    proof.let("Block by block, the cosine before is", c, before)
    proof.let("and the cosine after Eq. 11 is (claim synergy-cosine)", c_after, after)
    p_k, q_k = S_k / (a**2 + b**2), a_k * b_k / (a * b)
    proof.equal("So the change is", after - before, total((p_k - q_k) * kappa), linear({}))
    proof.equal("The weights p sum to one", total(p_k), 1, by_blocks)
    proof.equal(
        "Written as a trade: the old cosine shrinks, the lopsided blocks' agreement is added",
        after,
        2 * a * b / (a**2 + b**2) * before + total((a_k - b_k) ** 2 * kappa) / (a**2 + b**2),
        by_blocks,
    )


@theorem2.numeric(
    IMPROVEMENT,
    oracle="cosines of the vectors, blocks scaled by SciPy SLSQP",
    tolerance=1e-6,
    because="SLSQP meets the constraints, which fix the answer, to 1e-7",
    samples=12,
)
def _(formula, rng):
    lengths, cosines = draw(rng, blocks=3)
    pair, ratio = pair_of(lengths, cosines, rng), rng.uniform(0.5, 2)
    scaling = best_scaling(lengths, ratio, "corrected", rng, 1, methods=("SLSQP",)).point
    gain = cosine(stretched(pair, scaling * lengths)) - cosine(pair)
    return agree(formula(lengths, cosines), gain, scale=1)


nonnegative = Claim(
    id="synergy-theorem2-nonnegative",
    place="Theorem 2",
    title="If no pair of blocks disagrees, Eq. 11 never lowers the cosine",
    statement=r"\kappa_k \ge 0 \;\text{for all}\; k \;\Rightarrow\; "
    r"\cos(\mathcal P_i, \mathcal P_j) \ge \cos(g_i, g_j)",
    quote=QUOTE,
    corrected=r"\kappa_k \ge 0 \;\text{for all}\; k \;\Rightarrow\; "
    r"\cos(\mathcal P_i, \mathcal P_j) \ge "
    r"\frac{2\|g_i\|\|g_j\|}{\|g_i\|^2 + \|g_j\|^2} \cos(g_i, g_j)",
    depends=("synergy-cosine",),
    remark="The factor is 1 only for equally long gradients. Unequal gradients are the imbalance "
    "that Syn is meant for, so the gap matters. The counterexample meets the bound exactly.",
)


@nonnegative.counterexample
def _(proof: Proof) -> None:
    proof.let("Block 1 is orthogonal and lopsided (10 : 0.1), block 2 is equal: κ = (0, 1)")
    x, y = show_pair(proof, rows([10, 0], [1]), rows([0, TENTH], [1]))
    before = exact_cosine(x, y)
    after = exact_cosine(eq11(x, y, w_i), eq11(y, x, w_j))
    proof.let("Their cosine, 0.0990", c, before)
    proof.let("After Eq. 11 the orthogonal block outweighs the other, 0.0196", c_after, after)
    proof.refute("It fell", sp.Ge(after, before, evaluate=False))
    length_x, length_y = (sp.sqrt(sum(block.dot(block) for block in g)) for g in (x, y))
    factor = 2 * length_x * length_y / (length_x**2 + length_y**2)
    kept = sp.Mul(factor, before, evaluate=False)
    proof.true("and to exactly 2ab/(a² + b²) of itself", sp.Eq(after, kept, evaluate=False))


@nonnegative.proof
def _(proof: Proof) -> None:
    whole_from_blocks(proof)
    proof.let("Let every block cosine be κ_k ≥ 0")
    proof.nonnegative(
        "What Eq. 11 keeps beyond 2ab/(a² + b²) of the cosine is a sum of non-negative terms",
        cosine_after(agreeing) - 2 * a * b / (a**2 + b**2) * cosine_before(agreeing),
        total((a_k - b_k) ** 2 * agreeing) / (a**2 + b**2),
        by_blocks,
    )
    proof.nonnegative(
        "The factor is at most 1, and 1 only for a = b",
        1 - 2 * a * b / (a**2 + b**2),
        (a - b) ** 2 / (a**2 + b**2),
    )


@nonnegative.numeric(
    FLOOR,
    oracle="cosine of the vectors after stretching their blocks",
    tolerance=1e-12,
    because="four blocks: about 50 roundings of 1e-16",
    samples=200,
)
def _(formula, rng):
    lengths, cosines = draw(rng, lowest=0)
    pair, w = pair_of(lengths, cosines, rng), rng.dirichlet([1, 1])
    rescaled = np.sqrt(w[:, None] * (lengths**2).sum(axis=0))
    return bounded(formula(lengths, cosines), cosine(stretched(pair, rescaled)))
