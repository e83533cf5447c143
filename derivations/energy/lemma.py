"""The letters of the idea and the descent lemma, the one step behind every bound on the energy."""

import sympy as sp

from derivations.ledger import Proof

eta, L = sp.symbols("eta L", positive=True)  # learning rate, smoothness
n = sp.Symbol("n", nonnegative=True)  # ‖g‖ of one step
delta = sp.Symbol("delta", nonnegative=True)  # what an inequality leaves over
kappa = sp.Symbol("kappa", nonnegative=True)  # what a condition leaves over
x = eta * L
drop = sp.Symbol("Delta", real=True)  # what the loss loses in one step
t, T = sp.symbols("t T", integer=True, positive=True)
loss = sp.Function("loss", real=True)  # the loss after t steps


def descent_lemma(proof: Proof, slope: sp.Expr, square: sp.Expr) -> sp.Expr:
    """Prove that a step −p lowers an L-smooth loss by at least g·p − L‖p‖²/2; return that bound.

    `slope` is g·p and `square` is ‖p‖².
    """
    s = sp.Symbol("s", nonnegative=True)
    proof.let(
        "Follow the loss along the step, f(s) = loss(θ − s p) for s from 0 to 1: f falls at the"
        " rate g·p at first, and L-smoothness changes that rate by at most s L‖p‖²"
    )
    least = slope - L * square / 2
    proof.equal(
        "Integrated, the loss falls by at least",
        sp.Integral(slope - s * L * square, (s, 0, 1)), least,
        simplify=lambda rest: sp.expand(rest.doit()),
    )  # fmt: skip
    return least


def telescope(proof: Proof) -> None:
    """Prove that the drops of the loss over T steps add up to ΔL."""
    proof.equal(
        "Summed over the steps, the drops telescope to ΔL",
        sp.Sum(loss(t) - loss(t + 1), (t, 0, T - 1)), loss(0) - loss(T),
        simplify=lambda rest: rest.doit(),
    )  # fmt: skip
