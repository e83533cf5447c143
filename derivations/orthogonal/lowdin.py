"""The symmetric case of the exact form is an old friend from quantum chemistry."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof, agree
from derivations.orthogonal.formulas import EXACT
from derivations.orthogonal.scene import EXACT_I, GAP, LOAD, A, R, draw, s
from derivations.symbols import a, b, c, w_i, w_j

lowdin = Claim(
    id="orth-lowdin",
    place="ours, on Eq. 12",
    title="Where both sides weigh the same, the exact form is the Löwdin orthogonalisation",
    statement=r"w_i\|g_i\|^2 = w_j\|g_j\|^2 \;\Rightarrow\; \left(\frac{\tilde g_i}{\|\tilde g_i\|}"
    r", \frac{\tilde g_j}{\|\tilde g_j\|}\right) = G^{-1/2} \left(\frac{g_i}{\|g_i\|}, "
    r"\frac{g_j}{\|g_j\|}\right), \quad G \text{ the Gram matrix of the unit gradients}",
    depends=("orth-exact",),
    remark="Löwdin (1950) orthogonalises atomic orbitals so: no order among them, all change "
    "alike, each by half of the angle that exceeds or lacks 90°. It is a polar factor.",
)


@lowdin.proof
def _(proof: Proof) -> None:
    tau, n = sp.Symbol("tau", real=True), sp.Symbol("n", positive=True)
    cosine = 2 * tau / (1 + tau**2)
    sine = (1 - tau**2) / (1 + tau**2)
    proof.let("Half-angle: every c between −1 and 1 is this, for one τ between −1 and 1", c, cosine)
    proof.equal("√(1 − c²) is then the positive", sine**2, 1 - cosine**2, sp.factor)
    balanced = {A: 2 * n, w_i: n / a**2, w_j: n / b**2, s: a * b * cosine}
    proof.let("Let w_i‖g_i‖² = w_j‖g_j‖² = n")
    proof.equal("Then A is", LOAD.subs(balanced), 2 * n)
    proof.equal("and R² is (2n)² (1 − c²)", GAP.subs(balanced), (2 * n * sine) ** 2, sp.factor)
    shown = EXACT_I.subs(R, 2 * n * sine).subs(balanced)
    proof.equal(
        "g̃_i in units of ‖g_i‖ is, on the unit gradients, a multiple of (1, −τ)",
        sp.Matrix([[shown[0], shown[1] * b / a]]),
        1 / (1 - tau**2) * sp.Matrix([[1, -tau]]), sp.factor,
    )  # fmt: skip
    proof.let("Now G with unit diagonal and c beside it; try the symmetric matrix")
    root = sp.sqrt(1 + tau**2) / (1 - tau**2) * sp.Matrix([[1, -tau], [-tau, 1]])
    gram = sp.Matrix([[1, cosine], [cosine, 1]])
    proof.equal("Its square times G is the identity", root * root * gram, sp.eye(2), sp.factor)
    proof.let("With |τ| < 1 it is positive definite, so it is G^(−1/2); its first row is along")
    proof.equal("(1, −τ) as well", root[0, :] / root[0, 0], sp.Matrix([[1, -tau]]), sp.factor)


@lowdin.numeric(
    EXACT,
    oracle="G^(−1/2) by LAPACK's eigenvalues, on pairs with w‖g‖² equal",
    tolerance=1e-10,
    because="the inverse root of a Gram matrix loses 1/(1 − |c|) of its digits, twice",
)
def _(formula, rng):
    g, _ = draw(rng)
    w = 1 / (g**2).sum(axis=1)
    unit = g / np.linalg.norm(g, axis=1, keepdims=True)
    values, axes = np.linalg.eigh(unit @ unit.T)
    turned = g + formula(g, w)
    directions = turned / np.linalg.norm(turned, axis=1, keepdims=True)
    return agree(directions, axes / np.sqrt(values) @ axes.T @ unit)
