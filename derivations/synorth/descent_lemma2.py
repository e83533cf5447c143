"""Joint descent, Lemma 2: what EAR and Syn leave at least, block by block."""

from functools import cache

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof, agree
from derivations.symbols import a, b, g_i, g_j, inner, w_i, w_j
from derivations.synorth.descent_formulas import DECREASE
from derivations.synorth.descent_pairs import FORMS, adversaries, block_data
from derivations.synorth.descent_symbols import HALF, S, h, joint_decrease, t, with_shares

lemma2 = Claim(
    id="synorth-descent-lemma2",
    place="ours, on Eqs. 8, 11 and 15",
    title="With EAR and Syn on, every block keeps at least a gated share of its energy, before "
    "Orth",
    statement=r"F \ge \sum_k \left\{\tilde r_i \|g_i^{(k)}\|^2 [u_k + (1-u_k)\sqrt{w_i}] + "
    r"\tilde r_j \|g_j^{(k)}\|^2 [u_k + (1-u_k)\sqrt{w_j}]\right\} - u D, \quad u_k = \sigma(-q "
    r"c^{(k)}), \; u = \sigma(-q c)",
    remark="Each bracket grows with u_k, so a smaller u_k gives a smaller bound; EAR enters "
    "through three numbers only: r̃_i ≥ 1, r̃_j ≥ 1/2 and r̃_j √w_j ≥ 1/2.",
)


@lemma2.proof
def _(proof: Proof) -> None:
    gate, alpha, r, u, o = sp.symbols("gamma alpha r u o", nonnegative=True)
    proof.let(
        "A block of Eq. 15 is r̃[γP + (1 − γ)g] + (1 − γ_g)O with P = αg. A block of g that is "
        "zero gives nothing on either side. Write u_k = 1 − γ_l, u = 1 − γ_g, and O = o g_j"
    )
    step = r * (gate * alpha + 1 - gate) * g_i + u * o * g_j
    proof.equal(
        "Its product with g is r̃a²[u_k + (1 − u_k)α] + u g·O; summed over blocks and modalities, F",
        inner(g_i, step).subs(gate, 1 - u),
        r * a**2 * (u + (1 - u) * alpha) + u * inner(g_i, o * g_j), sp.expand,
    )  # fmt: skip
    proof.equal(
        "Syn never shrinks below √w: (α a)² = w S_k exceeds (√w a)² by w b²",
        share * S - (sp.sqrt(share) * a) ** 2, share * b**2, sp.expand,
    )  # fmt: skip
    rho, more = sp.symbols("rho epsilon", nonnegative=True)
    proof.nonnegative(
        "With α = √w + ε and 1 − u_k = γ_l ≥ 0 a block keeps at least a²[u_k + (1 − u_k)√w]: the "
        "rest is",
        a**2 * ((1 - gate) + gate * (rho + more)) - a**2 * ((1 - gate) + gate * rho),
        a**2 * gate * more, sp.expand,
    )  # fmt: skip
    root = 1 / (1 + t)
    proof.nonnegative(
        "The bracket does not fall as u_k rises, since √w = 1/(1 + t') ≤ 1: its derivative is",
        sp.diff(u + (1 - u) * root, u), t / (1 + t), sp.cancel,
    )  # fmt: skip


@lemma2.proof
def _(proof: Proof) -> None:
    z, e = sp.symbols("z e", nonnegative=True)
    proof.let(
        "What EAR gives: r̃_i = (2w_i)^{−e} and r̃_j = (2w_j)^{−e} with e = (1 + c)/2 in [0, 1]"
    )
    proof.nonnegative("2w_i ≤ 1, say 1/(1 + t), so ln r̃_i = e ln(1 + t)", e * sp.log(1 + t))
    proof.positive("and exp increases from exp 0 = 1: so r̃_i ≥ 1", sp.diff(sp.exp(z), z))
    proof.nonnegative(
        "2w_j = 1 + 2h and e = 1 − z with z ≥ 0, so ln r̃_j exceeds ln 1/(2w_j) by",
        -(1 - z) * sp.log(1 + 2 * h) + sp.log(1 + 2 * h), z * sp.log(1 + 2 * h), sp.expand,
    )  # fmt: skip
    proof.positive(
        "hence r̃_j ≥ 1/(2w_j) > 1/2:", 1 / (2 * w_j) - HALF, w_i / (2 * w_j), with_shares
    )
    root = 1 / (1 + t)
    proof.nonnegative(
        "and with √w_j = 1/(1 + t) r̃_j √w_j ≥ 1/(2√w_j) ≥ 1/2:", 1 / (2 * root) - HALF, t / 2
    )


lengths, partners = sp.symbols("a_1:4", positive=True), sp.symbols("b_1:4", positive=True)
cosines, share = sp.symbols("kappa_1:4", real=True), sp.Symbol("w", positive=True)


@cache
def of_three_blocks(form):
    """F of the proof as a NumPy function of three blocks' lengths and cosines, and of w_i."""
    decrease = joint_decrease(lengths, partners, cosines, share, form)
    return sp.lambdify([lengths, partners, cosines, share], decrease, "numpy", cse=True)


@lemma2.numeric(
    DECREASE,
    oracle="the proof's sum over blocks, compiled from SymPy",
    tolerance=1e-9,
    because="F is at least 6e-4 of Σ‖g‖² at shares of 1e-6, its terms carry some eps each, and "
    "near parallel gradients c is good to √eps in the angle only",
    samples=4,
)
def _(formula, rng):
    g, energy = adversaries(rng)
    data = block_data(g)
    expected = [of_three_blocks(form)(*data, energy[0]) for form in FORMS]
    actual = [formula(g, energy, 3, form) for form in FORMS]
    return agree(np.divide(actual, expected), np.ones_like(actual))
