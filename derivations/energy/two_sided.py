"""Theorem 1 from both sides: the total energy is η times the drop, up to a factor 1 ± Lη/2."""

import sympy as sp

from derivations.energy.formulas import BOUNDS
from derivations.energy.lemma import L, delta, descent_lemma, drop, eta, n, telescope, x
from derivations.energy.scenes import bowl, descend, ripples
from derivations.ledger import Claim, Proof, agree, bounded

theta = sp.Symbol("theta", positive=True)

two_sided = Claim(
    id="energy-two-sided",
    place="ours, on Theorem 1",
    title="The total energy is η times the drop of the loss, up to a factor 1 ± Lη/2",
    statement=r"\frac{\eta\,\Delta\mathcal L}{1 + L\eta/2} \le \sum_k E_k^{(T)} \le"
    r" \frac{\eta\,\Delta\mathcal L}{1 - L\eta/2}"
    r" \text{ for plain descent on an L-smooth loss, } 0 < \eta < 2/L",
    remark="Both sides are attained: the upper one in a bowl, the lower one in a bowl upside down.",
)


@two_sided.proof
def _(proof: Proof) -> None:
    proof.let("The step is −η g with ‖g‖ = n, and L bounds the curvature from both sides")
    least = descent_lemma(proof, eta * n**2, eta**2 * n**2)
    most = least.subs(L, -L)
    proof.let("Δ, the drop of one step, exceeds that by some δ ≥ 0", drop, least + delta)
    proof.let("and with +s L‖p‖² the same integral bounds it from above", drop, most - delta)
    energy = (eta * n) ** 2
    proof.nonnegative(
        "Upper side, one step: (1 − Lη/2) × energy ≤ η × drop",
        eta * (least + delta) - (1 - x / 2) * energy, eta * delta, simplify=sp.expand,
    )  # fmt: skip
    proof.nonnegative(
        "Lower side, one step: η × drop ≤ (1 + Lη/2) × energy",
        (1 + x / 2) * energy - eta * (most - delta), eta * delta, simplify=sp.expand,
    )  # fmt: skip
    slack = sp.Symbol("kappa", positive=True)
    proof.let("For η < 2/L some κ > 0 is left", slack, 2 - x)
    proof.positive("so one may divide by 1 − Lη/2", (1 - x / 2).subs(L, (2 - slack) / eta))
    telescope(proof)
    for sign, side in (
        (1, "the bowl Lθ²/2, where the upper"),
        (-1, "the rim −Lθ²/2, where the lower"),
    ):
        curvature = sign * L
        after = theta - eta * curvature * theta
        fallen = curvature * (theta**2 - after**2) / 2
        proof.equal(
            f"Every step on {side} side is an equality",
            eta * fallen, (1 - sign * x / 2) * (eta * curvature * theta) ** 2, simplify=sp.expand,
        )  # fmt: skip


@two_sided.numeric(
    BOUNDS,
    oracle="descent on random hills and valleys, 0 < η < 2/L",
    tolerance=1e-12,
    because="rounding in losses of order 10",
    samples=40,
)
def _(formula, rng):
    scene = ripples(rng)
    rate = rng.uniform(0.02, 1.98) / scene.smoothness
    path, gradients = descend(scene, 3 * rng.normal(size=4), rate, 15)
    lower, upper = formula(scene.loss(path[0]) - scene.loss(path[-1]), rate, scene.smoothness)
    spent = rate**2 * (gradients**2).sum()
    return bounded([lower, spent], [spent, upper], scale=spent)


@two_sided.numeric(
    BOUNDS,
    oracle="the bowl (upper side) and the rim (lower side), where it is an equality",
    tolerance=1e-12,
    because="T = 8 steps; the drop cancels by a factor of at most 30",
    samples=20,
)
def _(formula, rng):
    curvature = rng.uniform(0.5, 2)
    rate = rng.uniform(0.1, 1.9) / curvature
    spent, bound = [], []
    for side, sign in ((1, 1), (0, -1)):
        scene = bowl(sign * curvature)
        path, gradients = descend(scene, rng.normal(size=4), rate, 8)
        spent.append(rate**2 * (gradients**2).sum())
        fallen = scene.loss(path[0]) - scene.loss(path[-1])
        bound.append(formula(fallen, rate, curvature)[side] / spent[-1])
    return agree(bound, [1, 1])
