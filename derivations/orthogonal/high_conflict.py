"""Where conflict is highest, Eq. 13 resolves least of it."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof, agree
from derivations.orthogonal.formulas import LINEAR
from derivations.orthogonal.residual import TURNED_I, TURNED_J
from derivations.orthogonal.scene import cosine
from derivations.symbols import A, W, a, b, c, inner, square, w_i, w_j

near = Claim(
    id="orth-near-orthogonal",
    place="Table 3",
    title="Orth makes pairs in high conflict nearly orthogonal",
    statement=r"c \to -1 \;\Rightarrow\; \tilde g_i^\top \tilde g_j \approx 0",
    quote="enforcing near-orthogonality for high-conflict modality gradients",
    corrected=r"\text{Eq. 13, put right, at equal norms and weights: } c' = \frac{c^3}{4-3c^2}, "
    r"\text{ which rises with } c \text{; and } c = -1 \;\Rightarrow\; c' = -1 \text{ whatever "
    r"the norms and weights}",
    depends=("orth-denominator", "orth-residual-cosine"),
    remark="Mild conflict is resolved well, total conflict not at all: −0.5 → −0.038, −0.8 → "
    "−0.25, −0.9 → −0.46, −0.99 → −0.92. The exact form (orth-exact) has no such limit.",
)


@near.proof
def _(proof: Proof) -> None:
    balanced = {b: a, w_i: sp.Rational(1, 2), w_j: sp.Rational(1, 2)}
    product = inner(TURNED_I, TURNED_J).subs(balanced)
    after = c**3 / (4 - 3 * c**2)
    proof.equal(
        "Equal norms and weights give equal lengths, and the cosine",
        product / square(TURNED_I).subs(balanced), after, sp.factor,
    )  # fmt: skip
    theta = sp.Symbol("theta", real=True)
    cos, sin = sp.cos(theta), sp.sin(theta)
    proof.nonnegative(
        "Its slope in c, at c = cos θ, is never negative: more conflict before, more conflict left",
        sp.diff(after, c).subs(c, cos),
        3 * cos**2 * (3 + sin**2) / (1 + 3 * sin**2) ** 2,
        lambda rest: sp.factor(rest.subs(sin**2, 1 - cos**2)),
    )
    for before, left in (("-1/2", "-1/26"), ("-9/10", "-729/1570"), ("-1", "-1")):
        proof.equal(f"c = {before} leaves", after.subs(c, sp.Rational(before)), sp.Rational(left))
    lengths = square(TURNED_I) * square(TURNED_J)
    proof.equal(
        "At c = −1 the squared inner product equals the product of the squared lengths, for all "
        "norms and weights",
        (inner(TURNED_I, TURNED_J) ** 2 - lengths).subs(c, -1), 0, sp.factor,
    )  # fmt: skip
    proof.positive(
        "and the inner product stays negative: −1 stays −1",
        -inner(TURNED_I, TURNED_J).subs(c, -1), (a * b) ** 3 * W / A**2, sp.factor,
    )  # fmt: skip


@near.counterexample
def _(proof: Proof) -> None:
    balanced = {a: 1, b: 1, w_i: sp.Rational(1, 2), w_j: sp.Rational(1, 2)}
    total = {c: -1, a: 2, b: 1, w_i: sp.Rational(1, 4), w_j: sp.Rational(3, 4)}
    for numbers, text in (
        (balanced | {c: -sp.Rational(9, 10)}, "Equal norms and weights, c = −0.9: |c'| ≤ 0.4"),
        (total, "Norms 2 : 1, weights 1 : 3, c = −1: |c'| ≤ 0.4"),
    ):
        lengths = sp.sqrt(square(TURNED_I).subs(numbers) * square(TURNED_J).subs(numbers))
        after = abs(inner(TURNED_I, TURNED_J).subs(numbers)) / lengths
        proof.refute(text, sp.Le(after, sp.Rational(2, 5), evaluate=False))


@near.numeric(
    LINEAR,
    oracle="c³/(4 − 3c²) at equal norms and weights, down to c = −0.999",
    tolerance=1e-11,
    because="at c = −0.999 the lengths lose a factor of 2, the sine of the angle three digits",
)
def _(formula, rng):
    before = rng.uniform(-0.999, 0)
    g = np.array([[1, 0], [before, np.sqrt(1 - before**2)]])
    return agree(
        cosine(g + formula(g, np.array([0.5, 0.5]))), before**3 / (4 - 3 * before**2), scale=1
    )
