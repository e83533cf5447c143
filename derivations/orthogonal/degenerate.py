"""Parallel gradients: the exact form deletes one of them, or has no unique answer."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Formula, Proof, agree
from derivations.orthogonal.formulas import EXACT
from derivations.orthogonal.scene import EXACT_I, EXACT_J, GAP, LOAD, A, R, s, theta, vectors
from derivations.symbols import W, a, b, g_j, w_i, w_j
from rgm_ref.oracles import nearest_orthogonal

deletes = Claim(
    id="orth-deletes",
    place="ours, on Eq. 12",
    title="Of two parallel gradients the exact form keeps the heavier one and deletes the other",
    statement=r"|c| = 1, \; w_i\|g_i\|^2 < w_j\|g_j\|^2 \;\Rightarrow\; \tilde g_i = 0, \; "
    r"\tilde g_j = g_j",
    depends=("orth-exact", "orth-exact-global"),
    remark="At full conflict a modality gets no gradient at all for that sample: the opposite of "
    "balance. The linear form shortens both instead and leaves them parallel.",
)


@deletes.proof
def _(proof: Proof) -> None:
    lead, sign = sp.Symbol("n", positive=True), sp.Symbol("sigma", real=True)
    proof.let("Let g_j = σ (b/a) g_i with σ = ±1, and w_j‖g_j‖² = w_i‖g_i‖² + n with n > 0")
    weight = (w_i * a**2 + lead) / b**2

    def settle(expression):
        signed = sp.fraction(sp.together(expression))[0]
        return sp.rem(sp.expand(signed), sign**2 - 1, sign)

    parallel = {A: LOAD.subs(w_j, weight), s: sign * a * b, w_j: weight}
    proof.equal("The gap squared is then", GAP.subs(parallel), lead**2, settle)
    proof.let("so R = n > 0 and the optimum is unique (orth-exact-global)")

    def along_g_i(row):
        return (row[0] + row[1] * sign * b / a).subs(R, lead).subs(parallel)

    proof.equal("g̃_i, in units of g_i", along_g_i(EXACT_I), 0, settle)
    proof.equal("g̃_j − g_j, in units of g_i", along_g_i(EXACT_J - g_j), 0, settle)


@deletes.numeric(
    EXACT,
    oracle="what it should be: one gradient removed, the other untouched",
    tolerance=1e-13,
    because="projections on one line",
)
def _(formula, rng):
    g = rng.normal(size=4) * np.array([[1], [rng.uniform(0.3, 3) * rng.choice([-1, 1])]])
    w = rng.dirichlet([1, 1])
    lighter = np.argmin(w * (g**2).sum(axis=1))
    expected = np.zeros_like(g)
    expected[lighter] = -g[lighter]
    return agree(formula(g, w), expected)


@deletes.numeric(
    EXACT,
    oracle="SciPy SLSQP and trust-constr from 3 starts",
    tolerance=1e-5,
    because="the optimizers stop at 1e-12 in the cost, 1e-6 in the argument",
    samples=5,
)
def _(formula, rng):
    g = rng.normal(size=3) * np.array([[1], [-rng.uniform(1.5, 3)]])
    w = np.array([0.4, 0.6])
    return agree(formula(g, w), nearest_orthogonal(g, w, rng, starts=3).point)


degenerate = Claim(
    id="orth-degenerate",
    place="ours, on Eq. 12",
    title="Problem (12) has many optima exactly for parallel gradients of equal weight, such as "
    "those of sum fusion",
    statement=r"R = 0 \;\Leftrightarrow\; g_i \parallel g_j \;\text{and}\; w_i\|g_i\|^2 = "
    r"w_j\|g_j\|^2; \quad \text{then the optima are}\; \left\|\tilde g_i - \frac{g_i}{2}\right\| = "
    r"\left\|\frac{g_i}{2}\right\|, \; \tilde g_j = \pm\sqrt{\frac{w_i}{w_j}}\,(g_i - \tilde g_i)",
    depends=("orth-deletes", "orth-exact-global"),
    remark="All of a sphere with the diameter [0, g_i], a circle if d = 2. No choice on it is "
    "continuous, since the two sides of balance delete different gradients. The reference falls "
    "back on Eq. 13 put right, which is continuous but not orthogonal there.",
)


@degenerate.proof
def _(proof: Proof) -> None:
    proof.nonnegative(
        "R², at c = cos θ, is a sum of two terms that are never negative: it is 0 iff both are",
        GAP.subs({A: LOAD, s: a * b * sp.cos(theta)}),
        (w_i * a**2 - w_j * b**2) ** 2 + 4 * W * a**2 * b**2 * sp.sin(theta) ** 2,
        lambda rest: sp.factor(sp.expand(rest).subs(sp.sin(theta) ** 2, 1 - sp.cos(theta) ** 2)),
    )
    proof.let("Sum fusion: g_i = g_j, so equal energies, w_i = w_j, so both are 0: always")
    (g, x, y), dot = vectors("g x y")
    kappa, m = sp.symbols("kappa m", real=True, nonzero=True)
    proof.let("Let g = g_i, g_j = κg with w_i = w_j κ², and x = g̃_i, κy = g̃_j for any g̃")
    price = m * kappa**2 * dot(x - g, x - g) + m * kappa**2 * dot(y - g, y - g)
    proof.equal(
        "The price, with w_j = m and w_i = mκ², is w_i(‖g‖² + ‖x + y − g‖² − 2 x·y)",
        price,
        m * kappa**2 * (dot(g, g) + dot(x + y - g, x + y - g) - 2 * dot(x, y)), sp.expand,
    )  # fmt: skip
    proof.let("So for x ⟂ y it is least iff y = g − x")
    proof.equal(
        "and then x·y = ‖g/2‖² − ‖x − g/2‖²: x ⟂ y iff x is on the sphere through 0 and g",
        dot(x, g - x), dot(g, g) / 4 - dot(x - g / 2, x - g / 2), sp.expand,
    )  # fmt: skip
    proof.let("Every choice on it jumps: by orth-deletes parallel gradients near balance have")
    one = (EXACT_I[0] + EXACT_I[1] * b / a).subs({A: LOAD, s: a * b})
    heavy = sp.Symbol("n", positive=True)
    lighter = {R: heavy, w_j: (w_i * a**2 + heavy) / b**2}
    heavier = {R: heavy, w_i: (w_j * b**2 + heavy) / a**2}
    proof.equal("g̃_i = 0 for every n = w_j‖g_j‖² − w_i‖g_i‖² > 0", one.subs(lighter), 0, sp.factor)
    proof.equal(
        "g̃_i = g_i, in units of g_i, for every n = w_i‖g_i‖² − w_j‖g_j‖² > 0",
        one.subs(heavier), 1, sp.factor,
    )  # fmt: skip


DEGENERATE = Formula(
    "optima of a degenerate pair",
    lambda g, factor, direction: _on_sphere(g, factor, (g + direction) / 2),
    {
        "radius of the sphere doubled": lambda g, factor, direction: _on_sphere(
            g, factor, g / 2 + direction
        ),
        "sphere about 0": lambda g, factor, direction: _on_sphere(g, factor, direction / 2),
        "factor left out": lambda g, factor, direction: _on_sphere(g, 1, (g + direction) / 2),
    },
)


def _on_sphere(g, factor, x):
    return np.stack([x, factor * (g - x)])


@degenerate.numeric(
    DEGENERATE,
    oracle="SciPy's optimal value, and orthogonality, at random points of the sphere",
    tolerance=1e-9,
    because="a cost is flat at its minimum: errors of 1e-6 in the argument give 1e-12",
    samples=8,
)
def _(formula, rng):
    first, factor = rng.normal(size=3), rng.uniform(0.5, 2) * rng.choice([-1, 1])
    g, w = np.stack([first, factor * first]), np.array([factor**2, 1])
    direction = rng.normal(size=3)
    direction *= np.linalg.norm(first) / np.linalg.norm(direction)
    turned = formula(first, factor, direction)
    price = (w[:, None] * (turned - g) ** 2).sum()
    best = nearest_orthogonal(g, w, rng, starts=2).value
    return agree([price, turned[0] @ turned[1]], [best, 0])
