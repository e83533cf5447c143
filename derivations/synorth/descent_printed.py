"""Joint descent with Eq. 13 as printed: it takes an absurd share to break it."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof, agree, bounded
from derivations.symbols import B, a, b, g_i, g_j, inner, s, w_i, w_j
from derivations.synorth.descent_formulas import PRINTED
from derivations.synorth.descent_lemma2 import of_three_blocks
from derivations.synorth.descent_pairs import adversaries, block_data, total
from derivations.synorth.descent_symbols import (
    FLIP,
    HALF,
    balance,
    joint_decrease,
    sigma,
    t,
    with_shares,
)

SMALLEST = sp.Rational(1, 10**18)

printed = Claim(
    id="synorth-descent-printed",
    place="ours, on Eqs. 13 and 15",
    title="With Eq. 13 as printed the two modalities still descend jointly",
    statement=r"\mathcal O_i = -\frac{w_j\, g_i^\top g_j}{w_i\|g_j\|^2 + w_j\|g_i\|^2}\, g_j "
    r"\Rightarrow F = \sum_i g_i^\top g_i^{\mathrm{mod}} > 0",
    condition=r"w_{\min} \ge 10^{-18}",
    depends=("synorth-descent-lemma2", "synorth-descent-case1", "synorth-descent-case2"),
    remark="So the joint sum does not tell the misprint from the right formula; a single "
    "modality does (synorth-descent-single): there the printed form has no lower bound.",
)


@printed.proof
def _(proof: Proof) -> None:
    P, R, U = sp.symbols("P R U", positive=True)
    D = s**2 / B
    proof.equal(
        "Printed, Orth takes away D = s²/B with B = w_i b² + w_j a²",
        -inner(g_i, -w_j * s / B * g_j) - inner(g_j, -w_i * s / B * g_i), D, with_shares,
    )  # fmt: skip
    proof.let(
        "Lemma 2 and the cases give F ≥ P a² + R b² − U a²b²/B with U = u c² and factors P, R below"
    )
    excess = 2 * sp.sqrt(P * R * w_i * w_j) + P * w_i + R * w_j - U
    proof.equal(
        "Times B, that is a square and a multiple of a²b²,",
        (P * a**2 + R * b**2) * B - U * a**2 * b**2,
        (sp.sqrt(P * w_j) * a**2 - sp.sqrt(R * w_i) * b**2) ** 2 + excess * a**2 * b**2, sp.expand,
    )  # fmt: skip
    proof.equal(
        "so it suffices that √(P w_i) + √(R w_j) > √U",
        excess, (sp.sqrt(P * w_i) + sp.sqrt(R * w_j)) ** 2 - U, sp.expand,
    )  # fmt: skip


@printed.proof
def _(proof: Proof) -> None:
    w, c, z = sp.symbols("w c z", nonnegative=True)
    proof.let(
        "P ≥ r̃_i √w_i and R ≥ r̃_j √w_j, as every bracket of Lemma 2 is at least √w. And r̃ w = "
        "(2w)^ε / 2 with ε = (1 − c)/2 in [0, 1], so r̃_i w_i ≥ w_i, as 2w_i ≤ 1, and r̃_j w_j ≥ "
        "1/2"
    )
    q = 4 * balance(w)
    proof.positive_on_box(
        "q ≥ 0: P w_i ≥ w_i √w_i, R w_j ≥ √w_j / 2 and U ≤ σ(q), so, w for w_i,",
        (sp.sqrt(w * sp.sqrt(w)) + sp.sqrt(sp.sqrt(1 - w) / 2)) ** 2 - sigma(q), {w: (FLIP, HALF)},
    )  # fmt: skip
    proof.true(
        "q < 0, c ≤ 0: U ≤ 1/2, and ε ≥ 1/2 makes R w_j ≥ w_j/√2, w_j > (2 + √2)/4, larger",
        sp.Gt((1 - FLIP) / sp.sqrt(2), HALF, evaluate=False),
    )
    proof.nonnegative(
        "q < 0, c > 0: case 1 allows P = r̃_i[√w_i + (1 − √w_i)U], at least r̃_i U: with √w_i = "
        "1/(1 + t) and U = 1 − z the bracket exceeds U by",
        1 / (1 + t) + (1 - 1 / (1 + t)) * (1 - z) - (1 - z), z / (1 + t), sp.cancel,
    )  # fmt: skip
    proof.let(
        "So √(P w_i) ≥ c√u (2w_i)^{(1 − c)/4}/√2, R w_j ≥ w_j 2^{−(1 + c)/2} and √U = c√u, u ≤ "
        "σ(4). With v = ln 1/(2w_i), (2w_i)^{(1 − c)/4} = e^{−v(1 − c)/4} falls as v grows"
    )
    for text, most, w_big in (
        ("From the flip to v = 5, where w_j > (2 + √2)/4:", 5, 1 - FLIP),
        (
            "From v = 5, where w_j ≥ 1 − e⁻⁵/2, to w_i = 10⁻¹⁸:",
            -sp.log(2 * SMALLEST),
            1 - sp.exp(-5) / 2,
        ),
    ):
        kept = sp.sqrt(w_big) * sp.exp(-(1 + c) * sp.log(2) / 4)
        asked = c * sp.sqrt(sigma(4)) * (1 - sp.exp(-most * (1 - c) / 4) / sp.sqrt(2))
        proof.positive_on_box(text, kept - asked, {c: (0, 1)})


@printed.counterexample
def _(proof: Proof) -> None:
    proof.let("One block of cosine 17/20, lengths 1 and 36·10¹⁰, share of i 10⁻²⁴")
    value = joint_decrease(
        [1], [36 * 10**10], [sp.Rational(17, 20)], sp.Rational(1, 10**24), "printed"
    )
    proof.refute("F is not positive", sp.Gt(value, 0, evaluate=False))


@printed.numeric(
    PRINTED,
    oracle="0, adversarial pairs, shares down to 1e-18",
    tolerance=1e-12,
    because="F/Σ‖g‖² is a sum of a few dozen numbers of size one, each good to some eps",
    samples=8,
)
def _(formula, rng):
    g, energy = adversaries(rng, smallest=1e-18, decades=10)
    value = formula(g, energy, 3) / total(g)
    return bounded(np.zeros_like(value), value)


@printed.numeric(
    PRINTED,
    oracle="the sum over blocks, compiled from SymPy",
    tolerance=1e-9,
    because="F is at least 1e-2 of Σ‖g‖² at shares of 1e-6 and lengths within 1e4; near parallel "
    "gradients c is good to √eps in the angle only",
    samples=3,
)
def _(formula, rng):
    g, energy = adversaries(rng)
    expected = of_three_blocks("printed")(*block_data(g), energy[0])
    return agree(formula(g, energy, 3) / expected, np.ones_like(expected))
