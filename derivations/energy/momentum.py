"""Theorem 1 under heavy ball, the paper's optimizer: it survives up to ηL = 1 − β², exactly."""

import numpy as np
import sympy as sp
from scipy.linalg import solve_discrete_lyapunov

from derivations.energy.formulas import RATE, RATIO
from derivations.energy.lemma import L, delta, descent_lemma, eta, kappa, telescope
from derivations.energy.scenes import descend, ripples
from derivations.ledger import Claim, Proof, agree, bounded
from derivations.symbols import g_i as g
from derivations.symbols import g_j as velocity
from derivations.symbols import inner, square

beta = sp.Symbol("beta", nonnegative=True)
step = sp.Symbol("x", positive=True)  # x = ηL
tail, excess = sp.symbols("k v", positive=True)
SHARE = ((1 - beta) ** 2 * (1 + beta) + 2 * beta * step) / (
    (1 - beta) * (2 * (1 + beta) - step)
)  # lim E_T / (2ηΔL) on a quadratic

heavy_ball = Claim(
    id="energy-heavy-ball",
    place="Theorem 1, Experiment Settings",
    title="Theorem 1 covers the paper's own optimizer, momentum 0.9",
    statement=r"E^{(T)} \le 2\eta\,\Delta\mathcal L \text{ for } v \leftarrow \beta v + \eta g, \;"
    r" \theta \leftarrow \theta - v, \; \beta = 0.9, \; \eta \le 1/L",
    quote="stochastic gradient descent (SGD) with a momentum of 0.9",
    condition=r"\eta L \le 1 - \beta^2 = 0.19 \text{; then on every } L\text{-smooth loss, at every"
    r" } T",
    depends=("energy-theorem1",),
    remark="The rate 1 − β² cannot be raised: on quadratics lim E_T/(2ηΔL) is"
    " [(1−β)²(1+β) + 2βx] / [(1−β)(2(1+β) − x)] with x = ηL, which passes 1 just there."
    " η is the learning rate as set, not divided by 1 − β (see energy-heavy-ball-effective).",
)


@heavy_ball.proof
def _(proof: Proof) -> None:
    moved = beta * velocity + eta * g
    proof.let("One step: v' = βv + ηg, θ' = θ − v'; lengths ‖g‖ = a, ‖v‖ = b, cosine c")
    proof.equal(
        "What the step does against the gradient, by polarisation: 2η g·v' = ‖ηg‖² + ‖v'‖² − ‖βv‖²",
        2 * inner(eta * g, moved), square(eta * g) + square(moved) - square(beta * velocity),
        simplify=sp.expand,
    )  # fmt: skip
    spent, new, old = sp.symbols("e N V", nonnegative=True)
    proof.let("Write e = ‖ηg‖² for the energy of the step, V = ‖v‖² and N = ‖v'‖²")
    least = descent_lemma(proof, (spent + new - beta**2 * old) / (2 * eta), new)
    surplus = (1 - beta**2 - eta * L) * new + 2 * eta * delta
    proof.equal(
        "So 2η × drop exceeds the energy of the step and β²(N − V) by, with δ ≥ 0 left over,",
        2 * eta * (least + delta) - spent - beta**2 * (new - old), surplus, simplify=sp.expand,
    )  # fmt: skip
    proof.let("For ηL ≤ 1 − β² some κ ≥ 0 is left", kappa, 1 - beta**2 - eta * L)
    proof.nonnegative(
        "and the surplus is not negative",
        surplus.subs(L, (1 - beta**2 - kappa) / eta), kappa * new + 2 * eta * delta,
        simplify=sp.expand,
    )  # fmt: skip
    telescope(proof)
    proof.let("and so does N − V: from rest, E_T + β²‖v_T‖² + κ Σ‖v_t‖² ≤ 2ηΔL at every T")


@heavy_ball.proof
def _(proof: Proof) -> None:
    U, V, C = sp.symbols("U V C", real=True)
    proof.let(
        "The rate is sharp. On the bowl Lθ²/2, in units of the start: v' = βv + xu, u' = u − v',"
        " x = ηL, u_0 = 1, v_0 = 0. Sums over all steps: U = Σu², V = Σv², C = Σuv"
    )
    spectrum = sp.Matrix([[1 - step, -beta], [step, beta]]).charpoly(sp.Symbol("lambda"))
    proof.equal(
        "They converge for 0 ≤ β < 1 and 0 < x < 2(1 + β): Jury's conditions on the step's"
        " characteristic polynomial",
        spectrum.as_expr(), spectrum.gen**2 - (1 + beta - step) * spectrum.gen + beta,
        simplify=sp.expand,
    )  # fmt: skip
    cross = (step * U - V) / (1 - beta)
    proof.solves(
        "Sum u'v' = uv' − v'² over all steps; a shift by one changes no sum but U",
        C - (beta * C + step * U - V), C, cross,
    )  # fmt: skip
    length = (2 * step * U - 1 + beta) / (1 + beta)
    proof.solves(
        "Sum u'² = u² − 2uv' + v'², which loses u_0² = 1",
        ((U - 1) - (U - 2 * (beta * C + step * U) + V)).subs(C, cross), V, length,
    )  # fmt: skip
    proof.solves(
        "Sum v'² = β²v² + 2βxuv + x²u²",
        (V - (beta**2 * V + 2 * beta * step * C + step**2 * U)).subs(C, cross).subs(V, length),
        U, SHARE / step,
    )  # fmt: skip
    over = (1 + beta) * (step - (1 - beta**2)) / ((1 - beta) * (2 * (1 + beta) - step))
    proof.equal(
        "E/(2ηΔL) tends to x²U/x = xU; it exceeds 1 by", SHARE - 1, over, simplify=sp.cancel
    )
    beyond = 1 - beta**2 + (1 + beta) ** 2 * excess / (1 + excess)
    gain = (1 + beta) / (1 - beta)
    proof.equal(
        "so for x between 1 − β² and 2(1 + β), written 1 − β² + (1 + β)² v/(1 + v) with v > 0, by",
        over.subs(step, beyond), gain * excess, simplify=sp.cancel,
    )  # fmt: skip
    proof.positive(
        "which is positive for every β = 1/(1 + k) < 1",
        gain.subs(beta, 1 / (1 + tail)), (2 + tail) / tail, simplify=sp.cancel,
    )  # fmt: skip


@heavy_ball.counterexample
def _(proof: Proof) -> None:
    momentum, u, v, spent = sp.Rational(9, 10), sp.Integer(1), sp.Integer(0), sp.Integer(0)
    proof.let("β = 0.9 and η = 1/L, which Theorem 1 allows, on θ²/2 from θ = 1, two steps")
    for _ in range(2):
        spent, v = spent + u**2, momentum * v + u
        u = u - v
    proof.let("It arrives, and its momentum carries it on to", sp.Symbol("theta"), u)
    proof.refute("Is E = 1 ≤ 2ηΔL = 1 − θ²?", sp.Le(spent, 1 - u**2, evaluate=False))


def limit_share(beta: float, x: float) -> float:
    """lim E_T / (2ηΔL) on a quadratic: the discrete Lyapunov equation P = MᵀPM + diag(x², 0)."""
    step = np.array([[1 - x, -beta], [x, beta]])
    return solve_discrete_lyapunov(step.T, np.diag([x**2, 0.0]))[0, 0] / x


@heavy_ball.numeric(
    RATIO,
    oracle="SciPy's discrete Lyapunov equation",
    tolerance=1e-10,
    because="eps times the condition number of the equation, about 1/((1 − β)² x) ≤ 1e4",
    samples=40,
)
def _(formula, rng):
    beta = rng.uniform(0, 0.95)
    x = rng.uniform(0.05, 0.95) * 2 * (1 + beta)
    return agree(formula(beta, x), limit_share(beta, x))


@heavy_ball.numeric(
    RATE,
    oracle="the rate at which SciPy's Lyapunov equation gives E = 2ηΔL",
    tolerance=1e-10,
    because="eps times the condition number of the equation, below 1e4",
    samples=20,
)
def _(formula, rng):
    beta = rng.uniform(0.1, 0.95)
    return agree(limit_share(beta, formula(beta, False)), 1)


@heavy_ball.numeric(
    RATE,
    oracle="heavy ball on random hills and valleys, at every T",
    tolerance=1e-12,
    because="rounding in losses of order 10",
    samples=30,
)
def _(formula, rng):
    scene, beta = ripples(rng), rng.uniform(0, 0.95)
    rate = formula(beta, False) / scene.smoothness
    path, gradients = descend(scene, 3 * rng.normal(size=4), rate, 40, beta)
    losses = scene.loss(path)
    spent = (rate**2 * gradients**2).sum(axis=-1).cumsum()
    return bounded(spent, 2 * rate * (losses[0] - losses[1:]))
