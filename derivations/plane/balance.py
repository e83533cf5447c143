"""Eq. 5: three forms of the balance coordinate, its range and its sign."""

import numpy as np
import sympy as sp
from scipy.optimize import brentq

from derivations.ledger import Claim, Proof, agree
from derivations.plane.formulas import BALANCE, ZEROS

E_i, E_j = sp.symbols("E_i E_j", positive=True)
w_i, w_j = E_i / (E_i + E_j), E_j / (E_i + E_j)
phi = sp.Symbol("phi", real=True)

forms = Claim(
    id="plane-balance-forms",
    place="Eq. 5",
    title="The balance coordinate has three forms: a product, a squared difference, an angle",
    statement=r"\bar w_{ij} = 8 w_i w_j - 1 = 1 - 2 (w_i - w_j)^2 = -\cos 4\varphi, "
    r"\quad w_i = \frac{E_i}{E_i + E_j} = \sin^2 \varphi",
    remark="The second form is the one to compute with near balance. The third makes it an "
    "angle: with tan φ = √(E_i/E_j), a full sweep of the axis is an eighth of a turn.",
)


@forms.proof
def _(proof: Proof) -> None:
    proof.equal("The shares sum to 1", w_i + w_j, 1)
    proof.equal(
        "so four times their product is 1 minus their squared difference",
        4 * w_i * w_j, 1 - (w_i - w_j) ** 2, sp.cancel,
    )  # fmt: skip
    proof.equal("which is the second form", 8 * w_i * w_j - 1, 1 - 2 * (w_i - w_j) ** 2, sp.cancel)
    sine, cosine = sp.sin(phi) ** 2, sp.cos(phi) ** 2
    proof.equal(
        "With w_i = sin²φ and w_j = cos²φ it is the third", 8 * sine * cosine - 1, -sp.cos(4 * phi)
    )


@forms.numeric(
    BALANCE,
    oracle="8 w_i w_j − 1 as printed, on energies of very different size",
    tolerance=1e-14,
    because="a handful of roundings on numbers up to 2",
)
def _(formula, rng):
    energy = 10 ** rng.uniform(-3, 3, 2)
    w = energy / energy.sum()
    return agree(formula(energy), 8 * w[0] * w[1] - 1, scale=1)


@forms.numeric(
    BALANCE,
    oracle="−cos 4φ with φ from the gradients' lengths, tan φ = √E_i / √E_j",
    tolerance=1e-13,
    because="a handful of roundings, four times the angle",
)
def _(formula, rng):
    lengths = 10 ** rng.uniform(-2, 2, 2)
    return agree(formula(lengths**2), -np.cos(4 * np.arctan2(*lengths)), scale=1)


extent = Claim(
    id="plane-balance-range",
    place="Eq. 5",
    title="The balance coordinate lies in [−1, 1], is 1 at balance alone and near −1 in extreme "
    "imbalance",
    statement=r"-1 < \bar w_{ij} \le 1; \quad \bar w_{ij} = 1 \iff E_i = E_j; \quad "
    r"\bar w_{ij} = 0 \iff w_i = \frac{2 \pm \sqrt 2}{4}; \quad \inf \bar w_{ij} = -1",
    quote="where w̄_ij = 1 indicates perfect balance (w_i = w_j = 0.5), and w̄_ij = −1 reflects "
    "extreme imbalance",
    depends=("plane-balance-forms",),
    remark="−1 is a limit: positive energies never reach it. The sign changes at an energy "
    "ratio of 3 + 2√2 ≈ 5.83, so already a modality that moved 2.4 times as far makes w̄ "
    "negative, and with it the slope q of Eq. 14.",
)


@extent.proof
def _(proof: Proof) -> None:
    w_bar = 8 * w_i * w_j - 1
    proof.positive("Never −1", w_bar + 1, 8 * E_i * E_j / (E_i + E_j) ** 2, sp.cancel)
    proof.nonnegative(
        "never above 1", 1 - w_bar, 2 * (E_i - E_j) ** 2 / (E_i + E_j) ** 2, sp.cancel
    )
    proof.solves("and 1 at equal energies alone", sp.numer(sp.cancel(1 - w_bar)), E_i, E_j)
    proof.equal(
        "The lower end is the limit of a modality that never moved", sp.limit(w_bar, E_i, 0), -1
    )
    v = sp.Symbol("v", real=True)
    w = (1 - sp.sqrt((1 - v) / 2)) / 2
    proof.equal(
        "Every value v between is taken, at the share (1 − √((1 − v)/2))/2",
        8 * w * (1 - w) - 1, v, sp.expand,
    )  # fmt: skip
    rho = sp.Symbol("rho", positive=True)
    above, below = 3 + 2 * sp.sqrt(2), 3 - 2 * sp.sqrt(2)
    proof.equal(
        "In the ratio ρ = E_i/E_j it has just two zeros, 3 + 2√2 and its inverse",
        w_bar.subs(E_i, rho * E_j), -(rho - above) * (rho - below) / (rho + 1) ** 2,
    )  # fmt: skip
    proof.equal("the first at the share (2 + √2)/4", above / (above + 1), (2 + sp.sqrt(2)) / 4)
    proof.equal("the second at (2 − √2)/4", below / (below + 1), (2 - sp.sqrt(2)) / 4)


@extent.numeric(
    ZEROS,
    oracle="SciPy's root finder on 8 w (1 − w) − 1",
    tolerance=1e-13,
    because="brentq stops at 4 eps; rounding moves the root by a few more",
    samples=1,
)
def _(formula, rng):
    def axis(w):
        return 8 * w * (1 - w) - 1

    roots = (
        brentq(axis, 0, 0.5, rtol=1e-15, xtol=1e-16),
        brentq(axis, 0.5, 1, rtol=1e-15, xtol=1e-16),
    )
    return agree(formula(), roots)
