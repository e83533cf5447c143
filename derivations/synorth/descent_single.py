"""What joint descent is not: descent of each modality, or of the encoders' weights."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof, agree, bounded
from derivations.symbols import a
from derivations.synorth.descent_formulas import MOVING, OWN
from derivations.synorth.descent_outside import decisive
from derivations.synorth.descent_pairs import FORMS, adversaries, nearly_worst
from derivations.synorth.descent_symbols import HALF, own_decrease, sigma, t
from rgm_ref.synorth import synorth

y, z, e = sp.symbols("y z e", nonnegative=True)
SHARE = sp.Rational(197, 200)

single = Claim(
    id="synorth-descent-single",
    place="ours, on Eq. 15",
    title="Each modality's modulated gradient descends by itself",
    statement=r"g_i^\top g_i^{\mathrm{mod}} \ge 0",
    corrected=r"g_i^\top g_i^{\mathrm{mod}} \ge -\frac12 \|g_i\|^2 \text{ for Orth linear or "
    r"exact}",
    depends=("synorth-descent-case1", "synorth-descent-case2", "synorth-descent-outside"),
    remark="r̃ < 1 holds the dominant modality's own step back but not its Orth term. Searched "
    "worst values: −0.0555 linear, −0.361 exact. As printed there is no lower bound at all.",
)


@single.proof
def _(proof: Proof) -> None:
    proof.let(
        "Orth takes at most D_i ≤ c² a² from modality i, linear or exact "
        "(synorth-descent-outside), and r̃ ≥ 1/2 for either modality (Lemma 2)"
    )
    proof.nonnegative(
        "q c ≤ 0: Σ u_k a_k² ≥ u c² a² (case 1). With y = u c² and 1 − y = z ≥ 0, r̃ = 1/2 + e, "
        "the product exceeds −a²/2 by at least",
        ((HALF + e) * y - y + (y + z) / 2) * a**2, (e * y + z / 2) * a**2, sp.expand,
    )  # fmt: skip
    proof.nonnegative(
        "q c > 0: u ≤ 1/2 (case 2) and all else is ≥ 0: with u c² = 1/2 − z it exceeds −a²/2 by",
        (HALF - (HALF - z)) * a**2, z * a**2, sp.expand,
    )  # fmt: skip


@single.counterexample
def _(proof: Proof) -> None:
    proof.let("One block, both gradients parallel, a = 1, share of i 197/200: r̃_i = 100/197")
    for form, partner, value in (("linear", 20, "−0.053"), ("exact", 9, "−0.348")):
        own = own_decrease([1], [partner], [1], SHARE, form)
        proof.refute(
            f"{form} Orth, b = {partner}: i does not descend, {value}",
            sp.Ge(own, 0, evaluate=False),
        )


@single.counterexample
def _(proof: Proof) -> None:
    n = 114 + t
    proof.let("As printed: κ = c = −1, so r̃ = 1; a = 1, b = n², w_i = 1/n² with n = 114 + t")
    taken = (1 - n**-2) * n**4 / (n**2 + 1 - n**-2)
    proof.nonnegative(
        "α_i = √(1 + n⁴)/n ≤ (1 + n²)/n, as", (1 + n**2) ** 2 - (1 + n**4), 2 * n**2, sp.expand
    )
    proof.positive(
        "D_i = w_j b²/(w_i b² + w_j) > n² − 2, the difference being",
        taken - (n**2 - 2), sp.factor(sp.cancel(taken - (n**2 - 2))), sp.cancel,
    )  # fmt: skip
    proof.true("m = σ(−|q|) ≥ σ(−4) > 1/56", sp.Gt(sigma(-4), sp.Rational(1, 56), evaluate=False))
    proof.positive(
        "so g_i·g_i^mod = m + (1 − m)α_i − m D_i ≤ n + 2 − (n² − 2)/56, which is below −n by",
        -n - (n + 2 - (n**2 - 2) / 56), (t**2 + 116 * t + 114) / 56, sp.expand,
    )  # fmt: skip
    own = own_decrease([1], [120**2], [-1], sp.Rational(1, 120**2), "printed")
    proof.refute("At n = 120 it is below −120", sp.Ge(own, -120, evaluate=False))


@single.numeric(
    OWN,
    oracle="the bound −½, adversarial pairs and pairs near the worst one known",
    tolerance=1e-12,
    because="g·g^mod/‖g‖² is a sum of a few dozen numbers of size one, each good to some eps",
    samples=8,
)
def _(formula, rng):
    pairs, energies = zip(adversaries(rng), nearly_worst(rng), strict=True)
    g, energy = np.concatenate(pairs, axis=1), np.concatenate(energies, axis=1)
    own = [formula(g, energy, 3, form, "base") / (g**2).sum(axis=-1) for form in FORMS]
    return bounded(np.full_like(own, -0.5), own)


weights = Claim(
    id="synorth-descent-weights",
    place="ours, on Eq. 15",
    title="Joint descent of the features is descent of the loss for the encoders' weights",
    statement=r"\sum_k g_k^\top J_k J_k^\top g_k^{\mathrm{mod}} > 0 \text{ for encoders with "
    r"Jacobians } J_k",
    corrected=r"\text{true if } J_k J_k^\top = \lambda_k I, \; \tilde r_k \text{ is applied to "
    r"the whole step and } w_{\min} \ge 1.54 \cdot 10^{-4}",
    depends=("synorth-descent", "synorth-descent-single", "synorth-descent-outside"),
    remark="An encoder that hardly moves its features weighs its modality's descent down, and "
    "the other's ascent is left. With Jacobians of uneven gain nothing is known.",
)


@weights.proof
def _(proof: Proof) -> None:
    gain_i, gain_j, own_i, own_j = sp.symbols("lambda_i lambda_j G_i G_j", positive=True)
    proof.let(
        "A step −η J_kᵀ g_k^mod on the weights moves the features by −η J_k J_kᵀ g_k^mod. With "
        "J_k J_kᵀ = λ_k I the loss falls by η Σ λ_k G_k, G_k = g_k·g_k^mod"
    )
    proof.positive(
        "With r̃ on the whole step each G_k > 0 (synorth-descent-outside), so any gains will do",
        gain_i * own_i + gain_j * own_j,
    )
    decisive(proof, "What decides there is once more m + (1 − m)√w > u c²:")


@weights.counterexample
def _(proof: Proof) -> None:
    gain = sp.Rational(1, 10**6)
    own_i, own_j = own_decrease([1], [20], [1], SHARE), own_decrease([20], [1], [1], 1 - SHARE)
    proof.let(
        "One block, parallel, lengths 1 and 20, share of i 197/200, J_i J_iᵀ = I, J_j J_jᵀ = 10⁻⁶ I"
    )
    proof.true("The features descend jointly,", sp.Gt(own_i + own_j, 0, evaluate=False))
    proof.refute("the weights do not", sp.Gt(own_i + gain * own_j, 0, evaluate=False))


@weights.numeric(
    MOVING,
    oracle="central difference of a quadratic loss along the step of the weights",
    tolerance=1e-8,
    because="a central difference of a quadratic is exact but for rounding, eps / step = 1e-10",
    samples=30,
)
def _(formula, rng):
    jacobians, energy = rng.normal(size=(2, 4, 7)), rng.dirichlet([1, 1])
    g, center = rng.normal(size=(2, 2, 4))
    modulated = synorth(g, energy, 2)
    step = np.einsum("kdp,kd->kp", jacobians, modulated)

    def loss(eta):
        features = center - eta * np.einsum("kdp,kp->kd", jacobians, step)
        return (g * (features - center)).sum() + ((features - center) ** 2).sum()

    slope = (loss(-1e-6) - loss(1e-6)) / 2e-6
    scale = np.abs(g).max() * np.abs(jacobians).max() ** 2 * np.abs(modulated).max()
    return agree(formula(g, jacobians, energy), slope, scale)
