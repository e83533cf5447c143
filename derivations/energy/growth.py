"""The energy only grows, and it bounds how far descent has moved (Cauchy–Schwarz)."""

from fractions import Fraction

import numpy as np
import sympy as sp

from derivations.energy.formulas import DISPLACEMENT, ENERGY
from derivations.energy.lemma import T, eta, t
from derivations.energy.scenes import by_modality, descend, ripples
from derivations.ledger import Claim, Proof, agree, bounded
from rgm_ref.energy import cumulative_energy

monotone = Claim(
    id="energy-monotone",
    place="Eq. 3, Fig. 5",
    title="The Cumulative Gradient Energy never decreases",
    statement=r"E_k^{(T+1)} \ge E_k^{(T)} \text{, with equality only at } g_k^{(T+1)} = 0",
    quote="the CGE of each modality grows monotonically",
    remark="So far this says nothing about training: any sum of squares grows.",
)


@monotone.proof
def _(proof: Proof) -> None:
    rate, g = sp.IndexedBase("η", positive=True), sp.IndexedBase("g", real=True)
    proof.let(
        "‖η g‖² is a sum over the entries of g, so one entry is enough; call it g_t at step t"
    )
    spent = sp.Sum((rate[t] * g[t]) ** 2, (t, 1, T))
    proof.nonnegative("Its energy after T steps is a sum of squares", spent)
    proof.equal(
        "and at no step does it lose what it had: the next step adds one square",
        sp.Sum((rate[t] * g[t]) ** 2, (t, 1, T + 1)) - spent, (rate[T + 1] * g[T + 1]) ** 2,
        simplify=lambda rest: _split_last(rest),
    )  # fmt: skip
    proof.nonnegative("which is not negative", (rate[T + 1] * g[T + 1]) ** 2)


def _split_last(rest):
    """Σ_{t ≤ T+1} written as Σ_{t ≤ T} and the last summand."""
    longer = [total for total in rest.atoms(sp.Sum) if total.limits[0][2] == T + 1]
    parts = {
        total: sp.Sum(total.function, (t, 1, T)) + total.function.subs(t, T + 1) for total in longer
    }
    return sp.expand(rest.subs(parts))


@monotone.numeric(
    ENERGY,
    oracle="the same sum in exact fractions",
    tolerance=1e-14,
    because="12 roundings of 1e-16 in a sum of positive terms",
    samples=20,
)
def _(formula, rng):
    g, rate = rng.normal(size=(2, 6, 3)), rng.uniform(0.1, 2, 6)
    exact = np.zeros((2, 6))
    for k in range(2):
        spent = Fraction(0)
        for step in range(6):
            squares = sum(Fraction(entry) ** 2 for entry in g[k, step])
            spent += Fraction(rate[step]) ** 2 * squares
            exact[k, step] = spent
    return agree(formula(g, rate), exact)


displacement = Claim(
    id="energy-displacement",
    place="ours, on Eq. 3",
    title="After T steps no parameter is further from its start than √(T · energy)",
    statement=r"\|\theta_k^{(T)} - \theta_k^{(0)}\|^2 \le T \cdot E_k^{(T)}",
    quote="the total parameter shift due to modality k",
    condition=r"\text{the step is exactly } -\eta_t\, g_k^{(t)} \text{: no momentum, no weight"
    r" decay,} \text{ no modulation}",
    remark="The paper trains with momentum 0.9 and weight decay, and its own step is −η g^mod:"
    " then the inequality is about the steps that were applied, not about the gradients.",
)


@displacement.proof
def _(proof: Proof) -> None:
    u, v = sp.IndexedBase("u", real=True), sp.Symbol("v", real=True)
    proof.let(
        "Lengths squared add over the entries, so one entry is enough:"
        " u_t is the entry of the step η_t g at time t, v that of the step after T"
    )
    energy, shift = sp.Sum(u[t] ** 2, (t, 1, T)), sp.Sum(u[t], (t, 1, T))
    gap = sp.Function("G")
    proof.let("The gap of the inequality after T steps", gap(T), T * energy - shift**2)
    proof.let("It is zero for T = 1, where both sides are u_1²")
    wider = (T + 1) * (energy + v**2) - (shift + v) ** 2
    spread = sp.Sum((u[t] - v) ** 2, (t, 1, T))
    proof.equal(
        "One more step widens the gap by the spread of the old steps about the new one",
        wider - (T * energy - shift**2), spread,
        simplify=lambda rest: sp.simplify(rest.subs(spread, sp.expand(spread).doit())),
    )  # fmt: skip
    proof.nonnegative("which is not negative: by induction neither is the gap", spread)


@displacement.counterexample
def _(proof: Proof) -> None:
    beta = sp.Rational(9, 10)
    proof.let("Heavy ball with β = 0.9 on a slope, where the gradient is 1 at both steps")
    shift, energy = eta + (1 + beta) * eta, eta**2 + eta**2
    proof.let("It moves by η and then by (1 + β) η", sp.Symbol("shift"), shift)
    proof.let("and spends η² twice", sp.Symbol("E"), energy)
    proof.refute(
        "At η = 1, is shift² ≤ 2E?",
        sp.Le((shift**2).subs(eta, 1), (2 * energy).subs(eta, 1), evaluate=False),
    )


@displacement.numeric(
    DISPLACEMENT,
    oracle="the path of descent itself",
    tolerance=1e-12,
    because="rounding in positions of order 10",
    samples=30,
)
def _(formula, rng):
    scene = ripples(rng)
    rate = rng.uniform(0.01, 1.9) / scene.smoothness
    path, gradients = descend(scene, 3 * rng.normal(size=4), rate, 12)
    shift = (by_modality(path[1:] - path[0]) ** 2).sum(axis=-1)
    return bounded(shift, formula(cumulative_energy(by_modality(gradients), rate)))


@displacement.numeric(
    DISPLACEMENT,
    oracle="a straight path, where it is an equality",
    tolerance=1e-13,
    because="a dozen roundings of 1e-16",
    samples=10,
)
def _(formula, rng):
    slope, rate = rng.normal(size=(2, 1, 3)), rng.uniform(0.1, 2)
    gradients = np.repeat(slope, 8, axis=1)
    shift = (np.cumsum(rate * gradients, axis=1) ** 2).sum(axis=-1)
    return agree(formula(cumulative_energy(gradients, rate)), shift)
