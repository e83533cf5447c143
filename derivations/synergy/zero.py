"""Where Eq. 11 has no limit: at a zero block beside a block that is not zero."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof, agree
from derivations.symbols import b, w_i, w_j
from derivations.synergy.formulas import PROJECTION
from derivations.synergy.scenes import eq11, rows

zero = Claim(
    id="synergy-zero",
    place="after Eq. 15",
    title="The Syn step is differentiable everywhere",
    statement=r"g \mapsto \mathcal P_i^{(k)} = \sqrt{w_i S_k}\, \frac{g_i^{(k)}}{\|g_i^{(k)}\|} "
    r"\;\text{is differentiable}",
    quote="… in a fully differentiable and data-driven manner …",
    corrected=r"g_i^{(k)} \to 0: \quad \mathcal P_i^{(k)} \to \sqrt{w_i}\, \|g_j^{(k)}\|\, u "
    r"\;\text{along the direction}\; u, \;\text{so a limit exists iff}\; g_j^{(k)} \to 0",
    remark="A block can vanish: dead units, dropout, a missing modality. Our code lets 0 stay 0; "
    "then Σ‖P‖² falls short of Σ‖g‖² in that block by w_i ‖g_j‖².",
)


@zero.counterexample
def _(proof: Proof) -> None:
    t = sp.Symbol("t", positive=True)
    half = sp.Rational(1, 2)
    proof.let("One entry per block: g_i = ±t with t → 0, g_j = 1, w_i = 1/2")
    from_right = sp.limit(exact_limit(t, half), t, 0)
    from_left = sp.limit(-exact_limit(t, half), t, 0)
    proof.let("From the right P_i tends to", sp.Symbol("P_+"), from_right)
    proof.let("from the left to", sp.Symbol("P_-"), from_left)
    proof.refute("so it is not even continuous", sp.Eq(from_right, from_left, evaluate=False))


def exact_limit(t: sp.Expr, w: sp.Expr) -> sp.Expr:
    """Length of P_i for a block of length t beside a partner block of length 1."""
    (block,) = eq11(rows([t]), rows([1]), w)
    return block[0]


@zero.proof
def _(proof: Proof) -> None:
    t = sp.Symbol("t", positive=True)
    length = sp.sqrt(w_i * (t**2 + b**2))
    proof.let("Let g_i = t u with a direction u, ‖u‖ = 1; then P_i = √(w_i (t² + b²)) u")
    proof.equal(
        "Its length has a positive limit",
        sp.Limit(length, t, 0),
        sp.sqrt(w_i) * b,
        lambda rest: sp.simplify(rest.doit()),
    )
    proof.positive("Along −u the limit is the opposite vector, this far away", 2 * sp.sqrt(w_i) * b)
    proof.equal(
        "If the partner vanishes too, b = r t with any r ≥ 0, the limit is 0 from everywhere",
        sp.Limit(length.subs(b, sp.Symbol("r", nonnegative=True) * t), t, 0),
        0,
        lambda rest: rest.doit(),
    )
    proof.equal(
        "With '0 stays 0' the block keeps only the partner's share of S = b²: it loses",
        (b**2 - w_j * b**2).subs(w_j, 1 - w_i),
        w_i * b**2,
        sp.expand,
    )


@zero.numeric(
    PROJECTION,
    oracle="the limit along a random direction, from a block of length 1e-9",
    tolerance=1e-12,
    because="the limit is reached with an error of (1e-9)² relative to the partner's length",
)
def _(formula, rng):
    u, partner = rng.normal(size=(2, 3))
    u /= np.sqrt(u @ u)
    w = rng.dirichlet([1, 1])
    limit = np.sqrt(w[0] * (partner @ partner)) * u
    return agree(formula(np.stack([1e-9 * u, partner]), w, 1)[0], limit)
