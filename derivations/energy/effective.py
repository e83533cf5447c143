"""Theorem 1 under heavy ball when η is read as the effective rate η/(1 − β)."""

import sympy as sp

from derivations.energy.formulas import RATE
from derivations.energy.lemma import kappa
from derivations.energy.momentum import SHARE, beta, limit_share, step
from derivations.ledger import Claim, Proof, agree

effective = Claim(
    id="energy-heavy-ball-effective",
    place="Eqs. 3–4",
    title="With momentum 0.9, Theorem 1 holds for the effective learning rate η/(1 − β)",
    statement=r"\sum_t \|\bar\eta\, g^{(t)}\|^2 \le 2 \bar\eta\,\Delta\mathcal L, \;"
    r" \bar\eta = \frac{\eta}{1 - \beta}",
    quote="η_t is the effective learning rate (reflecting learning rate schedule and optimizer"
    " dynamics)",
    condition=r"\text{a quadratic loss, } T \to \infty, \; \eta L \le"
    r" \frac{(1-\beta)^2(1+\beta)}{1+\beta^2} \approx 0.0105 \text{ at } \beta = 0.9",
    depends=("energy-heavy-ball",),
    remark="In this reading the first step alone breaks the bound for every η once β ≥ ½: the"
    " energy is booked at once, the loss falls later. What always holds (ηL ≤ 1 − β², any T, any"
    " L-smooth loss) has the constant 2/(1 − β), 20 for 2.",
)


@effective.proof
def _(proof: Proof) -> None:
    gain = sp.Symbol("q", positive=True)
    by_gain = {gain: 1 / (1 - beta)}
    proof.let("The effective rate is qη with", gain, by_gain[gain])
    proof.let(
        "E is multiplied by q², the bound by q: so the share of the bound that is used in the limit"
        " on a quadratic, of claim energy-heavy-ball, is multiplied by q"
    )
    threshold = (1 - beta) ** 2 * (1 + beta) / (1 + beta**2)
    left = 1 - gain * SHARE
    proof.equal(
        "What is left of the bound vanishes where x = ηL is",
        left.subs(by_gain).subs(step, threshold), 0, simplify=sp.cancel,
    )  # fmt: skip
    room = (1 + beta) ** 3 + (1 + beta**2) * kappa
    proof.nonnegative(
        "and κ ≥ 0 below that threshold it is a product of nonnegative factors",
        left.subs(step, threshold - kappa), gain**2 * (1 + beta**2) ** 2 * kappa / room,
        simplify=lambda rest: sp.cancel(rest.subs(by_gain)),
    )  # fmt: skip
    gap, spent = sp.symbols("Delta E", nonnegative=True)
    proof.let("At every T, on every L-smooth loss: 2ηΔL = E + Δ with Δ ≥ 0 (energy-heavy-ball)")
    proof.nonnegative(
        "so q²E is at most 2q (qη) ΔL: the constant 2/(1 − β) for 2",
        gain**2 * (spent + gap) - gain**2 * spent, gain**2 * gap, simplify=sp.expand,
    )  # fmt: skip


@effective.counterexample
def _(proof: Proof) -> None:
    momentum, x = sp.Rational(9, 10), sp.Rational(1, 100)
    proof.let("β = 0.9 and ηL = 0.01, on θ²/2 from θ = 1")
    spent, bound = (x / (1 - momentum)) ** 2, 2 * x / (1 - momentum) * (1 - (1 - x) ** 2) / 2
    proof.refute("After the first step, is E ≤ 2ηΔL?", sp.Le(spent, bound, evaluate=False))
    share = (SHARE / (1 - momentum)).subs({beta: momentum, step: sp.Rational(19, 100)})
    proof.refute(
        "At ηL = 0.19 and T → ∞ the energy is ten times the bound: is that at most 1?",
        sp.Le(share, 1, evaluate=False),
    )


@effective.numeric(
    RATE,
    oracle="the rate at which SciPy's Lyapunov equation gives E = 2ηΔL, effective η on both sides",
    tolerance=1e-10,
    because="eps times the condition number of the equation, about 1/((1 − β)² x) ≤ 1e5",
    samples=20,
)
def _(formula, rng):
    beta = rng.uniform(0.1, 0.95)
    return agree(limit_share(beta, formula(beta, True)) / (1 - beta), 1)
