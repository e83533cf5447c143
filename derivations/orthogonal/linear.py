"""Eq. 13: its indices are swapped; put right, it solves problem (12) with a straight constraint."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof, agree
from derivations.orthogonal.formulas import LINEAR, PRINTED
from derivations.orthogonal.scene import draw, vectors
from derivations.symbols import A, B, W, a, b, c, g_i, g_j, inner, s, w_i, w_j
from rgm_ref.oracles import nearest_orthogonal
from rgm_ref.orthogonal import adjust

denominator = Claim(
    id="orth-denominator",
    place="Eq. 13",
    title="Eq. 13 is the closed-form solution of problem (12) with its constraint linearised",
    statement=r"\mathcal O_i = -\frac{w_j\, g_i^\top g_j}{w_i\|g_j\|^2 + w_j\|g_i\|^2}\, g_j",
    corrected=r"\mathcal O_i = -\frac{w_j\, g_i^\top g_j}{w_i\|g_i\|^2 + w_j\|g_j\|^2}\, g_j",
    remark="Each weight belongs beside its own norm. Linearised means without the term O_i·O_j; "
    "with it, the solution is another one (claim orth-exact), and neither form below is exact.",
)


@denominator.proof
def _(proof: Proof) -> None:
    mu, x, y, xi = sp.symbols("mu x y xi", real=True)
    (g, h, m, n), dot = vectors("g h m n")
    apart = {dot(h, m): 0, dot(g, n): 0}
    proof.let("Let g = g_i, h = g_j, O_i = x h + m and O_j = y g + n, where m ⟂ h and n ⟂ g")
    O_i, O_j = x * h + m, y * g + n
    proof.equal(
        "The linearised constraint does not see m and n",
        sp.expand(dot(g, h) + dot(g, O_j) + dot(O_i, h)).subs(apart),
        dot(g, h) + x * dot(h, h) + y * dot(g, g), sp.expand,
    )  # fmt: skip
    proof.equal(
        "but the cost does: so m = n = 0",
        sp.expand(w_i * dot(O_i, O_i) + w_j * dot(O_j, O_j)).subs(apart),
        w_i * (x**2 * dot(h, h) + dot(m, m)) + w_j * (y**2 * dot(g, g) + dot(n, n)), sp.expand,
    )  # fmt: skip
    cost = w_i * x**2 * b**2 + w_j * y**2 * a**2
    constraint = s + x * b**2 + y * a**2
    lagrangian = cost + 2 * mu * constraint
    proof.solves("Stationary in x, with multiplier 2μ", sp.diff(lagrangian, x), x, -mu / w_i)
    proof.solves("Stationary in y", sp.diff(lagrangian, y), y, -mu / w_j)
    proof.solves(
        "The constraint fixes the multiplier, with each weight beside its own norm",
        constraint.subs({x: -mu / w_i, y: -mu / w_j}), mu, s * W / A,
    )  # fmt: skip
    best = {x: -w_j * s / A, y: -w_i * s / A}
    proof.equal("So the coefficient x of g_j in O_i is", -(s * W / A) / w_i, best[x])
    proof.equal("and the price is", cost.subs(best), W * s**2 / A, sp.factor)
    other = {x: best[x] + xi, y: best[y] - xi * b**2 / a**2}
    proof.equal("Any other x + ξ that keeps the constraint", constraint.subs(other), 0, sp.factor)
    proof.nonnegative(
        "costs more, so this is the only minimum",
        cost.subs(other) - W * s**2 / A, xi**2 * b**2 * A / a**2, sp.factor,
    )  # fmt: skip


@denominator.counterexample
def _(proof: Proof) -> None:
    numbers = {a: 10, b: 1, c: -sp.Rational(1, 2)}
    numbers |= {w_i: sp.Rational(100, 101), w_j: sp.Rational(1, 101)}
    proof.equal(
        "The printed denominator differs from the right one by", A - B, (w_i - w_j) * (a**2 - b**2)
    )
    printed_i, printed_j = g_i - w_j * s / B * g_j, g_j - w_i * s / B * g_i
    left = (s + inner(g_i, printed_j - g_j) + inner(printed_i - g_i, g_j)).subs(numbers)
    proof.refute(
        "At ‖g_i‖ : ‖g_j‖ = 10 : 1, w_i the energy share and c = −1/2, the linearised constraint "
        "is met",
        sp.Eq(left, 0, evaluate=False),
    )
    product = inner(printed_i, printed_j).subs(numbers)
    proof.refute("or that of problem (12) itself", sp.Eq(product, 0, evaluate=False))


def _linear_system(g, w):
    """The same problem as one system of linear equations for O_i, O_j and the multiplier."""
    size = g.shape[1]
    system = np.zeros((2 * size + 1, 2 * size + 1))
    system[:-1, :-1] = np.diag(np.repeat(2 * w, size))
    system[-1, :-1] = system[:-1, -1] = g[::-1].ravel()
    right = np.zeros(2 * size + 1)
    right[-1] = -(g[0] @ g[1])
    return np.linalg.solve(system, right)[:-1].reshape(g.shape)


@denominator.numeric(
    LINEAR,
    oracle="SciPy SLSQP and trust-constr on the linearised problem",
    tolerance=1e-6,
    because="the optimizers stop at 1e-12 in the cost, 1e-6 in the argument",
    samples=12,
)
def _(formula, rng):
    g, w = draw(rng)
    return agree(formula(g, w), nearest_orthogonal(g, w, rng, starts=1, linearised=True).point)


@denominator.numeric(
    LINEAR,
    oracle="the stationarity conditions as one linear system",
    tolerance=1e-10,
    because="the system's condition number reaches 1e5 where a weight is small",
)
def _(formula, rng):
    g, w = draw(rng)
    return agree(formula(g, w), _linear_system(g, w))


PAIRS = np.random.default_rng(0).normal(size=(2, 16, 64))
SHARES = np.array([0.7, 0.3])
denominator.speed(
    "Eq. 13, corrected, 16 pairs of width 64",
    lambda: adjust(PAIRS, SHARES, "linear"),
    lambda: [
        nearest_orthogonal(
            PAIRS[:, n], SHARES, np.random.default_rng(0), 1, linearised=True, methods=("SLSQP",)
        )
        for n in range(PAIRS.shape[1])
    ],
)


agreement = Claim(
    id="orth-agree",
    place="ours, on Eq. 13",
    title="The printed and the right form of Eq. 13 agree only at equal weights, equal norms or no "
    "conflict",
    statement=r"\mathcal O^{\mathrm{printed}} = \mathcal O \;\Leftrightarrow\; w_i = w_j "
    r"\;\text{or}\; \|g_i\| = \|g_j\| \;\text{or}\; g_i^\top g_j = 0",
    depends=("orth-denominator",),
    remark="A test on balanced modalities cannot see the misprint.",
)


@agreement.proof
def _(proof: Proof) -> None:
    coefficient = {"right": -w_j * s / A, "printed": -w_j * s / B}
    proof.equal(
        "The coefficients of g_j in O_i, right minus printed, differ by",
        coefficient["right"] - coefficient["printed"],
        w_j * s * (w_i - w_j) * (a - b) * (a + b) / (A * B), sp.factor,
    )  # fmt: skip
    proof.positive("All other factors are positive", w_j * (a + b) / (A * B))
    proof.let("so the difference is 0 iff s = 0, w_i = w_j or a = b; for O_j exchange the names")


@agreement.numeric(
    PRINTED,
    oracle="the linear system of orth-denominator, in the three cases in turn",
    tolerance=1e-10,
    because="the system's condition number reaches 1e5 where a weight is small",
    samples=45,
)
def _(formula, rng):
    g, w = draw(rng)
    case = rng.integers(3)
    if case == 0:
        w = np.array([0.5, 0.5])
    elif case == 1:
        g[1] *= np.linalg.norm(g[0]) / np.linalg.norm(g[1])
    else:
        g[1] -= (g[0] @ g[1]) / (g[0] @ g[0]) * g[0]
    return agree(formula(g, w), _linear_system(g, w), scale=np.abs(g).max())
