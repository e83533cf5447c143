"""What opposed gradients do to the loss: nothing to first order, as no variable is shared."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof, agree
from derivations.plane.formulas import FIRST_ORDER
from derivations.symbols import a, b, c, g_i, g_j, square
from rgm_ref.head import head_gradients, residual, softmax
from rgm_ref.oracles import finite_difference

first_order = Claim(
    id="plane-first-order",
    place="Abstract, Eq. 6",
    title="Modality gradients that point in opposite directions hinder the descent of the loss",
    statement=r"c_{ij} < 0 \;\Rightarrow\; \text{a step } z_k \leftarrow z_k - \eta g_k "
    r"\text{ lowers } \mathcal L \text{ by less than with } c_{ij} > 0",
    quote="modality conflict, where opposing gradient directions hinder optimization",
    corrected=r"\Delta \mathcal L = -\eta \left(\|g_i\|^2 + \|g_j\|^2\right) + O(\eta^2): "
    r"\; c_{ij} \text{ does not occur. Only on shared parameters it does: } "
    r"-\eta \|g_i + g_j\|^2 = -\eta (a^2 + b^2 + 2 a b c)",
    remark="z_i and z_j are different variables, so their gradients never add up. The pair "
    "first meets in the second order, through the mixed derivatives of the loss: see the "
    "claim plane-curvature.",
)


@first_order.proof
def _(proof: Proof) -> None:
    eta = sp.Symbol("eta", positive=True)
    x, y = sp.symbols("x y", real=True)
    loss = sp.Function("L")(x, y)
    g_x, g_y = loss.diff(x), loss.diff(y)
    p, q = sp.symbols("p q", real=True)
    moved = loss.subs({x: x - eta * p, y: y - eta * q}, simultaneous=True)
    slope = moved.diff(eta).subs(eta, 0).doit().subs({p: g_x, q: g_y}).doit()
    proof.let("Let x be any entry of z_i and y any entry of z_j; step with p = ∂L/∂x and q = ∂L/∂y")
    proof.equal(
        "The slope of the loss in η at 0: each entry adds its own square",
        slope, -(g_x**2) - g_y**2, sp.expand,
    )  # fmt: skip
    proof.let(
        "Summed over all entries this is −‖g_i‖² − ‖g_j‖²: no product of an entry of g_i with "
        "one of g_j"
    )
    proof.equal(
        "Were both gradients those of one shared parameter, the product would be there",
        square(g_i + g_j), a**2 + b**2 + 2 * a * b * c, sp.expand,
    )  # fmt: skip


@first_order.counterexample
def _(proof: Proof) -> None:
    eta = sp.Rational(1, 2)
    target = sp.Matrix([3, 4])

    def drop(sign):
        """Loss lowered by one step on L = (‖z_i − t‖² + ‖z_j − sign·t‖²)/2 from z = 0."""
        return sum((m**2 - (m - eta * m) ** 2) / 2 for m in [*target, *(sign * target)])

    proof.let(
        "Two features pulled to targets, L = (‖z_i − t‖² + ‖z_j ∓ t‖²)/2, from z = 0, η = 1/2"
    )
    proof.equal(
        "With one target for both, c = 1, a step lowers the loss by",
        drop(1), sp.Rational(75, 4),
    )  # fmt: skip
    proof.refute(
        "With opposite targets, c = −1, it would have to be less",
        sp.Lt(drop(-1), drop(1), evaluate=False),
    )


@first_order.numeric(
    FIRST_ORDER,
    oracle="central differences of a softmax loss along the joint step",
    tolerance=1e-7,
    because="step 1e-5: truncation of order 1e-10, rounding eps / step of order 1e-11, relative to "
    "slopes near 1",
    samples=20,
)
def _(formula, rng):
    features, heads, target = rng.normal(size=(2, 3)), rng.normal(size=(2, 3, 4)), np.eye(4)[0]

    def logits(z):
        return z[0] @ heads[0] + z[1] @ heads[1]

    g = np.stack(head_gradients(heads, residual(logits(features), target)))
    along = finite_difference(
        lambda eta: -np.log(softmax(logits(features - eta * g)))[0], np.array(0.0)
    )
    return agree(formula(g), along)
