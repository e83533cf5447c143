"""PCGrad on a pair: a limit of Orth on one side, and what it does on both."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof, agree
from derivations.orthogonal.formulas import EXACT, LINEAR, PCGRAD
from derivations.orthogonal.scene import (
    GAP,
    LINEAR_I,
    LINEAR_J,
    LOAD,
    O_I,
    O_J,
    A,
    R,
    cosine,
    draw,
    inner,
    s,
    square,
)
from derivations.symbols import a, b, c, g_i, g_j, w_i, w_j


def _projected(x, y):
    """x without its part along y, by least squares."""
    return x - y * np.linalg.lstsq(y[:, None], x, rcond=None)[0]


limit = Claim(
    id="orth-one-sided-limit",
    place="ours, on Eqs. 12–13",
    title="If one weight goes to zero, both right forms become PCGrad on that side alone",
    statement=r"w_i \to 0 \;\Rightarrow\; \tilde g_i \to g_i - \frac{s}{\|g_j\|^2}\, g_j, \quad "
    r"\tilde g_j \to g_j",
    depends=("orth-denominator", "orth-exact"),
    remark="The modality that has received nearly all the energy stays, the starved one is turned: "
    "the opposite of what the paper's text promises (orth-dominant).",
)


@limit.proof
def _(proof: Proof) -> None:
    zero = {A: LOAD.subs(w_i, 0), w_i: 0}
    onto = -s / b**2 * g_j
    proof.equal("R² is continuous, and at w_i = 0", GAP.subs(zero), (w_j * b**2) ** 2)
    proof.let("so R → w_j‖g_j‖² > 0, no denominator vanishes, and limits are values")
    zero[R] = w_j * b**2
    proof.equal("Exact O_i", O_I.subs(zero), onto, sp.factor)
    proof.equal("Exact O_j", O_J.subs(zero), sp.zeros(1, 2), sp.factor)
    proof.equal("Linear O_i", (LINEAR_I - g_i).subs(zero), onto, sp.factor)
    proof.equal("Linear O_j", (LINEAR_J - g_j).subs(zero), sp.zeros(1, 2), sp.factor)
    proof.equal("Now g_i + O_i is orthogonal to g_j", inner(g_i + onto, g_j), 0, sp.factor)


for _form in (EXACT, LINEAR):

    @limit.numeric(
        _form,
        oracle="a least-squares projection, at w_i = 0 and at w_i = 1e-13",
        tolerance=1e-9,
        because="the error is of order w_i times the ratio of squared norms",
    )
    def _(formula, rng):
        g, _ = draw(rng)
        expected = np.stack([_projected(*g) - g[0], np.zeros(4)])
        at_limit, near = (formula(g, np.array([w, 1 - w])) for w in (0, 1e-13))
        return agree([at_limit, near], [expected, expected], scale=np.abs(g).max())


pcgrad = Claim(
    id="orth-pcgrad",
    place="ours, on Fig. 3",
    title="PCGrad on a conflicting pair turns the cosine c into −c",
    statement=r"-1 < c < 0 : \; \hat g_i = g_i - \frac{s}{\|g_j\|^2}\, g_j, \; \hat g_j = g_j - "
    r"\frac{s}{\|g_i\|^2}\, g_i \;\Rightarrow\; \cos(\hat g_i, \hat g_j) = -c, \; \|\hat g_i\| = "
    r"\|g_i\| \sqrt{1-c^2}",
    depends=("orth-one-sided-limit",),
    remark="Each side does the whole work of making the pair orthogonal, so together they do it "
    "twice: PCGrad is Eq. 13 with both shares equal to 1. At c = −1 nothing is left of either.",
)


@pcgrad.proof
def _(proof: Proof) -> None:
    new_i, new_j = g_i - s / b**2 * g_j, g_j - s / a**2 * g_i
    by_angle = {s: a * b * c}
    proof.equal(
        "The new inner product, with c = s/(ab)",
        inner(new_i, new_j), (-s * (1 - c**2)).subs(c, s / (a * b)), sp.factor,
    )  # fmt: skip
    proof.equal("A new squared length", square(new_i).subs(by_angle), a**2 * (1 - c**2), sp.factor)
    proof.equal("and the other", square(new_j).subs(by_angle), b**2 * (1 - c**2), sp.factor)
    sine = sp.Symbol("r", positive=True)
    proof.let("With r = √(1 − c²) > 0 the new lengths are a r and b r")
    quotient = -s * sine**2 / ((a * sine) * (b * sine))
    proof.equal("and the new cosine is", quotient.subs(by_angle), -c)


@pcgrad.numeric(
    PCGRAD,
    oracle="two least-squares projections",
    tolerance=1e-12,
    because="a few products",
)
def _(formula, rng):
    g, _ = draw(rng)
    g[1] *= -np.sign(g[0] @ g[1])
    return agree(formula(g), np.stack([_projected(*g), _projected(*g[::-1])]))


@pcgrad.numeric(
    PCGRAD,
    oracle="−c, from the vectors before",
    tolerance=1e-11,
    because="|c| < 0.99 keeps a tenth of the lengths: one digit of sixteen",
)
def _(formula, rng):
    before = -rng.uniform(0, 0.99)
    g = np.array([[1, 0], [before, np.sqrt(1 - before**2)]]) * rng.uniform(0.1, 3, (2, 1))
    return agree(cosine(formula(g)), -before, scale=1)


aligns = Claim(
    id="orth-pcgrad-aligns",
    place="Fig. 3",
    title="PCGrad enforces alignment of the two modalities' gradients",
    statement=r"\cos(\hat g_i, \hat g_j) > \cos(g_i, g_j) \text{ and } \hat g_i^\top g_j > 0",
    quote="PCGrad explicitly enforces alignment to increase gradient similarity",
    corrected=r"c \ge 0: \hat g_k = g_k; \quad c < 0: \hat g_i^\top g_j = \hat g_j^\top g_i = 0 "
    r"\;\text{and}\; \cos(\hat g_i, \hat g_j) = |c|",
    depends=("orth-pcgrad",),
    remark="Similarity does increase in a conflict, from c to |c|, because both sides correct for "
    "the same conflict; so two strongly opposed gradients end up alike. But a pair that agrees is "
    "never aligned further, and no gradient is turned past the right angle to the partner it was "
    "given.",
)


@aligns.proof
def _(proof: Proof) -> None:
    n, x = sp.Symbol("n", nonnegative=True), sp.Symbol("x", positive=True)
    new_i, new_j = g_i - sp.Min(s, 0) / b**2 * g_j, g_j - sp.Min(s, 0) / a**2 * g_i
    proof.let("PCGrad subtracts min(s, 0)/‖g_j‖² · g_j from g_i, and likewise from g_j")
    proof.equal("s = n ≥ 0: g_i stays", new_i.subs(s, n), g_i)
    proof.equal("and g_j too", new_j.subs(s, n), g_j)
    proof.equal(
        "s = −x < 0: the new g_i is orthogonal to the old g_j, not aligned with it",
        inner(new_i, g_j).subs(s, -x), 0, sp.factor,
    )  # fmt: skip
    proof.equal("and the new g_j to the old g_i", inner(g_i, new_j).subs(s, -x), 0, sp.factor)
    proof.equal(
        "while the two new ones have the inner product",
        inner(new_i, new_j).subs(s, -x), x * (1 - x**2 / (a * b) ** 2), sp.factor,
    )  # fmt: skip
    proof.let("which is the cosine |c| = x/(ab) between lengths a√(1 − c²) and b√(1 − c²)")


@aligns.counterexample
def _(proof: Proof) -> None:
    new_i, new_j = g_i - sp.Min(s, 0) * g_j, g_j - sp.Min(s, 0) * g_i
    unit, half = {a: 1, b: 1}, sp.Rational(1, 2)
    proof.let("Unit gradients at c = 1/2: g_i·g_j ≥ 0, so PCGrad does nothing")
    after = inner(new_i, new_j).subs(unit | {s: half})
    proof.refute("The cosine rises", sp.Gt(after, half, evaluate=False))
    overlap = inner(new_i, g_j).subs(unit | {s: -half})
    proof.refute(
        "At c = −1/2 the new g_i agrees with g_j: ĝ_i·g_j > 0", sp.Gt(overlap, 0, evaluate=False)
    )


@aligns.numeric(
    PCGRAD,
    oracle="agreeing pairs, unchanged; conflicting ones, at right angles to the partner",
    tolerance=1e-12,
    because="a few products",
)
def _(formula, rng):
    g, _ = draw(rng)
    new = formula(g)
    if g[0] @ g[1] >= 0:
        return agree(new, g)
    return agree([new[0] @ g[1], new[1] @ g[0]], [0, 0], scale=np.abs(g[0] @ g[1]))
