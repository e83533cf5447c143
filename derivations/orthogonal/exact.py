"""Problem (12) itself, without linearising: a closed form that the paper does not have."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof, agree, bounded
from derivations.orthogonal.formulas import COST, EXACT
from derivations.orthogonal.scene import (
    EXACT_I,
    EXACT_J,
    GAP,
    LINEAR_I,
    LINEAR_J,
    MU,
    O_I,
    O_J,
    A,
    R,
    draw,
    inner,
    s,
    square,
    with_gap,
    written_out,
)
from derivations.symbols import W, a, b, g_i, g_j, w_i, w_j
from rgm_ref.oracles import nearest_orthogonal
from rgm_ref.orthogonal import adjust

exact = Claim(
    id="orth-exact",
    place="ours, on Eq. 12",
    title="Problem (12) has a closed form that makes the gradients exactly orthogonal",
    statement=r"\tilde g_i = \frac{g_i - \frac{\mu}{w_i} g_j}{1 - \frac{\mu^2}{w_i w_j}}, \; \mu = "
    r"\frac{2 s\, w_i w_j}{A + R}, \; R = \sqrt{A^2 - 4 w_i w_j s^2}; \quad \text{that is}\; "
    r"\mathcal O_i = \frac{2 w_i w_j s^2}{R(A+R)}\, g_i - \frac{w_j s}{R}\, g_j",
    depends=("orth-denominator",),
    remark="The second form is Eq. 13 with R in place of A, and gives back along g_i what that "
    "overshoots. R is 0 only in the degenerate pairs of orth-degenerate; that it is the global "
    "minimum is orth-exact-global.",
)


@exact.proof
def _(proof: Proof) -> None:
    mu, p, q, y, z = sp.symbols("mu p q y z", real=True)
    proof.let("Give O_i = p g_i + q g_j and O_j = y g_i + z g_j, and the constraint the factor 2μ")
    o_i, o_j = p * g_i + q * g_j, y * g_i + z * g_j
    lagrangian = w_i * square(o_i) + w_j * square(o_j) + 2 * mu * inner(g_i + o_i, g_j + o_j)
    gram = sp.Matrix([[a**2, s], [s, b**2]])
    proof.equal(
        "The slope of the Lagrangian in (p, q) is the vector w_i O_i + μ g̃_j, up to 2 · Gram",
        sp.Matrix([[sp.diff(lagrangian, p), sp.diff(lagrangian, q)]]),
        2 * (w_i * o_i + mu * (g_j + o_j)) * gram, sp.expand,
    )  # fmt: skip
    proof.let("So w_i O_i = −μ g̃_j and likewise w_j O_j = −μ g̃_i: each moves along the new partner")
    shrink = 1 - mu**2 / W
    turned_i, turned_j = (g_i - mu / w_i * g_j) / shrink, (g_j - mu / w_j * g_i) / shrink
    proof.equal(
        "Both are met by g̃_i = (g_i − (μ/w_i) g_j)/(1 − μ²/W) and its mirror image, W = w_i w_j",
        w_i * (turned_i - g_i) + mu * turned_j, sp.zeros(1, 2), sp.factor,
    )  # fmt: skip
    quadratic = s * mu**2 - A * mu + W * s
    proof.equal(
        "Orthogonality of the two numerators, times W, is a quadratic equation for μ",
        W * inner(g_i - mu / w_i * g_j, g_j - mu / w_j * g_i), quadratic, written_out,
    )  # fmt: skip
    proof.let("With R² the discriminant", R**2, GAP)
    proof.equal("its smaller root is μ = 2sW/(A + R)", quadratic.subs(mu, MU), 0, with_gap)
    proof.equal("It makes the denominator", shrink.subs(mu, MU), 2 * R / (A + R), with_gap)
    proof.equal(
        "and g̃_i − g_i the adjustment O_i of the second form",
        (g_i - MU / w_i * g_j) * (A + R) / (2 * R) - g_i, O_I, with_gap,
    )  # fmt: skip
    proof.equal("The inner product g̃_i · g̃_j is now", inner(EXACT_I, EXACT_J), 0, with_gap)
    proof.equal("O_i is orthogonal to g̃_i", inner(O_I, EXACT_I), 0, with_gap)
    proof.equal("and to O_j: so the linearised constraint is met too", inner(O_I, O_J), 0, with_gap)


@exact.numeric(
    EXACT,
    oracle="SciPy SLSQP and trust-constr on problem (12), 2 starts each",
    tolerance=1e-5,
    because="the optimizers stop at 1e-12 in the cost; the gap R/A, seldom below 0.1, divides it",
    samples=12,
)
def _(formula, rng):
    g, w = draw(rng)
    return agree(formula(g, w), nearest_orthogonal(g, w, rng, starts=2).point)


@exact.numeric(
    EXACT,
    oracle="the first form, with μ from NumPy's polynomial roots",
    tolerance=1e-9,
    because="two roots that nearly meet lose half the digits of their distance",
)
def _(formula, rng):
    g, w = draw(rng)
    product = g[0] @ g[1]
    mu = min(np.roots([product, -(w @ (g**2).sum(axis=1)), w.prod() * product]), key=abs)
    turned = (g - mu / w[:, None] * g[::-1]) / (1 - mu**2 / w.prod())
    return agree(formula(g, w), turned - g)


PAIRS = np.random.default_rng(0).normal(size=(2, 16, 64))
SHARES = np.array([0.7, 0.3])
exact.speed(
    "Orth, exact, 16 pairs of width 64",
    lambda: adjust(PAIRS, SHARES, "exact"),
    lambda: [
        nearest_orthogonal(
            PAIRS[:, n], SHARES, np.random.default_rng(0), starts=1, methods=("SLSQP",)
        )
        for n in range(PAIRS.shape[1])
    ],
)


cost = Claim(
    id="orth-exact-cost",
    place="ours, on Eq. 12",
    title="Exact orthogonality costs ½(A − R): at least as much as the linear form, at most twice",
    statement=r"\frac{w_i w_j s^2}{A} \;\le\; w_i\|\mathcal O_i\|^2 + w_j\|\mathcal O_j\|^2 = "
    r"\frac{A - R}{2} = \mu s \;\le\; \frac{2 w_i w_j s^2}{A}",
    depends=("orth-exact", "orth-denominator"),
    remark="The left side is the price of Eq. 13 put right. Twice that is paid only in the "
    "degenerate pairs, R = 0. The other root of the quadratic costs ½(A + R): the dearest frame.",
)


@cost.proof
def _(proof: Proof) -> None:
    price = w_i * square(O_I) + w_j * square(O_J)
    proof.equal("The price of the exact form", price, (A - R) / 2, with_gap)
    proof.equal("is μ s", MU * s, (A - R) / 2, with_gap)
    linear = w_i * square(LINEAR_I - g_i) + w_j * square(LINEAR_J - g_j)
    proof.equal("That of the linear form", linear, W * s**2 / A, written_out)
    proof.nonnegative(
        "is less by", MU * s - W * s**2 / A, 4 * W**2 * s**4 / (A * (A + R) ** 2), with_gap
    )
    proof.nonnegative(
        "and not less than half", 2 * W * s**2 / A - MU * s, 2 * W * s**2 * R / (A * (A + R)),
        sp.factor,
    )  # fmt: skip
    other = W / MU
    proof.equal("The other root, W/μ,", s * other**2 - A * other + W * s, 0, with_gap)
    proof.equal("costs μ s with that root", other * s, (A + R) / 2, with_gap)


@cost.numeric(
    COST,
    oracle="value of SciPy's optimum of problem (12), SLSQP and trust-constr",
    tolerance=1e-9,
    because="a cost is flat at its minimum: errors of 1e-6 in the argument give 1e-12",
    samples=12,
)
def _(formula, rng):
    g, w = draw(rng)
    return agree(formula(g, w), nearest_orthogonal(g, w, rng, starts=2).value)


@cost.numeric(
    COST,
    oracle="its two bounds",
    tolerance=1e-12,
    because="a few products, relative to A",
    samples=200,
)
def _(formula, rng):
    g, w = draw(rng, width=int(rng.integers(1, 5)))
    A = w @ (g**2).sum(axis=1)
    linear, price = w.prod() * (g[0] @ g[1]) ** 2 / A, formula(g, w)
    return bounded([linear, price], [price, 2 * linear], scale=A)
