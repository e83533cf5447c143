"""Joint descent, first case, q c ≤ 0: blocks that conflict as the whole does pay for Orth."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof, bounded
from derivations.symbols import a, b, c, w_i, w_j
from derivations.synorth.descent_formulas import DECREASE
from derivations.synorth.descent_lemma1 import lemma1
from derivations.synorth.descent_lemma2 import lemma2
from derivations.synorth.descent_pairs import FORMS, adversaries, guaranteed, total, with_sign
from derivations.synorth.descent_symbols import HALF, balance, h, sigma, t, u, with_shares

x, z = sp.symbols("x z", nonnegative=True)

case1 = Claim(
    id="synorth-descent-case1",
    place="ours, on Eqs. 14–15",
    title="A pair descends jointly where the gate on the whole does not favour alignment, q c ≤ 0",
    statement=r"q c \le 0 \Rightarrow F \ge \sigma(-4) \min(\sqrt{w_{\min}}, \frac12) \sum_i "
    r"\|g_i\|^2",
    depends=(lemma1.id, lemma2.id),
    remark="The blocks whose cosine has the sign of c pay for Orth; Syn's part is left untouched.",
)


@case1.proof
def _(proof: Proof) -> None:
    kappa, X = sp.symbols("kappa X", nonnegative=True)
    proof.let(
        "If c = 0 Orth takes nothing (Lemma 1), so let c ≠ 0. Take the blocks whose cosine κ has "
        "the sign of c, and write κ for |κ|, X for |q|. For them u_k = σ(Xκ), and u = σ(X|c|) ≤ "
        "σ(X)"
    )
    proof.positive(
        "since σ increases:",
        sp.diff(sigma(x), x), sp.exp(-x) * sigma(x) ** 2,
    )  # fmt: skip
    bend = -sp.diff(sigma(x), x, 2).subs(x, sp.log(1 + t))
    proof.nonnegative(
        "σ is concave where x ≥ 0: with e^x = 1 + t, −σ''(x) is", bend, t * (1 + t) / (2 + t) ** 3,
        sp.cancel,
    )  # fmt: skip
    chord = sigma(kappa * X) - kappa * sigma(X)
    proof.equal(
        "So f(κ) = σ(κX) − κ σ(X) is concave on [0, 1], f'' = X² σ''(κX)",
        sp.diff(chord, kappa, 2), X**2 * sp.diff(sigma(x), x, 2).subs(x, kappa * X),
    )  # fmt: skip
    proof.positive("At κ = 0 it is", chord.subs(kappa, 0))
    proof.equal(
        "and at κ = 1 it is 0; a concave f is above its chord: f ≥ 0", chord.subs(kappa, 1), 0
    )
    proof.nonnegative(
        "With κ = 1/(1 + t) ≤ 1 also κ ≥ κ²; so u_k ≥ κ σ(X) ≥ κ² u",
        1 / (1 + t) - 1 / (1 + t) ** 2, t / (1 + t) ** 2, sp.cancel,
    )  # fmt: skip


@case1.proof
def _(proof: Proof) -> None:
    a_k, b_k, kappa, P, Q, T = sp.symbols("a_k b_k kappa_k P Q T", nonnegative=True)
    proof.let(
        "Cauchy–Schwarz over those blocks: P = Σ κ² a_k², Q = Σ b_k², T = Σ κ a_k b_k, for any "
        "number of them"
    )
    square = sp.expand((kappa * a_k * Q - T * b_k) ** 2)
    sums = {kappa**2 * a_k**2: P, kappa * a_k * b_k: T, b_k**2: Q}
    summed = square.subs(sums, simultaneous=True)
    proof.nonnegative(
        "Each block has a square", square, (kappa * a_k * Q - T * b_k) ** 2, sp.expand
    )
    proof.equal(
        "and the squares add up to Q(PQ − T²): so T² ≤ PQ", summed, Q * (P * Q - T**2), sp.expand
    )
    others, rest = sp.symbols("T' rest", nonnegative=True)
    proof.nonnegative(
        "|c|ab is T less what the other blocks contribute, T' ≥ 0: with T = |c|ab + T', T² "
        "exceeds c²a²b² by",
        (sp.Abs(c) * a * b + others) ** 2 - c**2 * a**2 * b**2,
        others**2 + 2 * sp.Abs(c) * a * b * others, sp.expand,
    )  # fmt: skip
    proof.nonnegative(
        "and Q = b² − rest: with P b² ≥ P Q ≥ T² ≥ c²a²b², P ≥ c²a² (b > 0 as c ≠ 0; the same "
        "for j)",
        P * b**2 - P * (b**2 - rest), P * rest, sp.expand,
    )  # fmt: skip
    r_i, r_j = 1 + t, HALF + z
    proof.nonnegative(
        "So the u_k-terms are at least u c²(r̃_i a² + r̃_j b²); with r̃_i = 1 + t, r̃_j = 1/2 + "
        "z (Lemma 2) this is above u c²(a² + b²/2) ≥ u D (Lemma 1) by",
        u * c**2 * (r_i * a**2 + r_j * b**2) - u * c**2 * (a**2 + b**2 / 2),
        u * c**2 * (t * a**2 + z * b**2), sp.expand,
    )  # fmt: skip
    floor = sp.Symbol("mu", positive=True)
    proof.let(
        "What is left of Lemma 2 is Σ_k (1 − u_k)(r̃_i √w_i a_k² + r̃_j √w_j b_k²). Here 1 − u_k "
        "≥ σ(−4), because |q κ| ≤ 4; and r̃_i √w_i ≥ √w_i, r̃_j √w_j ≥ 1/2 are both at least μ = "
        "min(√w_i, 1/2)"
    )
    q = 4 * balance(w_i)
    proof.nonnegative("(q is at most 4:", 4 - q, 32 * h**2, with_shares)
    proof.nonnegative("and at least −4)", q + 4, 32 * w_i * w_j, with_shares)
    slack_i, slack_j, slack = sp.symbols("e_i e_j e", nonnegative=True)
    proof.nonnegative(
        "so a block with 1 − u_k = σ(−4) + e leaves at least σ(−4) μ (a_k² + b_k²):",
        (sigma(-4) + slack) * ((floor + slack_i) * a_k**2 + (floor + slack_j) * b_k**2)
        - sigma(-4) * floor * (a_k**2 + b_k**2),
        (sigma(-4) + slack) * (slack_i * a_k**2 + slack_j * b_k**2)
        + slack * floor * (a_k**2 + b_k**2), sp.expand,
    )  # fmt: skip


@case1.numeric(
    DECREASE,
    oracle="the bound, adversarial pairs with q c ≤ 0",
    tolerance=1e-12,
    because="F/Σ‖g‖² is a sum of a few dozen numbers of size one, each good to some eps",
    samples=6,
)
def _(formula, rng):
    g, energy = adversaries(rng)
    g = with_sign(g, energy, -1)
    least = np.min([formula(g, energy, 3, form) for form in FORMS], axis=0) / total(g)
    return bounded(guaranteed(energy[0]), least)
