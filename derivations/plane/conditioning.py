"""How far a head block can open the angle of two residuals, and when that makes a conflict."""

import numpy as np
import sympy as sp
from scipy.optimize import minimize_scalar

from derivations.ledger import Claim, Proof, Sample, agree
from derivations.plane.formulas import HEAD_CONDITION, WIDEST_ANGLE
from rgm_ref.head import head_condition, on_residuals, residual, widest_angle

half = sp.Rational(1, 2)

conditioning = Claim(
    id="plane-conflict-conditioning",
    place="ours, on Eq. 6",
    title="A modality's joint gradient and the gradient of its own prediction do not conflict",
    statement=r"g_k = W_k^\top (p - y),\; u_k = W_k^\top (p_k - y): \quad g_k^\top u_k \ge 0",
    condition=r"\kappa_k = \frac{\sigma_{\max}}{\sigma_{\min}}(W_k^\top \text{ on sum-zero "
    r"logits}) \le \sqrt 3, \; y \text{ one hard label}",
    depends=("plane-logit-conflict",),
    remark="So a per-sample conflict of this kind is a property of the head: W_kᵀ opens the "
    "angle of two residuals that agree. Sharp: at κ = √3 two residuals at 60° can become "
    "orthogonal.",
)


@conditioning.proof
def _(proof: Proof) -> None:
    low, c_more, k_less, plus, minus = sp.symbols("m x z n q", nonnegative=True)
    high = 3 * low - k_less
    cosine = half + c_more
    p_square, m_square = 2 + 2 * cosine, 2 - 2 * cosine
    f, g = sp.symbols("f g", real=True)
    proof.let(
        "Let x and y be the residuals' directions, c ≥ 1/2 their cosine, and q(v) = ‖W_kᵀ v‖², "
        "which on sum-zero logits lies between m‖v‖² and M‖v‖² with M ≤ 3m"
    )
    proof.equal(
        "Polarisation: the product of the images is a quarter of q(x + y) − q(x − y), entry by "
        "entry",
        f * g, ((f + g) ** 2 - (f - g) ** 2) / 4, sp.expand,
    )  # fmt: skip
    proof.let(
        "‖x + y‖² = 2 + 2c and ‖x − y‖² = 2 − 2c; write c = 1/2 + x and M = 3m − z with x, z ≥ 0"
    )
    slack = sp.Symbol("s", nonnegative=True)
    proof.nonnegative(
        "so q(x + y) − q(x − y) is at least m(2 + 2c) − M(2 − 2c)",
        (low * p_square + plus) - (high * m_square - minus) - (low * p_square - high * m_square),
        plus + minus,
        sp.expand,
    )  # fmt: skip
    proof.equal(
        "which is",
        low * p_square - high * m_square, 8 * low * c_more + k_less * (1 - 2 * c_more), sp.expand,
    )  # fmt: skip
    proof.nonnegative(
        "and not negative, as c ≤ 1 means x = (1 − s)/2 ≤ 1/2 with some s ≥ 0",
        8 * low * c_more + k_less * slack,
    )  # fmt: skip


@conditioning.counterexample
def _(proof: Proof) -> None:
    e, f = sp.Matrix([1, 1, -2]) / sp.sqrt(6), sp.Matrix([1, -1, 0]) / sp.sqrt(2)
    y = sp.Matrix([0, 0, 1])
    p, p_k = sp.Matrix([18, 1, 1]) / 20, sp.Matrix([1, 18, 1]) / 20
    W = e.row_join(2 * f)
    proof.let(
        "Three classes, label 3, p = (18, 1, 1)/20, p_k = (1, 18, 1)/20, and a head block W_k with"
    )
    proof.equal("singular values 1 and 2 on sum-zero logits, so κ = 2", W.T * W, sp.diag(1, 4))
    product = (W.T * (p - y)).dot(W.T * (p_k - y))
    proof.refute(
        "The product of the two gradients would have to be non-negative",
        sp.Ge(product, 0, evaluate=False),
    )


@conditioning.numeric(
    HEAD_CONDITION,
    oracle="blocks built with a known κ up to √3, whose gradients must not conflict",
    tolerance=1e-12,
    because="singular values of a well-conditioned 2 × 2 map carry a few eps",
    samples=100,
)
def _(formula, rng):
    kappa = rng.uniform(1, np.sqrt(3))
    head = _head(rng, kappa)
    g, u = residual(rng.normal(size=(2, 3)) * 3, np.eye(3)[[0, 0]]) @ head.T
    conflict = -min(g @ u, 0) / (np.linalg.norm(g) * np.linalg.norm(u))
    return Sample(agree(formula(head), kappa).error + conflict)


def _head(rng, kappa):
    """A head block (2, 3) with the condition number κ on sum-zero logits, and another on all."""
    turns, spread = np.linalg.qr(rng.normal(size=(2, 2, 2)))[0], np.exp(rng.normal())
    on_zero_sums = spread * turns[0] @ np.diag([kappa, 1]) @ turns[1] @ on_residuals(np.eye(3)).T
    return on_zero_sums + rng.normal(size=(2, 1))


angle = Claim(
    id="plane-conflict-angle",
    place="ours, on Eq. 6",
    title="A head block of condition number κ opens residuals at an angle θ to 2 arctan(κ "
    "tan(θ/2)) at most",
    statement=r"\angle(W_k^\top r, W_k^\top r_k) \le 2 \arctan\left(\kappa \tan "
    r"\frac{\theta}{2}\right), \; \theta = \angle(r, r_k); \quad \theta \le 60^\circ "
    r"\Rightarrow \angle \le 2 \arctan \frac{\kappa}{\sqrt 3}",
    depends=("plane-logit-conflict",),
    remark="Wielandt's inequality. It says how ill-conditioned a head must be for a conflict of a "
    "given depth: 120° between g_k and u_k needs κ ≥ 3.",
)


@angle.proof
def _(proof: Proof) -> None:
    alpha, beta = sp.symbols("alpha beta", real=True)
    s_1, s_2, tau = sp.symbols("s_1 s_2 tau", positive=True)
    more, psi = sp.Symbol("x", nonnegative=True), sp.Symbol("psi", real=True)
    proof.let(
        "Restrict W_kᵀ to the plane of r and r_k: its singular values s_1 ≥ s_2 there lie "
        "between σ_min and σ_max. In their directions the residuals point at the angles α and "
        "β, θ = β − α in (0, π)"
    )
    dot = s_1**2 * sp.cos(alpha) * sp.cos(beta) + s_2**2 * sp.sin(alpha) * sp.sin(beta)
    proof.equal(
        "The images' product, up to the residuals' lengths",
        dot,
        ((s_1**2 + s_2**2) * sp.cos(beta - alpha) + (s_1**2 - s_2**2) * sp.cos(alpha + beta)) / 2,
    )  # fmt: skip
    cross = s_1 * sp.cos(alpha) * s_2 * sp.sin(beta) - s_2 * sp.sin(alpha) * s_1 * sp.cos(beta)
    proof.equal(
        "and their determinant, so that their angle has cot = product / determinant",
        cross, s_1 * s_2 * sp.sin(beta - alpha),
    )  # fmt: skip
    proof.let(
        "Write τ = tan(θ/2), so cos θ = (1 − τ²)/(1 + τ²), sin θ = 2τ/(1 + τ²), and ψ = α + β"
    )
    cos_theta, sin_theta = (1 - tau**2) / (1 + tau**2), 2 * tau / (1 + tau**2)
    stretch = s_2 + more
    dot = ((stretch**2 + s_2**2) * cos_theta + (stretch**2 - s_2**2) * sp.cos(psi)) / 2
    cot = dot / (stretch * s_2 * sin_theta)
    widest = stretch / s_2 * tau
    proof.equal(
        "Doubling an angle: the cotangent of 2 arctan τ, to be taken at κτ",
        sp.cot(2 * sp.atan(tau)), (1 - tau**2) / (2 * tau), by_tangent,
    )  # fmt: skip
    proof.nonnegative(
        "With s_1 = s_2 + x and κ = s_1/s_2, cot of the angle exceeds cot of 2 arctan(κτ) by",
        (cot - (1 - widest**2) / (2 * widest)).subs(sp.cos(psi), 2 * sp.cos(psi / 2) ** 2 - 1),
        more * (2 * s_2 + more) * sp.cos(psi / 2) ** 2 * (1 + tau**2) / (2 * stretch * s_2 * tau),
    )  # fmt: skip
    proof.let("cot falls on (0, π), so the angle is at most 2 arctan(κτ), which grows with κ and θ")
    proof.equal(
        "Residuals of one label are at most 60° apart, τ = 1/√3, and κ = √3 gives 90°",
        2 * sp.atan(sp.sqrt(3) * sp.tan(sp.pi / 6)), sp.pi / 2,
    )  # fmt: skip


def by_tangent(expression):
    """Double angles in terms of the tangent of the half."""
    return sp.simplify(expression.rewrite(sp.tan).expand(trig=True))


@angle.numeric(
    WIDEST_ANGLE,
    oracle="SciPy: the widest angle over all pairs at θ, for a random head block",
    tolerance=1e-8,
    because="the angle is flat at its maximum: the optimizer's 1e-6 in the argument is 1e-12 in it",
    samples=10,
)
def _(formula, rng):
    head, theta = _head(rng, rng.uniform(1.2, 4)), rng.uniform(0.2, 2)
    cost = opened(head, theta)
    start = min(np.linspace(0, np.pi, 50), key=cost)
    best = minimize_scalar(cost, (start - 0.1, start, start + 0.1), options={"xtol": 1e-10})
    return agree(formula(head_condition(head), theta), -best.fun)


def opened(head, theta):
    """Minus the angle of the images of two residuals at θ, by the first one's direction."""
    mapping = on_residuals(head)

    def cost(direction):
        x, y = (mapping @ [np.cos(a), np.sin(a)] for a in (direction, direction + theta))
        return -np.arctan2(abs(x[0] * y[1] - x[1] * y[0]), x @ y)

    return cost


FIXED_HEAD = _head(np.random.default_rng(0), 2.5)
angle.speed(
    "widest angle after a head block",
    lambda: widest_angle(head_condition(FIXED_HEAD), 1.0),
    lambda: minimize_scalar(opened(FIXED_HEAD, 1.0), bounds=(0, np.pi), method="bounded"),
)
