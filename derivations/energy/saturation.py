"""Whether the energy saturates, as Fig. 5 says: only if the noise that is booked does."""

import numpy as np
import sympy as sp

from derivations.energy.formulas import ENERGY
from derivations.energy.lemma import L, T, delta, descent_lemma, eta, kappa, x
from derivations.energy.noise import q, variance
from derivations.energy.scenes import by_modality, coins, noisy_paths, ripples
from derivations.ledger import Claim, Proof, bounded

saturation = Claim(
    id="energy-saturation",
    place="Fig. 5",
    title="The energy saturates as learning converges",
    statement=r"\sup_T \mathbb E[E^{(T)}] < \infty",
    quote="grows monotonically and gradually saturates as learning progresses",
    condition=r"\sum_t \eta_t^2\sigma_t^2 < \infty \text{, and only then (} \sigma_t^2 \text{ the"
    r" variance of the noise, } \eta_t \le 1/L \text{ not increasing, } \mathcal L \text{ bounded"
    r" below)}",
    depends=("energy-noise",),
    remark="Beside Theorem 1 the paper promises 'without drift or saturation', beside Fig. 5 it"
    " reports saturation. Both occur: a full batch, or a decaying rate, saturates; a constant rate"
    " with batches drifts, on a quadratic by η²σ²/(1 − Lη/2) per step. A flat curve may show the"
    " schedule, not convergence.",
)


@saturation.proof
def _(proof: Proof) -> None:
    now, later = sp.symbols("h_t h_{t+1}", nonnegative=True)
    decay = sp.Symbol("d", nonnegative=True)
    proof.let("Let q = E‖g‖² and S = σ_t² as in energy-noise, and h = E[loss] − inf loss ≥ 0")
    least = descent_lemma(proof, eta * (q - variance), eta**2 * q)
    proof.let("The drop exceeds it by δ ≥ 0, and η_t ≤ 1/L leaves some κ ≥ 0", kappa, 1 - x)
    proof.nonnegative(
        "So at every step energy ≤ 2η × drop + 2η²S: the difference is",
        (2 * eta * (least + delta) + 2 * eta**2 * variance - eta**2 * q).subs(L, (1 - kappa) / eta),
        kappa * eta**2 * q + 2 * eta * delta, simplify=sp.expand,
    )  # fmt: skip
    proof.nonnegative(
        "With rates that do not rise, η_{t+1} = η − d, the drops still telescope:"
        " η (h_t − h_{t+1}) ≤ η_t h_t − η_{t+1} h_{t+1}",
        eta * now - (eta - decay) * later - eta * (now - later), decay * later, simplify=sp.expand,
    )  # fmt: skip
    proof.let(
        "So E[E_T] ≤ 2η_0 h_0 + 2 Σ η_t²σ_t²: it is bounded if the sum is, and it never falls"
    )
    slope = sp.Symbol("G", nonnegative=True)
    proof.nonnegative(
        "Conversely q = G + S with G = E‖∇‖² ≥ 0, so the energy η²q of a step is at least η²S",
        eta**2 * (slope + variance) - eta**2 * variance, eta**2 * slope, simplify=sp.expand,
    )  # fmt: skip
    proof.let("So E[E_T] ≥ Σ η_t²σ_t²: it is unbounded if the sum is")


@saturation.counterexample
def _(proof: Proof) -> None:
    proof.let("Constant η = 1/10 and noise ±1 that does not vanish: E[E_T] is at least T/100")
    proof.refute(
        "At the bottom of the loss, with nothing left to learn, it grows without end",
        sp.Lt(sp.Limit(T / 100, T, sp.oo, "-"), sp.oo, evaluate=False),
    )


@saturation.numeric(
    ENERGY,
    oracle="the average over all 2⁶ coin tosses, rates that fall, between both of its bounds",
    tolerance=1e-12,
    because="rounding in 64 paths of 6 steps",
    samples=20,
)
def _(formula, rng):
    scene, sigma = ripples(rng, width=2), rng.uniform(0.5, 20)
    rates = np.sort(rng.uniform(0.05, 1, 6))[::-1] / scene.smoothness
    tosses = coins(sigma, 6) * rng.choice([-1, 1], size=2) / np.sqrt(2)
    before, _, gradients = noisy_paths(scene, rng.normal(size=2), rates, tosses)
    spent = formula(by_modality(gradients), rates)[..., -1].sum(axis=0).mean()
    floor = (rates**2 * sigma**2).sum()
    ceiling = 2 * rates[0] * (before[0] + 3) + 2 * floor  # three waves: the loss is at least −3
    return bounded([floor, spent], [spent, ceiling], scale=spent)


@saturation.observation
def _() -> dict[str, bool]:
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(64, 4))
    targets = inputs @ rng.normal(size=4) + rng.normal(size=64)
    smoothness = np.linalg.eigvalsh(inputs.T @ inputs / 64)[-1]

    def quarters(batch: int, rates: np.ndarray) -> np.ndarray:
        """Energy that least squares spends in each quarter of training."""
        weights, spent = np.zeros(4), np.zeros(len(rates))
        for step, rate in enumerate(rates):
            rows = rng.choice(64, size=batch, replace=False)
            gradient = inputs[rows].T @ (inputs[rows] @ weights - targets[rows]) / batch
            weights, spent[step] = weights - rate * gradient, rate**2 * gradient @ gradient
        return spent.reshape(4, -1).sum(axis=-1)

    steps = np.arange(2000)
    constant = np.full(2000, 0.3 / smoothness)
    full, noisy = quarters(64, constant), quarters(8, constant)
    decayed = quarters(8, constant / (1 + steps / 20))
    drifts = abs(noisy[3] / noisy[2] - 1) < 0.2
    return {
        "full batch, constant rate: the last three quarters add less than 1e-9 of the first": bool(
            full[1:].sum() < 1e-9 * full[0]
        ),
        "batches of 8, constant rate: the last quarter adds what the third did, ± 20 %": bool(
            drifts
        ),
        "batches of 8, rate falling as 1/t: the last quarter adds less than 1 %": bool(
            decayed[3] < 0.01 * decayed.sum()
        ),
    }
