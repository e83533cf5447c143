"""With r̃ on the whole step each modality descends by itself, unless its share is extreme."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof, bounded
from derivations.symbols import A, a, c, g_i, g_j, inner, s, w_i, w_j
from derivations.synorth.descent_formulas import OWN
from derivations.synorth.descent_pairs import FORMS, adversaries
from derivations.synorth.descent_symbols import (
    FLIP,
    HALF,
    balance,
    m,
    own_decrease,
    sigma,
    with_shares,
)

SMALLEST = sp.Rational(154, 10**6)
WORST = sp.Rational(4829, 10**4)  # just above the largest value of y² σ(−y)
LENGTHS = [1, 2]  # of the blocks of g_i in the counterexamples
x, z = sp.symbols("x z", nonnegative=True)


def decisive(proof: Proof, text: str) -> None:
    """m + (1 − m)√w > 0.4829/Q² for the small shares, m = σ(−Q), Q = 4(1 − 8w(1 − w))."""
    w = sp.Symbol("w", positive=True)
    Q = -4 * balance(w)
    proof.positive_on_box(
        text,
        sigma(-Q) + (1 - sigma(-Q)) * sp.sqrt(w) - WORST / Q**2,
        {w: (SMALLEST, (2 - sp.sqrt(3)) / 4)},
    )


outside = Claim(
    id="synorth-descent-outside",
    place="ours, on Eq. 15",
    title="With r̃ applied to the whole step, each modality descends by itself",
    statement=r"g_i^\top g_i^{\mathrm{mod}} = \tilde r_i\, g_i^\top\left\{\mathrm{Syn}_i + "
    r"(1-\gamma_g)\, \mathcal O_i\right\} > 0",
    condition=r"g_i \ne 0, \; w_i \ge 1.54 \cdot 10^{-4}",
    depends=("synorth-descent-lemma1", "synorth-descent-case1"),
    remark="Only the modality's own share matters. The condition is almost sharp: the last "
    "inequality turns at 1.538e-4.",
)


@outside.proof
def _(proof: Proof) -> None:
    r, alpha, o = sp.symbols("r alpha o", positive=True)
    proof.equal(
        "r̃ is only a positive factor of the product, so leave it out",
        inner(g_i, r * (alpha * g_i + o * g_j)), r * inner(g_i, alpha * g_i + o * g_j), sp.expand,
    )  # fmt: skip
    proof.nonnegative(
        "Linear Orth takes D_i = w_j s²/A from i, at most c²a²: the difference is",
        c**2 * a**2 - w_j * s**2 / A, c**2 * a**4 * w_i / A, with_shares,
    )  # fmt: skip
    proof.let(
        "Exact Orth takes a² sin²δ_i, at most c²a² too: no angle turns further than δ (Lemma 1)"
    )
    proof.let(
        "q c ≤ 0: as in case 1, Σ u_k a_k² ≥ u c² a² ≥ u D_i, and Σ(1 − u_k)√w_i a_k² > 0 is "
        "left, whatever w"
    )
    proof.let(
        "q c > 0: u_k ≥ m = σ(−|q|) and u ≤ 1/2 (case 2), so it remains m + (1 − m)√w_i > u c²"
    )
    root = 1 - 1 / (2 * (1 + x))
    proof.positive(
        "w_i ≥ 1/4: with √w_i = 1 − 1/(2(1 + x)), x ≥ 0, and u c² ≤ 1/2, the left side exceeds "
        "1/2 by",
        m + (1 - m) * root - HALF, (x + m) / (2 * (1 + x)), sp.cancel,
    )  # fmt: skip
    w, y = sp.symbols("w y", positive=True)
    gate = sigma(-4 * balance(w))
    proof.positive_on_box(
        "w_i ≤ 1/4, q > 0: again it exceeds 1/2, as m is still large where √w_i is small",
        gate + (1 - gate) * sp.sqrt(w) - HALF, {w: (FLIP, sp.Rational(1, 4))},
    )  # fmt: skip
    proof.let(
        "w_i < (2 − √2)/4, so q < 0. With Q = −q and y = Q|c| ≤ Q, u c² = y² σ(−y)/Q² = y²/(1 + "
        "e^y)/Q²"
    )
    rise = sp.diff(y**2 / (1 + sp.exp(y)), y)
    proof.positive(
        "Q ≤ 2: y²/(1 + e^y) rises up to y = 2; its derivative at y = 2 − z, over y/(1 + e^y)², is",
        sp.cancel(rise * (1 + sp.exp(y)) ** 2 / y).subs(y, 2 - z), 2 + z * sp.exp(2 - z), sp.expand,
    )  # fmt: skip
    proof.positive(
        "so u c² is largest at |c| = 1, where it is m = 1/2 − z, and m + (1 − m)√w_i is larger by",
        (HALF + z) * sp.sqrt(w_i),
    )
    proof.positive_on_box(
        "Q ≥ 2: y²/(1 + e^y) never reaches 0.4829,", WORST - y**2 / (1 + sp.exp(y)), {y: (0, 4)}
    )
    proof.equal(
        "so u c² < 0.4829/Q²; and Q = 2 at w_i = (2 − √3)/4",
        -4 * balance((2 - sp.sqrt(3)) / 4), 2, sp.expand,
    )  # fmt: skip
    decisive(proof, "and from 1.54e-4 to there m + (1 − m)√w_i is larger:")


@outside.counterexample
def _(proof: Proof) -> None:
    proof.let("Two blocks of lengths (1, 2) against (8, 1)/20, both cosines −1, share of i 10⁻⁴")
    for form in FORMS:
        partners = [sp.Rational(8, 20), sp.Rational(1, 20)]
        own = own_decrease(LENGTHS, partners, [-1, -1], sp.Rational(1, 10**4), form, ear=False)
        proof.refute(f"{form} Orth: i does not descend", sp.Gt(own, 0, evaluate=False))


@outside.numeric(
    OWN,
    oracle="0, adversarial pairs, shares down to 1.54e-4",
    tolerance=1e-12,
    because="g·g^mod/‖g‖² is a sum of a few dozen numbers of size one, each good to some eps",
    samples=8,
)
def _(formula, rng):
    g, energy = adversaries(rng, smallest=1.54e-4)
    own = [formula(g, energy, 3, form, "all") / (g**2).sum(axis=-1) for form in FORMS]
    return bounded(np.zeros_like(own), own)
