"""Theorem 1 under the gradient noise of mini-batches."""

import numpy as np
import sympy as sp

from derivations.energy.formulas import NOISY
from derivations.energy.lemma import L, delta, descent_lemma, eta, telescope, x
from derivations.energy.scenes import bowl, coins, noisy_paths, ripples
from derivations.ledger import Claim, Proof, agree, bounded

q, variance = sp.symbols("q S", nonnegative=True)  # E‖g‖² and E‖noise‖² of one step
theta, sigma = sp.symbols("theta sigma", positive=True)

noise = Claim(
    id="energy-noise",
    place="Theorem 1, Experiment Settings",
    title="Theorem 1 covers training on mini-batches",
    statement=r"\mathbb E[E^{(T)}] \le 2\eta\,\mathbb E[\Delta\mathcal L]"
    r" \text{ for unbiased noisy gradients}",
    quote="standard SGD-style update rule",
    corrected=r"\frac{\eta\,\mathbb E[\Delta\mathcal L] + \eta^2\sum_t\sigma_t^2}{1 + L\eta/2} \le"
    r" \mathbb E[E^{(T)}] \le \frac{\eta\,\mathbb E[\Delta\mathcal L] + \eta^2\sum_t\sigma_t^2}"
    r"{1 - L\eta/2} \text{ with } \sigma_t^2 = \mathbb E\|g^{(t)} - \nabla\mathcal L\|^2, \;"
    r" 0 < \eta < 2/L",
    depends=("energy-two-sided",),
    remark="The energy counts the noise as if it were progress: η²σ² at every step, for ever.",
)


@noise.proof
def _(proof: Proof) -> None:
    proof.let(
        "Let g = ∇ + ν with unbiased noise ν, so that ∇·ν averages to 0. With q = E‖g‖² and"
        " S = σ_t² = E‖ν‖² this gives E‖∇‖² = E[∇·g] = q − S"
    )
    least = descent_lemma(proof, eta * (q - variance), eta**2 * q)
    most = least.subs(L, -L)
    proof.let(
        "All this in expectation. The drop exceeds that bound by some δ ≥ 0; with +s L‖p‖² the same"
        " integral bounds it from above. The energy of the step is η²q"
    )
    proof.nonnegative(
        "Upper side, one step: (1 − Lη/2) η²q ≤ η × drop + η²S",
        eta * (least + delta) + eta**2 * variance - (1 - x / 2) * eta**2 * q, eta * delta,
        simplify=sp.expand,
    )  # fmt: skip
    proof.nonnegative(
        "Lower side, one step: η × drop + η²S ≤ (1 + Lη/2) η²q",
        (1 + x / 2) * eta**2 * q - eta * (most - delta) - eta**2 * variance, eta * delta,
        simplify=sp.expand,
    )  # fmt: skip
    telescope(proof)
    after = [(theta - eta * (L * theta + toss)) ** 2 for toss in (sigma, -sigma)]
    fallen = L * (theta**2 - (after[0] + after[1]) / 2) / 2
    spent = eta**2 * ((L * theta + sigma) ** 2 + (L * theta - sigma) ** 2) / 2
    proof.equal(
        "Equality: on the bowl Lθ²/2 with noise ±σ by the toss of a coin, upper side",
        eta * fallen + eta**2 * sigma**2, (1 - x / 2) * spent, simplify=sp.expand,
    )  # fmt: skip


@noise.counterexample
def _(proof: Proof) -> None:
    rate = sp.Rational(1, 2)
    proof.let("At the bottom of θ²/2 (L = 1) with noise ±1 and η = ½: one step leads to θ = ±½")
    spent, fallen = rate**2, -(rate**2) / 2
    proof.let("The energy is", sp.Symbol("E"), spent)
    proof.let("and the loss has risen", sp.Symbol("ΔL"), fallen)
    proof.refute("Is E ≤ 2ηΔL?", sp.Le(spent, 2 * rate * fallen, evaluate=False))


@noise.numeric(
    NOISY,
    oracle="the average over all 2⁶ coin tosses, in the bowl and on the rim",
    tolerance=1e-12,
    because="64 paths of 6 steps; the drop cancels by a factor of at most 100",
    samples=10,
)
def _(formula, rng):
    curvature, sigma = rng.uniform(0.5, 2, 2)
    rate = rng.uniform(0.1, 1.9) / curvature
    share = []
    for side, sign in ((1, 1), (0, -1)):
        start, tosses = rng.normal(size=1), coins(sigma, 6)
        before, after, gradients = noisy_paths(bowl(sign * curvature), start, [rate] * 6, tosses)
        drop, spent = (before - after).mean(), (rate**2 * gradients**2).sum(axis=-2).mean()
        share.append(formula(drop, rate, curvature, sigma**2, 6)[side] / spent)
    return agree(share, [1, 1])


@noise.numeric(
    NOISY,
    oracle="Monte Carlo: 4000 runs with Gaussian noise on random hills and valleys",
    tolerance=1e-9,
    because="5 standard errors of the mean are allowed for before anything counts as a violation",
    samples=5,
)
def _(formula, rng):
    scene = ripples(rng)
    rate, sigma = rng.uniform(0.2, 1.5) / scene.smoothness, rng.uniform(1, 4)
    tosses = sigma * rng.normal(size=(4000, 8, 4)) / 2  # 4 entries of variance σ²/4
    before, after, gradients = noisy_paths(scene, rng.normal(size=4), [rate] * 8, tosses)
    spent = (rate**2 * gradients**2).sum(axis=(-2, -1))
    lower, upper = formula(before - after, rate, scene.smoothness, sigma**2, 8)
    gaps = np.stack([upper - spent, spent - lower])  # affine in the drop, so means may be taken
    error = gaps.std(axis=-1) / np.sqrt(4000)
    return bounded(-gaps.mean(axis=-1), 5 * error, scale=spent.mean())
