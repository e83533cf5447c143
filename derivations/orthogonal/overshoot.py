"""What the misprint of Eq. 13 does: A/B times the adjustment that is needed."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof, agree
from derivations.orthogonal.formulas import PRINTED
from derivations.orthogonal.scene import cosine
from derivations.symbols import A, B, W, a, b, c, g_i, g_j, inner, s, square, w_i, w_j

overshoot = Claim(
    id="orth-overshoot",
    place="Eq. 13",
    title="Eq. 13 as printed reduces the interference of the two gradients",
    statement=r"|\cos(\tilde g_i, \tilde g_j)| \le |\cos(g_i, g_j)|",
    quote="reduces gradient interference by promoting directional separation",
    corrected=r"\mathcal O^{\mathrm{printed}} = \frac{A}{B}\, \mathcal O, \quad "
    r"A = w_i\|g_i\|^2 + w_j\|g_j\|^2, \; B = w_i\|g_j\|^2 + w_j\|g_i\|^2; \quad \text{with energy "
    r"shares}\; \frac{A}{B} = \frac{\|g_i\|^4 + \|g_j\|^4}{2\|g_i\|^2\|g_j\|^2}",
    depends=("orth-denominator", "orth-residual-cosine"),
    remark="A factor of 50 at a norm ratio of 10, without bound: the imbalance that the method is "
    "for is where the misprint hurts. Where weights and norms disagree it undershoots instead.",
)


@overshoot.proof
def _(proof: Proof) -> None:
    proof.equal("Printed over right", (-w_j * s / B) / (-w_j * s / A), A / B, sp.factor)
    proof.equal(
        "It exceeds 1 by: positive iff the larger weight has the larger norm",
        A / B - 1, (w_i - w_j) * (a - b) * (a + b) / B, sp.factor,
    )  # fmt: skip
    energy = {w_i: a**2 / (a**2 + b**2), w_j: b**2 / (a**2 + b**2)}
    ratio = (a**4 + b**4) / (2 * a**2 * b**2)
    proof.equal("With energy shares A/B is", (A / B).subs(energy), ratio, sp.factor)
    proof.nonnegative("never below 1", ratio - 1, (a**2 - b**2) ** 2 / (2 * a**2 * b**2), sp.factor)
    proof.positive(
        "and without bound: it exceeds half the squared norm ratio",
        ratio - a**2 / (2 * b**2), b**2 / (2 * a**2), sp.factor,
    )  # fmt: skip
    turned_i, turned_j = g_i - w_j * s / B * g_j, g_j - w_i * s / B * g_i
    proof.equal(
        "The inner product that the printed form leaves",
        inner(turned_i, turned_j), s * (1 - A / B) + W * s**3 / B**2, sp.factor,
    )  # fmt: skip


@overshoot.counterexample
def _(proof: Proof) -> None:
    proof.let("Norms 10 : 1, c = −1/2, w_i the energy share 100/101")
    numbers = {a: 10, b: 1, c: -sp.Rational(1, 2)}
    shares = {w_i: sp.Rational(100, 101), w_j: sp.Rational(1, 101)}
    point = numbers | shares
    turned_i, turned_j = g_i - w_j * s / B * g_j, g_j - w_i * s / B * g_i
    proof.equal(
        "The weak gradient moves by this many times its own length",
        sp.sqrt(square(turned_j - g_j).subs(point)) / 1, 25,
    )  # fmt: skip
    lengths = sp.sqrt(square(turned_i).subs(point)) * sp.sqrt(square(turned_j).subs(point))
    after = inner(turned_i, turned_j).subs(point) / lengths
    proof.true(
        "and the cosine turns from −1/2 to more than 0.9994",
        sp.Gt(after, sp.Rational(9994, 10000), evaluate=False),
    )
    proof.refute("The conflict became smaller", sp.Le(after, sp.Rational(1, 2), evaluate=False))
    against = numbers | {w_i: shares[w_j], w_j: shares[w_i]}
    proof.equal(
        "With the shares exchanged it does next to nothing: A/B is",
        (A / B).subs(against), sp.Rational(200, 10001),
    )  # fmt: skip


@overshoot.numeric(
    PRINTED,
    oracle="(a⁴ + b⁴)/(2a²b²) times the projection onto the partner, shared 1 : 1",
    tolerance=1e-12,
    because="a few products; the norm ratio stays below 30",
)
def _(formula, rng):
    g = rng.normal(size=(2, 4)) * [[rng.uniform(1, 10)], [1]]
    energy = (g**2).sum(axis=1)
    # At energy shares w_i a² : w_j b² = a⁴ : b⁴ divides the work.
    projection = (g @ g[::-1].T).diagonal()[:, None] / energy[::-1, None] * g[::-1]
    part = (energy**2 / (energy**2).sum())[::-1, None]
    factor = (energy**2).sum() / (2 * energy.prod())
    return agree(formula(g, energy / energy.sum()), -factor * part * projection)


@overshoot.numeric(
    PRINTED,
    oracle="the cosine that the counterexample computes exactly",
    tolerance=1e-12,
    because="a few products of numbers below 100",
    samples=1,
)
def _(formula, rng):
    g = np.array([[10, 0], [-0.5, np.sqrt(0.75)]])
    after = cosine(g + formula(g, np.array([100, 1]) / 101))
    return agree(after, 19577 * np.sqrt(95920201) / 191840402)
