"""Theorem 1: what it needs, and the learning rate at which it ends."""

import sympy as sp

from derivations.energy.formulas import BOUNDS, ENERGY
from derivations.energy.lemma import L, delta, descent_lemma, drop, eta, kappa, n, telescope, x
from derivations.energy.scenes import bowl, by_modality, descend, ripples
from derivations.ledger import Claim, Proof, agree, bounded

theta = sp.Symbol("theta", positive=True)

theorem1 = Claim(
    id="energy-theorem1",
    place="Theorem 1, Eq. 4",
    title="The energy is at most twice the learning rate times what the loss has lost",
    statement=r"E_k^{(T)} \le 2\eta\left[\mathcal L(\theta^{(0)}) - \mathcal"
    r" L(\theta^{(T)})\right]",
    quote="under standard assumptions … it aligns with the convergence of training",
    condition=r"\mathcal L \text{ is } L\text{-smooth, } g \text{ its full gradient for all that"
    r" moves, the step } -\eta g, \; \eta \le 1/L",
    remark="It bounds the sum over all blocks that move, hence each modality's energy. Read with ≲ "
    "as 'up to some constant' the theorem would say little; the constant 2 is exact at η = 1/L. "
    "The condition may well be the 'standard assumptions', which are in an appendix that we do not "
    "have.",
)


@theorem1.proof
def _(proof: Proof) -> None:
    proof.let("A step is −η g with ‖g‖ = n; ‖ηg‖² is the sum of all blocks' energies of that step")
    least = descent_lemma(proof, eta * n**2, eta**2 * n**2)
    proof.let("So the drop Δ of one step exceeds that by some δ ≥ 0", drop, least + delta)
    proof.let("and η ≤ 1/L leaves some κ ≥ 0", kappa, 1 - x)
    proof.nonnegative(
        "Then 2η times the drop exceeds the energy of the step by a sum of nonnegative terms",
        (2 * eta * (least + delta) - (eta * n) ** 2).subs(L, (1 - kappa) / eta),
        kappa * (eta * n) ** 2 + 2 * eta * delta, simplify=sp.expand,
    )  # fmt: skip
    telescope(proof)
    proof.let("so E ≤ 2ηΔL for the sum over blocks; one block's energy is no more than the sum")
    spent, fallen = (eta * L * theta) ** 2, L * (theta**2 - (1 - x) ** 2 * theta**2) / 2
    proof.equal(
        "On the bowl Lθ²/2 every step falls short of the bound by exactly this, by 0 at η = 1/L",
        2 * eta * fallen - spent, (1 - x) * spent, simplify=sp.expand,
    )  # fmt: skip


@theorem1.counterexample
def _(proof: Proof) -> None:
    proof.let("Without smoothness: on the loss |θ| descent with η = 1 bounces between ½ and −½")
    start, rate = sp.Rational(1, 2), sp.Integer(1)
    after = start - rate * sp.sign(start)
    proof.let("One step leads to the mirror point", sp.Symbol("theta"), after)
    proof.refute(
        "so the loss never falls, while every step adds η² to the energy: is E ≤ 2ηΔL?",
        sp.Le(rate**2, 2 * rate * (abs(start) - abs(after)), evaluate=False),
    )


@theorem1.numeric(
    ENERGY,
    oracle="descent on random hills and valleys, η ≤ 1/L",
    tolerance=1e-12,
    because="rounding in losses of order 10",
    samples=40,
)
def _(formula, rng):
    scene = ripples(rng)
    rate = rng.uniform(0.01, 1) / scene.smoothness
    path, gradients = descend(scene, 3 * rng.normal(size=4), rate, 15)
    losses = scene.loss(path)
    spent = formula(by_modality(gradients), rate).sum(axis=0)
    return bounded(spent, 2 * rate * (losses[0] - losses[1:]))


@theorem1.numeric(
    ENERGY,
    oracle="the bowl at η = x/L, where E is the share 1/(2 − x) of the bound: all of it at x = 1",
    tolerance=1e-13,
    because="a dozen roundings of 1e-16",
    samples=10,
)
def _(formula, rng):
    curvature, x = rng.uniform(0.5, 2), rng.choice([1, rng.uniform(0.5, 1)])
    scene, rate = bowl(curvature), x / curvature
    path, gradients = descend(scene, rng.normal(size=4), rate, 6)
    fallen = scene.loss(path[0]) - scene.loss(path[1:])
    return agree(formula(by_modality(gradients), rate).sum(axis=0), 2 * rate * fallen / (2 - x))


step_size = Claim(
    id="energy-step-size",
    place="Theorem 1, Eq. 4",
    title="Theorem 1 holds for every constant learning rate",
    statement=r"E^{(T)} \le 2\eta\,\Delta\mathcal L \text{ for every constant } \eta > 0",
    quote="where η is a constant learning rate during training",
    corrected=r"E^{(T)} \le \frac{\eta\,\Delta\mathcal L}{1 - L\eta/2} \text{ for } \eta < 2/L,"
    r" \text{ which is } 2\eta\,\Delta\mathcal L \text{ at } \eta = 1/L",
    depends=("energy-two-sided",),
    remark="If η ≤ 1/L is among the appendix's assumptions, nothing fails: then this is "
    "energy-theorem1. The learning rate must respect the curvature, which nobody measures in a "
    "deep network.",
)


@step_size.proof
def _(proof: Proof) -> None:
    least = descent_lemma(proof, eta * n**2, eta**2 * n**2)
    proof.nonnegative(
        "So (1 − Lη/2) × energy ≤ η × drop at every step; sum and divide",
        eta * (least + delta) - (1 - x / 2) * (eta * n) ** 2, eta * delta, simplify=sp.expand,
    )  # fmt: skip
    fallen = L * (theta**2 - (1 - x) ** 2 * theta**2) / 2
    share = (eta * L * theta) ** 2 / (2 * eta * fallen)
    proof.equal(
        "On the bowl Lθ²/2 every step, and so every sum of steps, has the same E/(2ηΔL)",
        share, 1 / (2 - x), simplify=sp.cancel,
    )  # fmt: skip
    v = sp.Symbol("v", positive=True)
    proof.positive(
        "Between 1/L and 2/L, written ηL = (1 + 2v)/(1 + v) with v > 0, it exceeds 1 by v",
        (1 / (2 - x) - 1).subs(L, (1 + 2 * v) / (1 + v) / eta), v,
    )  # fmt: skip
    proof.nonnegative(
        "and from ηL = 2 + v on the loss does not fall at all: its rise is",
        -fallen.subs(L, (2 + v) / eta), theta**2 * (2 + v) ** 2 * v / (2 * eta),
        simplify=sp.expand,
    )  # fmt: skip


@step_size.counterexample
def _(proof: Proof) -> None:
    start, rate = sp.Integer(1), sp.Rational(3, 2)
    proof.let("The bowl θ²/2 (L = 1), one step of η = 1.5 from θ = 1: it lands at −½")
    spent, bound = (rate * start) ** 2, 2 * rate * (start**2 - (start - rate * start) ** 2) / 2
    proof.let("The energy is 4ηΔL, twice the bound", sp.Symbol("E"), spent)
    proof.refute("Is E ≤ 2ηΔL?", sp.Le(spent, bound, evaluate=False))


@step_size.numeric(
    BOUNDS,
    oracle="the bowl at η = 1.5/L, after every number of steps",
    tolerance=1e-13,
    because="a dozen roundings of 1e-16",
    samples=10,
)
def _(formula, rng):
    curvature = rng.uniform(0.5, 2)
    scene, rate = bowl(curvature), 1.5 / curvature
    path, gradients = descend(scene, rng.normal(size=3), rate, 6)
    fallen = scene.loss(path[0]) - scene.loss(path[1:])
    spent = (rate**2 * gradients**2).sum(axis=-1).cumsum()
    return agree([formula(fall, rate, curvature)[1] for fall in fallen], spent)
