"""PCGrad, MGDA and CAGrad are mixing matrices of the Gram matrix too; OGM-GE and AGM are not."""

import numpy as np
import sympy as sp
from scipy.optimize import minimize_scalar

from derivations.ledger import Claim, Proof, agree
from derivations.symbols import g_i, g_j
from derivations.synorth.formulas import MGDA, PCGRAD

a2, b2 = sp.symbols("a^2 b^2", positive=True)
s = sp.Symbol("s", real=True)
lam = sp.Symbol("lambda", real=True)
GRAM = sp.Matrix([[a2, s], [s, b2]])


def inner(u, v):
    """Inner product of two vectors of the plane, from the Gram entries a², b² and s."""
    return (u * GRAM * v.T)[0, 0]


others = Claim(
    id="synorth-mixing-others",
    place="ours, on Tables 1 and 2",
    title="The other gradient methods are mixing matrices of Gram entries as well",
    statement=r"\text{PCGrad: } A_{ij} = -\frac{\min(s, 0)}{\|g_j\|^2}, \quad \text{MGDA: both "
    r"rows } (\lambda, 1 - \lambda), \; \lambda = \frac{\|g_j\|^2 - s}{\|g_i - g_j\|^2} \text{ "
    r"cut off to } [0, 1]",
    condition=r"\text{the method is PCGrad (for } M \ge 3 \text{ with its order given), MGDA or "
    r"CAGrad; OGM-GE and AGM need the logits as well, and GE adds noise: affine, not linear}",
    depends=("synorth-mixing",),
    remark="CAGrad minimises g_w·g_0 + √φ‖g_w‖ over the simplex, φ ∝ ‖g_0‖²: inner products only. "
    "So one picture, coefficients over Gram entries, can show these methods beside SynOrth.",
)


@others.proof
def _(proof: Proof) -> None:
    turned = g_i - s / b2 * g_j
    proof.let("PCGrad, a pair with s = g_i·g_j < 0: the row of g_i is (1, −s/‖g_j‖²)")
    proof.equal("It leaves nothing along the partner: ĝ_i·g_j is", inner(turned, g_j), 0)
    proof.equal("and is the projection: ĝ_i·(ĝ_i − g_i), what is left times what was taken, is",
                inner(turned, turned - g_i), 0)  # fmt: skip
    step = lam * g_i + (1 - lam) * g_j
    length = inner(step, step)
    proof.let("MGDA: the shortest vector λ g_i + (1 − λ) g_j with 0 ≤ λ ≤ 1")
    apart = inner(g_i - g_j, g_i - g_j)
    best = (b2 - s) / apart
    proof.solves("Its squared length is stationary at one λ", sp.diff(length, lam), lam, best)
    proof.equal("which is its minimum, as the square of the length bends by 2‖g_i − g_j‖² ≥ 0",
                sp.diff(length, lam, 2), 2 * apart, sp.expand)  # fmt: skip
    proof.equal("1 − λ is λ with the roles exchanged", 1 - best, (a2 - s) / apart)
    proof.let("so for s ≤ min(‖g_i‖², ‖g_j‖²) no cut is needed; otherwise the shorter one is it")
    proof.equal("Uncut, both modalities descend equally: step·g_i = step·g_j",
                inner(step, g_i).subs(lam, best), inner(step, g_j).subs(lam, best))  # fmt: skip
    mean = (g_i + g_j) / 2
    proof.let(
        "CAGrad: ḡ + √φ h/‖h‖ for both, where ḡ is the mean and h = λ g_i + (1 − λ) g_j minimises "
        "h·ḡ + √φ ‖h‖, φ ∝ ‖ḡ‖²: all that it asks for is in the Gram matrix,"
    )
    squared = lam**2 * a2 + (1 - lam) ** 2 * b2 + 2 * lam * (1 - lam) * s
    proof.equal("‖h‖², and ‖ḡ‖² at λ = ½,", length, squared, sp.expand)
    proof.equal(
        "and h·ḡ", inner(step, mean), (lam * (a2 + s) + (1 - lam) * (b2 + s)) / 2, sp.expand
    )


@others.counterexample
def _(proof: Proof) -> None:
    proof.let("PCGrad, three tasks: g_1 = (1, 0), g_2 = (−1, 1), g_3 = (−1, −½)")
    g = [sp.Matrix([1, 0]), sp.Matrix([-1, 1]), sp.Matrix([-1, -sp.Rational(1, 2)])]
    proof.refute(
        "The order of the partners does not matter to g_1: second components, (2, 3) and (3, 2)",
        sp.Eq(_surgery(g, (1, 2))[1], _surgery(g, (2, 1))[1], evaluate=False),
    )
    t = sp.Symbol("t", real=True)
    proof.let(
        "OGM-GE, two classes: the modalities' logits (t, 0) and (−t, 0) add up to (0, 0) for every "
        "t, so residual, gradients and Gram matrix are those of t = 0"
    )
    score = sp.exp(t) / (sp.exp(t) + 1)
    discrepancy = score / score.subs(t, -t)
    proof.equal("but the ratio of scores that sets its coefficient is", discrepancy, sp.exp(t))
    proof.refute("The coefficient 1 − tanh(ratio) is the same at t = 1 and t = 2",
                 sp.Eq(1 - sp.tanh(sp.exp(1)), 1 - sp.tanh(sp.exp(2)), evaluate=False))  # fmt: skip


def _surgery(g, order):
    """PCGrad for the first task, in coordinates."""
    turned = g[0]
    for j in order:
        turned = turned - sp.Min(turned.dot(g[j]), 0) / g[j].dot(g[j]) * g[j]
    return turned


@others.numeric(
    PCGRAD,
    oracle="PCGrad as its authors state it: vectors projected one after the other, M = 2 to 5",
    tolerance=1e-11,
    because="the products ĝ_i·g_j come from the Gram matrix, a few eps times its largest entry",
    samples=60,
)
def _(formula, rng):
    g = rng.normal(size=(rng.integers(2, 6), 4))
    order = rng.permutation(len(g))
    expected = g.copy()
    for i, j in ((i, j) for i in range(len(g)) for j in order if i != j):
        expected[i] -= min(expected[i] @ g[j], 0) / (g[j] @ g[j]) * g[j]
    return agree(formula(g, order), expected)


@others.numeric(
    MGDA,
    oracle="SciPy's bounded minimiser of the length of λ g_i + (1 − λ) g_j",
    tolerance=1e-5,
    because="the minimiser's xatol is 1e-8, but a flat minimum is found to √eps only",
    samples=40,
)
def _(formula, rng):
    g = rng.normal(size=(2, 3)) * np.exp(rng.normal(size=(2, 1)))

    def point(share):
        return share * g[0] + (1 - share) * g[1]

    best = minimize_scalar(
        lambda share: point(share) @ point(share),
        bounds=(0, 1), method="bounded", options={"xatol": 1e-9},
    )  # fmt: skip
    return agree(formula(g), [point(best.x)] * 2)


EXAMPLE = np.array([[1.0, 0, 2], [-1, 1, 0.5]])


def _by_search():
    """The shortest vector between the two gradients of the example, found by SciPy."""
    return minimize_scalar(
        lambda share: np.sum((share * EXAMPLE[0] + (1 - share) * EXAMPLE[1]) ** 2),
        bounds=(0, 1), method="bounded",
    )  # fmt: skip


others.speed("MGDA for a pair", lambda: MGDA.right(EXAMPLE), _by_search)
