"""Eq. 13: the paper's closed form has its indices swapped; put right, it solves the linearised problem."""

import sympy as sp

from derivations.ledger import Claim, Proof, agree
from derivations.orthogonal.formulas import LINEAR
from derivations.symbols import A, B, W, a, b, c, g_i, g_j, inner, s, w_i, w_j
from rgm_ref.oracles import nearest_orthogonal


denominator = Claim(
    id="orth-denominator",
    place="Eq. 13",
    title="Eq. 13 is the solution of problem (12) with its constraint linearised",
    statement=r"\mathcal O_i = -\frac{w_j\, g_i^\top g_j}{w_i\|g_j\|^2 + w_j\|g_i\|^2}\, g_j",
    corrected=r"\mathcal O_i = -\frac{w_j\, g_i^\top g_j}{w_i\|g_i\|^2 + w_j\|g_j\|^2}\, g_j",
)


@denominator.proof
def _(proof: Proof) -> None:
    mu, x, y = sp.symbols("mu x y", real=True)
    proof.let(
        "An adjustment across the partner's direction does not help, so O_i = x g_j and O_j = y g_i"
    )
    cost = w_i * x**2 * b**2 + w_j * y**2 * a**2
    constraint = s + inner(x * g_j, g_j) + inner(g_i, y * g_i)
    lagrangian = cost + 2 * mu * constraint
    proof.solves("Stationary in O_i, with multiplier 2μ", sp.diff(lagrangian, x), x, -mu / w_i)
    proof.solves("Stationary in O_j", sp.diff(lagrangian, y), y, -mu / w_j)
    proof.solves(
        "The constraint fixes the multiplier: own weight beside own norm",
        constraint.subs({x: -mu / w_i, y: -mu / w_j}), mu, s * W / A,
    )  # fmt: skip
    proof.equal("So the coefficient x of g_j in O_i is", -(s * W / A) / w_i, -w_j * s / A)
    proof.positive(
        "and the stationary point is the minimum: the cost is convex, the constraint affine",
        w_i * b**2,
    )


@denominator.counterexample
def _(proof: Proof) -> None:
    numbers = {
        a: 10,
        b: 1,
        c: sp.Rational(-1, 2),
        w_i: sp.Rational(100, 101),
        w_j: sp.Rational(1, 101),
    }
    proof.equal(
        "The printed denominator differs from the right one by", A - B, (w_i - w_j) * (a**2 - b**2)
    )
    printed_i, printed_j = g_i - w_j * s / B * g_j, g_j - w_i * s / B * g_i
    left = (s + inner(g_i, printed_j - g_j) + inner(printed_i - g_i, g_j)).subs(numbers)
    proof.refute(
        "At ‖g_i‖ : ‖g_j‖ = 10 : 1, w_i the energy share and c = −1/2, the linearised constraint is not met",
        sp.Eq(left, 0, evaluate=False),
    )


@denominator.numeric(
    LINEAR,
    oracle="SciPy SLSQP and trust-constr on the linearised problem",
    tolerance=1e-6,
    because="the optimizers stop at 1e-12 in the cost, 1e-6 in the argument",
    samples=12,
)
def _(formula, rng):
    g, w = rng.normal(size=(2, 4)) * [[3], [1]], rng.dirichlet([1, 1])
    return agree(formula(g, w), nearest_orthogonal(g, w, rng, starts=1, linearised=True).point)
