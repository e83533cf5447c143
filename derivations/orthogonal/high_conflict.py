"""Where conflict is highest, Eq. 13 resolves least of it."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof, agree
from derivations.orthogonal.formulas import LINEAR
from derivations.orthogonal.scene import (
    LINEAR_I,
    LINEAR_J,
    LOAD,
    A,
    cosine,
    inner,
    s,
    square,
    written_out,
)
from derivations.symbols import W, a, b, c, w_i, w_j

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
    "−0.25, −0.9 → −0.46, −0.99 → −0.92. The exact form (orth-exact) resolves every one, but at c "
    "= −1 by deleting a gradient (orth-deletes).",
)


@near.proof
def _(proof: Proof) -> None:
    half = sp.Rational(1, 2)
    balanced = {b: a, A: a**2, s: a**2 * c, w_i: half, w_j: half}
    product = inner(LINEAR_I, LINEAR_J).subs(balanced)
    after = c**3 / (4 - 3 * c**2)
    proof.equal(
        "Equal norms and weights give equal lengths, and the cosine",
        product / square(LINEAR_I).subs(balanced), after, sp.factor,
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
    lengths = square(LINEAR_I) * square(LINEAR_J)
    proof.equal(
        "At c = −1, so s = −ab, the squared inner product is the product of the squared lengths, "
        "for all norms and weights",
        (inner(LINEAR_I, LINEAR_J) ** 2 - lengths).subs(s, -a * b), 0, written_out,
    )  # fmt: skip
    proof.equal(
        "and the inner product is negative: −1 stays −1",
        inner(LINEAR_I, LINEAR_J).subs(s, -a * b), -((a * b) ** 3) * W / A**2, written_out,
    )  # fmt: skip


@near.counterexample
def _(proof: Proof) -> None:
    half = sp.Rational(1, 2)
    balanced = {a: 1, b: 1, w_i: half, w_j: half, s: -sp.Rational(9, 10)}
    total = {a: 2, b: 1, w_i: sp.Rational(1, 4), w_j: sp.Rational(3, 4), s: -2}
    for numbers, text in (
        (balanced, "Equal norms and weights, c = −0.9: |c'| ≤ 0.4"),
        (total, "Norms 2 : 1, weights 1 : 3, c = −1: |c'| ≤ 0.4"),
    ):
        product, first, second = (
            expression.subs(A, LOAD).subs(numbers)
            for expression in (inner(LINEAR_I, LINEAR_J), square(LINEAR_I), square(LINEAR_J))
        )
        proof.refute(
            text,
            sp.Le(abs(product) / sp.sqrt(first * second), sp.Rational(2, 5), evaluate=False),
        )


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
