"""Which blocks Eq. 11 rewards: the lopsided ones."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof, agree
from derivations.symbols import a, b
from derivations.synergy.cosine_formulas import HELPFUL
from derivations.synergy.scenes import cosine, draw, pair_of, stretched
from derivations.synergy.sums import a_k, b_k

lopsided = Claim(
    id="synergy-lopsided",
    place="ours, on Theorem 2",
    title="Eq. 11 rewards a block's agreement iff the block is at least as lopsided as the whole",
    statement=r"q_k \le p_k \;\Leftrightarrow\; \min\left(\frac{a_k}{b_k}, \frac{b_k}{a_k}\right) "
    r"\le \min\left(\frac{\|g_i\|}{\|g_j\|}, \frac{\|g_j\|}{\|g_i\|}\right)",
    depends=("synergy-theorem2",),
    remark="So if every agreeing block is at least as lopsided as the whole, and every disagreeing "
    "one at most so, the cosine cannot fall. Equally long gradients: every block is.",
)


@lopsided.proof
def _(proof: Proof) -> None:
    x, R, t = (
        sp.Symbol("x", positive=True),
        sp.Symbol("R", positive=True),
        sp.Symbol("t", nonnegative=True),
    )
    u = sp.Symbol("u", nonnegative=True)
    strict = sp.Symbol("u", positive=True)

    def f(ratio):
        return ratio + 1 / ratio

    proof.let("The length ratio of the block", x, a_k / b_k)
    proof.let("and of the whole", R, a / b)
    p_k, q_k = (a_k**2 + b_k**2) / (a**2 + b**2), a_k * b_k / (a * b)
    proof.equal(
        "The weights after and before compare x + 1/x with R + 1/R",
        p_k - q_k,
        a_k * b_k / (a**2 + b**2) * (f(a_k / b_k) - f(a / b)),
    )
    proof.let("x + 1/x is the same for 1/x; so let both be shorter over longer, 0 < x, R ≤ 1")
    R_1 = 1 / (1 + t)
    x_1 = R_1 / (1 + u)
    proof.nonnegative(
        "x ≤ R: with R = 1/(1 + t), x = R/(1 + u) and t, u ≥ 0 the block gains weight",
        f(x_1) - f(R_1),
        u * (t**2 * u + t**2 + 2 * t * u + 2 * t + u) / ((1 + t) * (1 + u)),
    )
    x_2 = 1 / (1 + t)
    R_2 = x_2 / (1 + strict)
    proof.positive(
        "x > R: the same with the letters exchanged and u > 0, so the block loses weight",
        f(R_2) - f(x_2),
        strict
        * (t**2 * strict + t**2 + 2 * t * strict + 2 * t + strict)
        / ((1 + t) * (1 + strict)),
    )


@lopsided.numeric(
    HELPFUL,
    oracle="which block cosines, raised, raise the change of the vectors' cosine",
    tolerance=1e-12,
    because="a comparison: right or wrong; ties have probability zero",
)
def _(formula, rng):
    lengths, _ = draw(rng)
    lengths[0] *= rng.uniform(0.2, 5)
    after = np.broadcast_to(np.hypot(*lengths), (2, 4))

    def change(kappas):
        pair = pair_of(lengths, kappas, np.random.default_rng(0))
        return cosine(stretched(pair, after)) - cosine(pair)

    zero = np.zeros(4)
    raised = [change(zero + row) > change(zero) for row in np.eye(4)]
    return agree(formula(lengths), raised)
