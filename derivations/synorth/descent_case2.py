"""Joint descent, second case, q c > 0: Orth is gated to a half at most, and EAR pays for it."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof, bounded
from derivations.symbols import w_i
from derivations.synorth.descent_formulas import DECREASE
from derivations.synorth.descent_lemma1 import lemma1
from derivations.synorth.descent_lemma2 import lemma2
from derivations.synorth.descent_pairs import FORMS, adversaries, total, with_sign
from derivations.synorth.descent_symbols import FLIP, HALF, balance, h, m, sigma, t

x, z, e, g, c = sp.symbols("x z e g c", nonnegative=True)
ROOT = 1 / sp.sqrt(2)

case2 = Claim(
    id="synorth-descent-case2",
    place="ours, on Eqs. 14–15",
    title="A pair descends jointly where the gate on the whole favours alignment, q c > 0",
    statement=r"q c > 0 \Rightarrow F \ge \min\left(\frac12\sqrt{w_{\min}}, \frac{1}{\sqrt "
    r"2}-\frac12\right) \sum_i \|g_i\|^2",
    depends=(lemma1.id, lemma2.id),
    remark="The hard corner is a starved modality in full conflict: there r̃ is near 1, but so "
    "is c², and the two have to be weighed against each other.",
)


@case2.proof
def _(proof: Proof) -> None:
    proof.let(
        "Let m = σ(−|q|). Every u_k = σ(−q κ_k) is at least m, and u = σ(−|q c|) is at most 1/2, "
        "as σ increases and |κ_k| ≤ 1:"
    )
    proof.positive("its derivative", sp.diff(sigma(x), x), sp.exp(-x) * sigma(x) ** 2)
    proof.nonnegative(
        "and with e^x = 1 + t, 1/2 − σ(−x) is",
        HALF - sigma(-sp.log(1 + t)),
        t / (2 * (2 + t)),
        sp.cancel,
    )
    proof.let(
        "Lemmas 1 and 2 give F ≥ {r̃_i[m + (1 − m)√w_i] − u c²} a² + {r̃_j[m + (1 − m)√w_j] − u "
        "c²/2} b². Put √w = 1/(1 + t) and u c² = 1/2 − z, z ≥ 0"
    )
    bracket = m + (1 - m) / (1 + t)
    proof.nonnegative(
        "Second bracket, with r̃_j √w_j = 1/2 + g (Lemma 2): it exceeds 1/4 by",
        (HALF + g) * (1 + t) * bracket - (HALF - z) / 2 - sp.Rational(1, 4),
        (HALF + g) * m * t + g + z / 2, sp.cancel,
    )  # fmt: skip
    proof.equal(
        "First bracket, q > 0 and c > 0: with 2w_i = 1/(1 + x), r̃_i √w_i = (2w_i)^{−(1 + c)/2} "
        "√w_i is",
        (1 + x) ** ((1 + c) / 2) * sp.sqrt(1 / (2 * (1 + x))), (1 + x) ** (c / 2) * ROOT,
    )  # fmt: skip
    proof.let("which is at least 1/√2: call it 1/√2 + g")
    proof.nonnegative(
        "so the first bracket exceeds 1/√2 − 1/2 by",
        (ROOT + g) * (1 + t) * bracket - (HALF - z) - (ROOT - HALF),
        (ROOT + g) * m * t + g + z, sp.cancel,
    )  # fmt: skip
    proof.true(
        "and 1/√2 − 1/2 is the smaller of the two",
        sp.Lt(ROOT - HALF, sp.Rational(1, 4), evaluate=False),
    )


@case2.proof
def _(proof: Proof) -> None:
    w = sp.Symbol("w", positive=True)
    proof.let(
        "First bracket, q < 0 and c < 0. Put Q = −q, y = 1 − |c| in [0, 1), E = e^{−Q}, so m = "
        "E/(1 + E)"
    )
    proof.equal(
        "q rises with w_i up to 1/2,",
        sp.diff(4 * balance(w), w).subs(w, HALF - h),
        64 * h,
        sp.expand,
    )
    proof.equal("and q = 0 at w_i = (2 − √2)/4: so w_i is smaller", 4 * balance(FLIP), 0, sp.expand)
    E = sp.Symbol("E", positive=True)
    proof.nonnegative(
        "(i) u = σ(−Q|c|) ≤ m e^{Qy}. With e^{Qy} = 1 + g, e^{−Q|c|} = E(1 + g), the difference is",
        E / (1 + E) * (1 + g) - E * (1 + g) / (1 + E * (1 + g)),
        E**2 * g * (1 + g) / ((1 + E) * (1 + E * (1 + g))), sp.cancel,
    )  # fmt: skip
    tangent = w - 1 - sp.log(w)
    proof.positive(
        "(ii) ln w ≤ w − 1 for every w > 0: w − 1 − ln w is convex,", sp.diff(tangent, w, 2)
    )
    proof.equal("its slope at 1 is 0", sp.diff(tangent, w).subs(w, 1), 0)
    proof.equal("and so is its value, the smallest", tangent.subs(w, 1), 0)
    proof.let("so ln|c| ≤ −y and c² ≤ e^{−2y}; with (i), u c² ≤ m e^{(Q − 2)y}")
    proof.let(
        "(iii) r̃_i = (2w_i)^{−y/2} = e^{y ln(1/2w_i)/2}. It remains that ln(1/2w_i)/2 > Q − 2"
    )
    gap = -sp.log(2 * w) / 2 - 2 + 32 * w - 32 * w**2
    proof.equal(
        "The difference of the two is", -sp.log(2 * w) / 2 - (-4 * balance(w) - 2), gap, sp.expand
    )
    at = sp.Rational(1, 64)
    excess = sp.log(32) / 2 - sp.Rational(3, 2) - 32 * w**2
    proof.equal(
        "By (ii) at 64w it is at least ln(32)/2 − 3/2 − 32w², what it exceeds that by being",
        gap - excess, tangent.subs(w, w / at) / 2, lambda f: sp.expand(sp.expand_log(f)),
    )  # fmt: skip
    twelfth = sp.Rational(1, 12)
    proof.positive(
        "which is positive up to w = 1/12: with w = 1/(12(1 + t)) it is",
        excess.subs(w, twelfth / (1 + t)),
        sp.log(32) / 2 - sp.Rational(31, 18) + sp.Rational(2, 9) * t * (2 + t) / (1 + t) ** 2,
        lambda f: sp.cancel(sp.expand(f)),
    )  # fmt: skip
    proof.true("From 1/12 on, 1 − w > 5/6,", sp.Lt(FLIP, sp.Rational(1, 6), evaluate=False))
    proof.positive(
        "so with w = 1/12 + g, 1 − w = 5/6 + z already 32w(1 − w) − 2 is",
        32 * (twelfth + g) * (sp.Rational(5, 6) + z) - 2,
        sp.Rational(2, 9) + sp.Rational(80, 3) * g + sp.Rational(8, 3) * z + 32 * g * z, sp.expand,
    )  # fmt: skip
    proof.nonnegative(
        "and the logarithm does not spoil it: with 2w = 1/(1 + t), ln(1/2w)/2 =", sp.log(1 + t) / 2
    )
    proof.let("So r̃_i m ≥ m e^{(Q − 2)y} ≥ u c². Put r̃_i m = u c² + e, r̃_i = 1 + g, m = 1/2 − z")
    root = sp.sqrt(w_i)
    proof.nonnegative(
        "The first bracket, r̃_i m − u c² + r̃_i(1 − m)√w_i, exceeds √w_i/2 by",
        e + (1 + g) * (HALF + z) * root - root / 2, e + (g * (HALF + z) + z) * root, sp.expand,
    )  # fmt: skip


@case2.numeric(
    DECREASE,
    oracle="the bound, adversarial pairs with q c > 0",
    tolerance=1e-12,
    because="F/Σ‖g‖² is a sum of a few dozen numbers of size one, each good to some eps",
    samples=6,
)
def _(formula, rng):
    g, energy = adversaries(rng)
    g = with_sign(g, energy, 1)
    bound = np.minimum(np.sqrt(energy[0]) / 2, np.sqrt(0.5) - 0.5)
    return bounded(
        bound, np.min([formula(g, energy, 3, form) / total(g) for form in FORMS], axis=0)
    )
