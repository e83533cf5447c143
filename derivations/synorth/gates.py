"""Eq. 14: the slope q = 4 w̄ changes sign, and with it the meaning of the gates."""

import numpy as np
import sympy as sp
from scipy.optimize import brentq
from scipy.special import expit

from derivations.ledger import Claim, Proof, agree
from derivations.symbols import c
from derivations.synorth.formulas import GATE
from derivations.synorth.scene import balance as balance_of
from derivations.synorth.scene import near, sigma
from rgm_ref.oracles import finite_difference
from rgm_ref.plane import balance

w = sp.Symbol("w", positive=True)
w_bar = sp.Symbol(r"\bar{w}", real=True)
t = sp.Symbol("t", positive=True)
LOW, HIGH = (2 - sp.sqrt(2)) / 4, (2 + sp.sqrt(2)) / 4
JOINT_TRAINING = [sp.Rational(-x, 100) for x in (56, 60, 75, 48, 56, 80)]

flip = Claim(
    id="synorth-flip",
    place="Eq. 14, Fig. 3(e)",
    title="The better two blocks agree, the more synergy they get and the less they are turned",
    statement=r"\gamma = \sigma(q\,c) \text{ increases in } c, \qquad q = 4\bar w = 4(8 w_i w_j - "
    r"1)",
    quote="gradients in low-conflict regions are synergistically aligned, while high-conflict "
    "pairs are orthogonally rotated",
    condition=r"\bar w > 0, \text{ that is } \max(w_i, w_j) < \frac{2 + \sqrt 2}{4} \approx 0.854",
    remark="Beyond that share the gates are flipped: conflicting blocks get the synergy, agreeing "
    "ones the turn. At w̄ = 0 every gate is ½ whatever the gradients do. The slope 4·max(w̄, 0) "
    "(slope='clamped') never flips.",
)


@flip.proof
def _(proof: Proof) -> None:
    q = sp.Symbol("q", real=True)
    gamma = sigma(q * c)
    proof.equal("The gate changes with c at the rate", sp.diff(gamma, c), q * gamma * (1 - gamma))
    proof.positive(
        "and γ(1 − γ) is positive, so the sign of q decides",
        gamma * (1 - gamma), sp.exp(-q * c) / (1 + sp.exp(-q * c)) ** 2,
    )  # fmt: skip
    proof.equal(
        "q = 4 w̄ factors over its two roots",
        4 * balance_of(w), 32 * (w - LOW) * (HIGH - w), sp.expand,
    )  # fmt: skip
    proof.positive(
        "Between the roots, w = (w₋ + t w₊)/(1 + t) with t > 0, the slope is positive",
        4 * balance_of((LOW + t * HIGH) / (1 + t)), 16 * t / (1 + t) ** 2,
    )  # fmt: skip
    proof.positive(
        "Above the upper root, w = w₊ + t with t > 0, it is negative",
        -4 * balance_of(HIGH + t), 32 * t * (t + sp.sqrt(2) / 2),
    )  # fmt: skip
    proof.equal("The lower root is its mirror image", balance_of(1 - w), balance_of(w), sp.expand)
    proof.nonnegative("The clamped slope is nowhere negative", 4 * sp.Max(0, w_bar))


@flip.counterexample
def _(proof: Proof) -> None:
    share = sp.Rational(99, 100)
    q = 4 * balance_of(share)
    proof.let("One modality has done 99 % of the work, so that the slope is", sp.Symbol("q"), q)
    proof.refute(
        "A block in full agreement gets more synergy than one in full conflict",
        sp.Gt(sigma(q), sigma(-q), evaluate=False),
    )


@flip.numeric(
    GATE,
    oracle="SciPy's logistic function of 4(8 w (1 − w) − 1) c",
    tolerance=1e-14,
    because="two evaluations of σ, each right to a few eps",
    samples=200,
)
def _(formula, rng):
    share, cosine = rng.uniform(), rng.uniform(-1, 1)
    spent = rng.uniform(1, 9) * rng.permutation([share, 1 - share])
    return agree(
        formula(cosine, balance(spent)[0, 1]), expit(4 * (8 * share * (1 - share) - 1) * cosine)
    )


ends = Claim(
    id="synorth-runs-end-there",
    place="Table 1, Fig. 3(a)",
    title="Unmodulated joint training ends where the gates are flipped, on every dataset",
    statement=r"\bar w \in \{-0.56, -0.60, -0.75, -0.48, -0.56, -0.80\} \;\Rightarrow\; "
    r"\max(w_i, w_j) = \frac12\Big(1 + \sqrt{\frac{1 - \bar w}{2}}\Big) > \frac{2 + \sqrt2}{4}",
    quote="the training process gradually shifts toward imbalance (left-shifted w̄_ij)",
    depends=("synorth-flip",),
    remark="This says where joint training ends up, not where training under RGM starts: RGM's own "
    "rows end at 0.55 to 0.78. One baseline (AL on UCF-51, Transformer: −0.07) ends flipped too.",
)


@ends.proof
def _(proof: Proof) -> None:
    share = (1 + sp.sqrt((1 - w_bar) / 2)) / 2
    proof.equal("Eq. 5 inverted: this share has the balance w̄", balance_of(share), w_bar)
    proof.let("The six joint-training entries, CNN then Transformer: KS, CREMA-D, UCF-51")
    for value in JOINT_TRAINING:
        proof.true(
            f"w̄ = {float(value):.2f}, a share of {float(share.subs(w_bar, value)):.3f}, is beyond "
            "the root where the slope turns negative",
            sp.Gt(share.subs(w_bar, value), HIGH, evaluate=False),
        )
    least, most = share.subs(w_bar, max(JOINT_TRAINING)), share.subs(w_bar, min(JOINT_TRAINING))
    proof.true("The smallest of these shares", near(least, "0.930"))
    proof.true("and the largest", near(most, "0.974"))
    proof.true("At w̄ = −0.80 two equal blocks get", near(sigma(4 * min(JOINT_TRAINING)), "0.039"))


@ends.numeric(
    GATE,
    oracle="the share found by root search in the plane, then the gates compared",
    tolerance=1e-11,
    because="brentq stops at 1e-14 in w; w̄ changes by at most 8 and the gate by 4 times that",
    samples=12,
)
def _(formula, rng):
    target = float(JOINT_TRAINING[rng.integers(6)])
    share = brentq(lambda x: balance(np.array([x, 1 - x]))[0, 1] - target, 0.5, 1, xtol=1e-14)
    cosine = rng.uniform(0.1, 1)
    flipped = expit(-4 * abs(target) * cosine)
    return agree(formula(cosine, balance(np.array([share, 1 - share]))[0, 1]), flipped)


slope = Claim(
    id="synorth-slope",
    place="Eq. 14",
    title="The better the balance, the sharper the gates",
    statement=r"\Big|\frac{\partial\gamma}{\partial c}\Big|_{c=0} = \frac{|q|}{4} = |\bar w|"
    r" \text{ increases with } \bar w",
    quote="The slope q increases with modality balance, sharpening gate transitions.",
    condition=r"\bar w \ge 0",
    depends=("synorth-flip",),
    remark="q itself does increase; its size does not. The gates are flat at w̄ = 0 and, upside "
    "down, as sharp again towards w̄ = −1 as they are at perfect balance.",
)


@slope.proof
def _(proof: Proof) -> None:
    gamma = sigma(4 * w_bar * c)
    steepness = sp.diff(gamma, c)
    proof.equal("The gate is steepest in the middle, with slope", steepness.subs(c, 0), w_bar)
    proof.equal(
        "because elsewhere γ(1 − γ) falls short of ¼ by a square",
        w_bar - steepness, 4 * w_bar * (gamma - sp.Rational(1, 2)) ** 2,
    )  # fmt: skip
    better = sp.Symbol("u", nonnegative=True)
    proof.equal("From w̄ to w̄ + u the middle slope grows by u", steepness.subs(c, 0).subs(
        w_bar, w_bar + better) - steepness.subs(c, 0), better)  # fmt: skip
    proof.let("so for w̄ ≥ 0, where it is its own size, sharpness increases with balance")
    proof.equal("For −w̄ the same gate is turned round", gamma.subs(w_bar, -w_bar), 1 - gamma)
    proof.let("so for w̄ ≤ 0 sharpness decreases with balance, down to the flat gate at w̄ = 0")


@slope.counterexample
def _(proof: Proof) -> None:
    gamma = sigma(4 * w_bar * c)
    steepness = sp.Abs(sp.diff(gamma, c).subs(c, 0))
    worse, better = sp.Rational(-4, 5), sp.Rational(1, 2)
    proof.refute(
        "The gate at w̄ = 1/2 is sharper than the one at w̄ = −4/5 (joint training, UCF-51)",
        sp.Gt(steepness.subs(w_bar, better), steepness.subs(w_bar, worse), evaluate=False),
    )


@slope.numeric(
    GATE,
    oracle="central differences of the gate at c = 0: the slope is w̄",
    tolerance=1e-8,
    because="central differences with h = 1e-5: h² (4w̄)³/48 ≈ 1e-10, rounding eps/h ≈ 2e-11",
    samples=50,
)
def _(formula, rng):
    level = rng.uniform(-1, 1)
    slope = finite_difference(lambda x: float(formula(x[0], level)), np.zeros(1))[0]
    return agree(slope, level, scale=1)
