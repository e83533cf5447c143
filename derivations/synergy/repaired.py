"""Theorem 2 repaired: when Eq. 11 cannot lower the cosine, for any number of blocks."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof, agree, bounded
from derivations.symbols import a, b, c
from derivations.synergy.cosine_formulas import BEFORE, EQUALISED
from derivations.synergy.scenes import cosine, draw, pair_of
from derivations.synergy.sums import (
    a_k,
    agreeing,
    b_k,
    by_blocks,
    cosine_after,
    cosine_before,
    linear,
    over_blocks,
    total,
    whole_from_blocks,
)

repaired = Claim(
    id="synergy-repaired",
    place="ours, Theorem 2 repaired",
    title="Equally long gradients without disagreeing blocks cannot lose cosine by Eq. 11",
    statement=r"\|g_i\| = \|g_j\|, \; \kappa_k \ge 0 \;\text{for all}\; k \;\Rightarrow\; "
    r"\cos(\mathcal P_i, \mathcal P_j) \ge \cos(g_i, g_j) + \frac{1}{2} \sum_k \kappa_k "
    r"\left(\frac{a_k}{\|g_i\|} - \frac{b_k}{\|g_j\|}\right)^2, \;"
    r"\text{with equality if no block is zero}",
    depends=("synergy-cosine",),
    remark="Gradients of any lengths obey it once S_k is formed from the unit gradients: one "
    "division repairs Eq. 11. Nothing is gained where blocks are orthogonal or proportional.",
)


@repaired.proof
def _(proof: Proof) -> None:
    x_k, y_k = over_blocks("x", nonnegative=True), over_blocks("y", nonnegative=True)
    of_units = linear({x_k**2: sp.Integer(1), y_k**2: sp.Integer(1)})
    S_k = x_k**2 + y_k**2
    proof.let("Divide each gradient by its length; its blocks are then this long", x_k, a_k / a)
    proof.let("and the partner's", y_k, b_k / b)
    proof.equal("The squares of one gradient's blocks sum to 1", total(a_k**2 / a**2), 1, by_blocks)
    proof.let("Let κ_k ≥ 0 be the block cosines; l, the number of blocks, is any")
    before, after = total(x_k * y_k * agreeing), total(S_k * agreeing) / total(S_k)
    proof.let("The cosine before", c, before)
    proof.let("and after Eq. 11, formed from the unit gradients", sp.Symbol("c'"), after)
    proof.equal("All the energy is 2", total(S_k), 2, of_units)
    proof.nonnegative(
        "Per block: its weight q_k before is at most its weight p_k after (AM–GM)",
        S_k / 2 - x_k * y_k,
        (x_k - y_k) ** 2 / 2,
    )
    proof.nonnegative(
        "Summed, the change is visibly not negative",
        after - before,
        total((x_k - y_k) ** 2 * agreeing) / 2,
        of_units,
    )
    proof.equal(
        "If the gradients are equally long, a = b, Eq. 11 as printed has the same weights p_k",
        ((a * x_k) ** 2 + (a * y_k) ** 2) / (a**2 + a**2),
        S_k / 2,
    )


@repaired.proof
def _(proof: Proof) -> None:
    present = sp.Symbol("S_i", positive=True)
    u, v = sp.symbols("u v", nonnegative=True)
    S = present + u
    proof.let("Zero blocks stay zero, with κ_k = 0, and P_i, P_j miss their shares of them")
    proof.let(
        "‖P_i‖² is then w_i S_i, ‖P_j‖² is w_j S_j with S_i = S − u and S_j = S − v",
        sp.Symbol("S"),
        S,
    )
    proof.nonnegative(
        "so the cosine has the denominator √(S_i S_j) in place of S: zero blocks only raise it",
        S**2 - present * (S - v),
        u * S + v * present,
    )


@repaired.proof
def _(proof: Proof) -> None:
    proof.let(
        "Neither hypothesis can be dropped: a = b = 25 with κ = (1, −1), blocks (24, 7), (20, 15)"
    )
    x, y, disagree = (24, 7), (20, 15), (1, -1)
    change = sum(
        k * sp.Rational((p - q) ** 2, 2 * 625) for p, q, k in zip(x, y, disagree, strict=True)
    )
    proof.true("loses cosine", sp.Lt(change, 0, evaluate=False))
    proof.let("and a ≠ b with κ ≥ 0 loses in claim synergy-theorem2-nonnegative")


@repaired.numeric(
    EQUALISED,
    oracle="cosine of the pair, blocks that never disagree",
    tolerance=1e-12,
    because="four blocks of three entries: about 50 roundings of 1e-16",
    samples=200,
)
def _(formula, rng):
    lengths, cosines = draw(rng, lowest=0)
    lengths[0, 0] *= rng.integers(2)  # a zero block now and then
    pair = pair_of(lengths * [[rng.uniform(1, 30)], [1]], cosines, rng)
    return bounded(cosine(pair), cosine(formula(pair, rng.dirichlet([1, 1]), 4)))


equal = Claim(
    id="synergy-equal-cosines",
    place="ours, on Theorem 2",
    title="If all block cosines are equal, Eq. 11 moves the cosine away from zero, to their value",
    statement=r"\kappa_k = \kappa \;\text{for all}\; k \;\Rightarrow\; \cos(\mathcal P_i, \mathcal "
    r"P_j) = \kappa, \quad |\kappa| \ge |\cos(g_i, g_j)|",
    depends=("synergy-cosine",),
    remark="So evenly spread agreement is enhanced and evenly spread conflict is deepened, or both "
    "left alone where the blocks are proportional already. This is what Cauchy–Schwarz gives, and "
    "perhaps what the paper's appendix had in mind.",
)


@equal.proof
def _(proof: Proof) -> None:
    whole_from_blocks(proof)
    same = sp.Symbol("kappa", real=True)
    proof.equal("After Eq. 11 every weight multiplies one κ", cosine_after(same), same, by_blocks)
    gap = total((a_k / a - b_k / b) ** 2) / 2
    proof.equal(
        "It differs from the cosine before by", same - cosine_before(same), same * gap, by_blocks
    )
    proof.nonnegative("The factor of κ is a sum of squares, 0 iff the blocks are proportional", gap)
    size = sp.Symbol("kappa", nonnegative=True)
    proof.nonnegative("κ ≥ 0: it rises or stays", size - cosine_before(size), size * gap, by_blocks)
    proof.nonnegative(
        "κ ≤ 0, written −|κ|: it falls or stays", cosine_before(-size) + size, size * gap, by_blocks
    )


@equal.numeric(
    BEFORE,
    oracle="cosine of the vectors",
    tolerance=1e-12,
    because="four blocks of three entries: about 50 roundings of 1e-16",
)
def _(formula, rng):
    lengths, cosines = draw(rng)
    return agree(formula(lengths, cosines), cosine(pair_of(lengths, cosines, rng)), scale=1)


@equal.numeric(
    BEFORE,
    oracle="the one block cosine, as a bound",
    tolerance=1e-12,
    because="four blocks of three entries: about 50 roundings of 1e-16",
)
def _(formula, rng):
    lengths, (value,) = draw(rng)[0], rng.uniform(-1, 1, 1)
    return bounded(abs(formula(lengths, np.full(4, value))), abs(value))
