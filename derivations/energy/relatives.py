"""Synaptic Intelligence beside the energy: they rank alike while the learning rate is constant."""

import numpy as np
import sympy as sp

from derivations.energy.formulas import WORK
from derivations.energy.lemma import delta, eta, kappa, n
from derivations.energy.scenes import by_modality, descend, ripples
from derivations.ledger import Claim, Proof, agree
from rgm_ref.energy import cumulative_energy

relatives = Claim(
    id="energy-relatives",
    place="ours, on Eqs. 2–3",
    title="The energy and Synaptic Intelligence rank the modalities alike",
    statement=r"E_i > E_j \iff \omega_i > \omega_j, \quad"
    r" \omega_k = -\sum_t g_k^{(t)} \cdot \Delta\theta_k^{(t)}",
    quote="Inspired by Synaptic Intelligence",
    condition=r"\text{plain full-batch descent, constant learning rate: then } E_k ="
    r" \eta\,\omega_k",
    depends=("energy-work",),
    remark="ω is Zenke et al.'s path integral; they divide it by (Δθ² + ξ), entry by entry, before"
    " they use it. With a schedule the ranks agree where ω_i/ω_j exceeds the largest rate over"
    " the smallest.",
)


@relatives.proof
def _(proof: Proof) -> None:
    work_i, work_j = sp.symbols("omega_i omega_j", real=True)
    proof.let("With constant η, E_k = η ω_k (energy-work)")
    lead = sp.Symbol("v", positive=True)
    proof.positive(
        "so where ω_i leads by v > 0, E_i leads by ηv",
        (eta * work_i - eta * work_j).subs(work_i, work_j + lead), eta * lead, simplify=sp.expand,
    )  # fmt: skip
    proof.let("Under a schedule from η to η + δ + κ, a step at rate η + δ has ω = (η + δ) n²")
    rate, most = eta + delta, eta + delta + kappa
    proof.nonnegative(
        "and energy at least η_min ω", (rate * n) ** 2 - eta * rate * n**2, delta * rate * n**2,
        simplify=sp.expand,
    )  # fmt: skip
    proof.nonnegative(
        "and at most η_max ω", most * rate * n**2 - (rate * n) ** 2, kappa * rate * n**2,
        simplify=sp.expand,
    )  # fmt: skip
    proof.let("so η_min ω_k ≤ E_k ≤ η_max ω_k for the sums")


@relatives.counterexample
def _(proof: Proof) -> None:
    rates = sp.Integer(1), sp.Rational(1, 2)
    proof.let("Rates 1, then ½; i has ‖g‖² = 1 at the first step, j has ‖g‖² = 3 at the second")
    proof.true(
        "The energy ranks i first", sp.Gt(rates[0] ** 2 * 1, rates[1] ** 2 * 3, evaluate=False)
    )
    proof.refute("Does Synaptic Intelligence?", sp.Gt(rates[0] * 1, rates[1] * 3, evaluate=False))


@relatives.numeric(
    WORK,
    oracle="energy/η of the gradients along a path of descent",
    tolerance=1e-10,
    because="steps are differences of positions: 1e-16 × 10 / the shortest step",
    samples=20,
)
def _(formula, rng):
    scene = ripples(rng)
    rate = rng.uniform(0.1, 0.9) / scene.smoothness
    path, gradients = descend(scene, 2 * rng.normal(size=4), rate, 10)
    g, moved = by_modality(gradients), by_modality(np.diff(path, axis=0))
    return agree(formula(g, moved), cumulative_energy(g, rate)[:, -1] / rate)
