"""Where to cut the blocks, and what finer blocks do."""

from itertools import combinations

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof, agree
from derivations.symbols import w_i, w_j
from derivations.synergy.cosine_formulas import AFTER, PARTITION
from derivations.synergy.scenes import cosine, eq11, exact_cosine, rows
from derivations.synergy.sums import S_k, a_k, b_k, kappa, l, linear, over_blocks, total

partition = Claim(
    id="synergy-partition",
    place="ours, on Eq. 11",
    title="The best places to cut the blocks are found exactly by dynamic programming",
    statement=r"\cos(\mathcal P_i, \mathcal P_j) = \frac{1}{\sum S} \sum_k s_k \left( "
    r"\frac{a_k}{b_k} + \frac{b_k}{a_k} \right), \quad s_k = g_i^{(k)\top} g_j^{(k)}",
    depends=("synergy-cosine",),
    remark="d² possible blocks, l rounds: O(d² l). The paper's equal blocks are one choice among "
    "many, and its main text does not give l.",
)


@partition.proof
def _(proof: Proof) -> None:
    s_k = over_blocks("s", real=True)
    proof.let("The block's inner product", s_k, a_k * b_k * kappa)
    proof.equal(
        "What block k adds to the cosine after Eq. 11 depends on that block alone",
        S_k * kappa,
        a_k * b_k * kappa * (a_k / b_k + b_k / a_k),
    )
    proof.equal(
        "and Σ S = ‖g_i‖² + ‖g_j‖² on no cut at all: the cosine is additive over blocks",
        total(a_k * b_k * kappa * (a_k / b_k + b_k / a_k)) / (total(a_k**2) + total(b_k**2)),
        total(S_k * kappa) / total(S_k),
        linear({}),
    )
    proof.let("So with the last cut at m, the blocks before it may be chosen without regard to it")
    proof.let("The best l blocks of n entries: the best l − 1 of the first m and one more, best m")


@partition.numeric(
    PARTITION,
    oracle="every partition tried (brute force)",
    tolerance=1e-12,
    because="seven entries: about 50 roundings of 1e-16",
    samples=30,
)
def _(formula, rng):
    pair, blocks = (
        rng.normal(size=(2, 7)) * 10 ** rng.uniform(-1, 1, (2, 7)),
        int(rng.integers(2, 5)),
    )
    cuts, value = formula(pair, blocks)
    best = max(_aligned(pair, choice) for choice in combinations(range(1, 7), blocks - 1))
    return agree([value, _aligned(pair, cuts)], [best, best], scale=1)


def _aligned(pair, cuts) -> float:
    """Cosine after giving the blocks between the cuts the lengths of Eq. 11 with w_i = 1/2."""
    parts = np.split(pair, cuts, axis=1)
    equal = [
        part / np.linalg.norm(part, axis=1, keepdims=True) * np.linalg.norm(part) for part in parts
    ]
    return cosine(np.concatenate(equal, axis=1))


more = Claim(
    id="synergy-more-blocks",
    place="ours, on Theorem 2",
    title="The finer the blocks, the more Eq. 11 raises the cosine",
    statement=r"\cos_{l'}(\mathcal P_i, \mathcal P_j) \ge \cos_l(\mathcal P_i, \mathcal P_j) "
    r"\;\text{for}\; l' > l",
    corrected=r"\cos_1 = \cos(g_i, g_j), \quad "
    r"\cos_d = 1 - \frac{2}{\sum S} \sum_{t:\, x_t y_t < 0} (x_t^2 + y_t^2), \quad "
    r"\text{not monotone between}",
    depends=("synergy-cosine",),
    remark="At l = d only the signs of the entries are left of the pair: the cosine is 1 iff all "
    "signs agree, however different the gradients: fine blocks erase all other differences.",
)


@more.counterexample
def _(proof: Proof) -> None:
    x = [sp.Rational(n, 1000) for n in (10_000, 10, 1, 1000)]
    y = [sp.Rational(n, 1000) for n in (1, 100, 100, 1000)]
    proof.let("All entries positive, blocks of 4, 2 and 1 entries")
    proof.let("The pair", sp.Symbol("g"), sp.Matrix([x, y]))
    found = []
    for width, about in ((4, "0.0996"), (2, "0.0304"), (1, "1")):
        g_i, g_j = (rows(*(g[t : t + width] for t in range(0, 4, width))) for g in (x, y))
        found.append(exact_cosine(eq11(g_i, g_j, w_i), eq11(g_j, g_i, w_j)))
        blocks = 4 // width
        proof.let(
            f"After Eq. 11 with {blocks} block{'s' * (blocks > 1)}, {about}",
            sp.Symbol(f"c_{blocks}"),
            found[-1],
        )
    proof.refute("Two blocks do at least as well as one", sp.Ge(found[1], found[0], evaluate=False))
    proof.true("though four do better than either", sp.Gt(found[2], found[0], evaluate=False))


@more.proof
def _(proof: Proof) -> None:
    S, c = sp.Symbol("S", positive=True), sp.Symbol("c", real=True)
    one = total(S_k).subs(l, 1)
    proof.equal(
        "One block: its cosine is the cosine of the pair, and its weight is one",
        total(S_k * c).subs(l, 1) / one,
        c,
        lambda rest: sp.simplify(rest.doit()),
    )
    energy, opposed = over_blocks("S", positive=True), over_blocks("o", nonnegative=True)
    proof.let("One entry per block: κ = ±1. Let o_k = 1 where the signs differ, else 0")
    proof.let("so that κ_k = 1 − 2 o_k")
    proof.nonnegative(
        "The cosine falls short of 1 by twice the energy of opposed entries",
        1 - total(energy * (1 - 2 * opposed)) / S,
        2 * total(energy * opposed) / S,
        linear({energy: S}),
    )


@more.numeric(
    AFTER,
    oracle="cosine of the vectors after Eq. 11 entry by entry",
    tolerance=1e-12,
    because="eight entries: about 30 roundings of 1e-16",
)
def _(formula, rng):
    pair = rng.normal(size=(2, 8))
    return agree(
        formula(np.abs(pair), np.sign(pair).prod(axis=0)), _aligned(pair, range(1, 8)), scale=1
    )
