"""The energies that the algorithm accumulates are those of features, not of parameters."""

import numpy as np
import sympy as sp

from derivations.energy.formulas import FEATURES
from derivations.energy.lemma import delta, kappa
from derivations.ledger import Claim, Proof, agree, bounded
from rgm_ref.oracles import finite_difference

low = sp.Symbol("sigma_min", positive=True)

sandwich = Claim(
    id="energy-feature-sandwich",
    place="ours, on Eqs. 1 and 3",
    title="Feature energy is parameter energy up to the encoder's squared singular values",
    statement=r"\frac{E_\theta}{\sigma_{\max}^2} \le E_z \le \frac{E_\theta}{\sigma_{\min}^2}"
    r" \text{, extremes along the path of the singular values of }"
    r" J = \partial z_k/\partial\theta_k \text{ of full row rank}",
    remark="For a batch J stacks the samples, N d_k rows, and E_z is that of the stacked gradients:"
    " the mean of per-sample energies is not the energy of the mean gradient (energy-fisher).",
)


@sandwich.proof
def _(proof: Proof) -> None:
    y, singular = sp.symbols("y sigma", real=True)
    high_square = low**2 + delta + kappa
    proof.let("By the chain rule g_θ = Jᵀ g_z, so ‖g_θ‖² = g_zᵀ (J Jᵀ) g_z")
    proof.let(
        "In the eigenvectors of J Jᵀ this is a sum over coordinates y of g_z, each times a squared"
        " singular value σ²; one coordinate is enough, and the steps add up with η²"
    )
    proof.let("σ² exceeds the smallest by δ ≥ 0", singular**2, low**2 + delta)
    proof.nonnegative(
        "so σ_min² y² is at most σ² y²; hence E_z ≤ E_θ/σ_min²",
        (low**2 + delta) * y**2 - low**2 * y**2, delta * y**2, simplify=sp.expand,
    )  # fmt: skip
    proof.let("and the largest exceeds σ² by κ ≥ 0", sp.Symbol("sigma_max") ** 2, high_square)
    proof.nonnegative(
        "so σ² y² is at most σ_max² y²; hence E_θ/σ_max² ≤ E_z",
        high_square * y**2 - (low**2 + delta) * y**2, kappa * y**2, simplify=sp.expand,
    )  # fmt: skip


@sandwich.numeric(
    FEATURES,
    oracle="parameter gradients by finite differences through a tanh encoder",
    tolerance=1e-6,
    because="central differences with step 1e-5 are good to 1e-9",
    samples=15,
)
def _(formula, rng):
    inputs, rate = rng.normal(size=(3, 5)), rng.uniform(0.1, 1)
    feature_energy = parameter_energy = 0.0
    extremes = []
    for theta in rng.normal(size=(3, 5)):
        z = np.tanh(inputs @ theta)
        slopes = finite_difference(lambda p: np.sin(np.tanh(inputs @ p)).sum(), theta)
        parameter_energy += rate**2 * (slopes**2).sum()
        feature_energy += rate**2 * (np.cos(z) ** 2).sum()
        extremes += list(np.linalg.svd((1 - z**2)[:, None] * inputs, compute_uv=False))
    lower, upper = formula(parameter_energy, min(extremes), max(extremes))
    return bounded([lower, feature_energy], [feature_energy, upper], scale=feature_energy)


@sandwich.numeric(
    FEATURES,
    oracle="an encoder with equal singular values, where both sides are equalities",
    tolerance=1e-12,
    because="rounding in a QR factorisation of 5 × 5",
    samples=10,
)
def _(formula, rng):
    scale = rng.uniform(0.2, 5)
    jacobian = scale * np.linalg.qr(rng.normal(size=(5, 5)))[0][:3]
    gradients = rng.normal(size=(6, 3))
    parameter_energy = ((gradients @ jacobian) ** 2).sum()
    feature_energy = (gradients**2).sum()
    return agree(formula(parameter_energy, scale, scale), [feature_energy] * 2)


features = Claim(
    id="energy-features",
    place="Eqs. 1, 3, 4",
    title="Theorem 1 bounds the energy of the feature gradients that the algorithm accumulates",
    statement=r"\sum_t \|\eta\, \partial\mathcal L/\partial z_k\|^2 \le 2\eta\,\Delta\mathcal L",
    corrected=r"\sum_t \|\eta\, \partial\mathcal L/\partial z_k\|^2 \le"
    r" \frac{2\eta\,\Delta\mathcal L}{\sigma_{\min}^2} \text{ with the smallest singular value of }"
    r" \partial z_k/\partial\theta_k \text{ along the path, } \eta \le 1/L",
    depends=("energy-feature-sandwich", "energy-theorem1"),
    remark="Features do not move by −η g_k, so Eq. 3's update mixes two spaces: θ is called the"
    " fusion and head parameters, g_k is a feature gradient. Rescaling an encoder's output rescales"
    " its energy, with the model's function unchanged.",
)


@features.proof
def _(proof: Proof) -> None:
    z = sp.Symbol("z", real=True)
    epsilon, theta = sp.symbols("epsilon theta", positive=True)
    loss = sp.Function("loss")
    proof.equal(
        "A one-weight encoder z = εθ: the weight's gradient is ε times the feature's,"
        " so the feature's energy is 1/ε² times the weight's",
        sp.Derivative(loss(epsilon * theta), theta),
        epsilon * sp.Subs(sp.Derivative(loss(z), z), z, epsilon * theta),
        simplify=lambda rest: rest.doit(),
    )
    energy = sp.Symbol("E_z", nonnegative=True)
    proof.let(
        "In general the parameters' energy exceeds σ_min² E_z by some δ ≥ 0"
        " (energy-feature-sandwich), and 2ηΔL exceeds that energy by some κ ≥ 0 (energy-theorem1)"
    )
    proof.nonnegative(
        "so 2ηΔL/σ_min² exceeds the feature energy by",
        (low**2 * energy + delta + kappa) / low**2 - energy, (delta + kappa) / low**2,
        simplify=sp.expand,
    )  # fmt: skip


@features.counterexample
def _(proof: Proof) -> None:
    epsilon = sp.Rational(1, 10)
    theta = 1 / epsilon
    proof.let("z = θ/10, loss z²/2, so L = 1/100 in θ; one step of η = 1/L from z = 1")
    smooth = epsilon**2
    rate = 1 / smooth
    feature_gradient, weight_gradient = epsilon * theta, epsilon**2 * theta
    after = theta - rate * weight_gradient
    bound = 2 * rate * ((epsilon * theta) ** 2 - (epsilon * after) ** 2) / 2
    proof.let("The weight's energy meets Theorem 1's bound", sp.Symbol("E_theta"),
              (rate * weight_gradient) ** 2)  # fmt: skip
    proof.refute(
        "the feature's is 100 times that: is it at most 2ηΔL?",
        sp.Le((rate * feature_gradient) ** 2, bound, evaluate=False),
    )


@features.numeric(
    FEATURES,
    oracle="descent through a one-weight encoder z = εθ, in a bowl at η = 1/L",
    tolerance=1e-12,
    because="a few roundings of 1e-16; at η = 1/L the bound is an equality",
    samples=10,
)
def _(formula, rng):
    epsilon, start = rng.uniform(0.05, 0.5), rng.normal()
    rate = 1 / epsilon**2
    after = start - rate * epsilon**2 * start
    drop = epsilon**2 * (start**2 - after**2) / 2
    feature_energy = (rate * epsilon * start) ** 2
    return agree(formula(2 * rate * drop, epsilon, epsilon)[1], feature_energy)
