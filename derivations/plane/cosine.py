"""Eq. 6: the cosine of two gradients, its range, and where it is undefined."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof, agree
from derivations.plane.formulas import NONCONFLICT

a, b, t, u = sp.symbols("a b t u", positive=True)
s = sp.Symbol("s", real=True)

cosine = Claim(
    id="plane-cosine",
    place="Eq. 6",
    title="The nonConflict coordinate lies in [−1, 1] and does not change when a gradient is "
    "scaled",
    statement=r"c_{ij} = \frac{g_i^\top g_j}{\|g_i\| \|g_j\|} \in [-1, 1], \quad "
    r"c(t g_i, u g_j) = c(g_i, g_j) \text{ for } t, u > 0",
    condition=r"g_i \ne 0 \text{ and } g_j \ne 0",
    remark="At a zero gradient there is no value that is the limit from every side. The reference "
    "defines c = 0 there: neither help nor conflict.",
)


@cosine.proof
def _(proof: Proof) -> None:
    gram = sp.Matrix([[a**2, s], [s, b**2]])
    v = sp.Matrix([[b**2, -s]])
    proof.let("Write a = ‖g_i‖, b = ‖g_j‖, s = g_i·g_j and take the vector v = b² g_i − s g_j")
    proof.equal(
        "Its squared length, multiplied out", (v * gram * v.T)[0], b**2 * (a**2 * b**2 - s**2)
    )
    length = sp.Symbol("n", nonnegative=True)
    proof.nonnegative(
        "With n = ‖v‖ that says s² = a²b² − n²/b², so c² is at most 1",
        1 - (a**2 * b**2 - length**2 / b**2) / (a * b) ** 2, length**2 / (a**2 * b**4),
    )  # fmt: skip
    proof.equal(
        "Scaling by t and u leaves the quotient", t * u * s / ((t * a) * (u * b)), s / (a * b)
    )


@cosine.counterexample
def _(proof: Proof) -> None:
    e, x = sp.Matrix([1, 0]), sp.Matrix([0, 1])

    def limit(direction):
        g_i = t * direction
        return sp.limit(g_i.dot(e) / sp.sqrt(g_i.dot(g_i) * e.dot(e)), t, 0, "+")

    proof.let("Let g_j = (1, 0) and let g_i shrink to 0")
    proof.equal("along (1, 0): c tends to", limit(e), 1)
    proof.equal("along (0, 1): c tends to", limit(x), 0)
    proof.refute(
        "A value at g_i = 0 would have to be both",
        sp.Eq(limit(e), limit(x), evaluate=False),
    )


@cosine.numeric(
    NONCONFLICT,
    oracle="pairs built with a known angle between them, in a random frame of R⁵",
    tolerance=1e-14,
    because="a frame from QR is orthonormal to a few eps",
)
def _(formula, rng):
    x, y = np.linalg.qr(rng.normal(size=(5, 2)))[0].T
    angle = rng.uniform(0, np.pi)
    lengths = 10 ** rng.uniform(-3, 3, (2, 1))
    g = lengths * [x, np.cos(angle) * x + np.sin(angle) * y]
    return agree(formula(g), np.cos(angle), scale=1)
