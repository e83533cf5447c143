"""The word 'work': the energy is η times it, as long as η is constant."""

import numpy as np
import sympy as sp

from derivations.energy.formulas import WORK
from derivations.energy.lemma import T, eta, t
from derivations.energy.scenes import by_modality
from derivations.ledger import Claim, Proof, agree

work = Claim(
    id="energy-work",
    place="Eq. 3",
    title="The energy is the total work of a modality",
    statement=r"E_k^{(T)} = \eta\, W_k, \quad W_k = -\sum_t g_k^{(t)} \cdot \Delta\theta_k^{(t)}",
    quote="this quantity reflects the total work done by modality k",
    condition=r"\text{a constant learning rate and the plain step } -\eta g_k",
    remark="Force times distance is −g·Δθ, in the units of the loss; the energy has the units of"
    " ‖θ‖². Under a schedule they differ by more than a factor: work weighs a step by η, energy by"
    " η².",
)


@work.proof
def _(proof: Proof) -> None:
    length = sp.IndexedBase("n", positive=True)
    proof.let("A plain step is Δθ = −η g with ‖g‖ = n_t at step t, and its work is −g·Δθ = η n_t²")
    proof.equal(
        "With one η for all T steps the energy is η times the work",
        sp.Sum((eta * length[t]) ** 2, (t, 1, T)), eta * sp.Sum(eta * length[t] ** 2, (t, 1, T)),
    )  # fmt: skip


@work.counterexample
def _(proof: Proof) -> None:
    rates = sp.Integer(1), sp.Rational(1, 4)
    proof.let("Two steps, η = 1 and η = ¼; i has the gradients 1 and 0, j has 0 and 2")
    work_i, work_j = rates[0] * 1**2, rates[1] * 2**2
    energy_i, energy_j = rates[0] ** 2 * 1**2, rates[1] ** 2 * 2**2
    proof.let("Modality i does the work Σ η‖g‖²", sp.Symbol("W_i"), work_i)
    proof.let("and j does as much", sp.Symbol("W_j"), work_j)
    proof.refute(
        "Is the ratio of the energies that of the works?",
        sp.Eq(energy_i / energy_j, work_i / work_j, evaluate=False),
    )


@work.numeric(
    WORK,
    oracle="the drop of a quadratic loss along any path (the trapezoid is exact there)",
    tolerance=1e-11,
    because="rounding in losses up to 100, relative to drops that may cancel by 100",
    samples=30,
)
def _(formula, rng):
    half = rng.normal(size=(6, 6))
    curvature = half @ half.T
    path = np.cumsum(rng.normal(size=(9, 6)), axis=0)
    gradients = by_modality(path @ curvature)
    between = (gradients[:, 1:] + gradients[:, :-1]) / 2
    losses = ((path @ curvature) * path).sum(axis=-1) / 2
    moved = by_modality(np.diff(path, axis=0))
    return agree(formula(between, moved).sum(), losses[0] - losses[-1], scale=abs(losses).max())
