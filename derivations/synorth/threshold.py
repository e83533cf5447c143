"""Is γ a threshold? No: a smooth weight that is never 0 and never 1."""

import numpy as np
import sympy as sp
from scipy.special import expit
from scipy.special import logit as log_odds

from derivations.ledger import Claim, Proof, agree, bounded
from derivations.symbols import c
from derivations.synorth.formulas import GATE
from derivations.synorth.scene import near, sigma

threshold = Claim(
    id="synorth-threshold",
    place="Eq. 15, Fig. 2",
    title="The gates are no thresholds: they move smoothly, and no part is ever switched off",
    statement=r"0 < \sigma(-4) \le \gamma \le \sigma(4) < 1, \quad \frac{\partial\gamma}{\partial "
    r"c} = q\,\gamma(1-\gamma) \ne 0 \text{ where } \bar w \ne 0",
    quote="without relying on hard thresholds",
    depends=("synorth-flip",),
    remark="So the caption of Fig. 2, 'under the control of threshold γ', is not to be taken at "
    "its word: nothing is compared with γ. In full agreement 1.8 % of the turn remains, in full "
    "conflict 1.8 % of the synergy, and at w̄ = 0 half of each. What is still set by hand is the "
    "4 of q.",
)


@threshold.proof
def _(proof: Proof) -> None:
    phi, theta = sp.symbols("phi theta", real=True)
    proof.let("w̄ and c lie in [−1, 1]: write w̄ = cos φ and c = cos θ, so q c = 4 cos φ cos θ")
    halves = [(sp.sin(angle / 2) ** 2, sp.cos(angle / 2) ** 2) for angle in (phi, theta)]
    (sin_w, cos_w), (sin_c, cos_c) = halves
    product = 4 * sp.cos(phi) * sp.cos(theta)
    proof.nonnegative("q c is at most 4", 4 - product, 8 * (sin_w * cos_c + cos_w * sin_c))
    proof.nonnegative("and at least −4", 4 + product, 8 * (cos_w * cos_c + sin_w * sin_c))
    u = sp.Symbol("u", nonnegative=True)
    proof.nonnegative(
        "σ rises: at x = 4 − log(1 + u), u ≥ 0, it falls short of σ(4) by",
        sigma(4) - 1 / (1 + sp.exp(-4) * (1 + u)),
        sp.exp(-4) * u / ((1 + sp.exp(-4)) * (1 + sp.exp(-4) * (1 + u))),
    )  # fmt: skip
    proof.equal("and the lower end mirrors the upper one, 1 − σ(4) = σ(−4)",
                1 - sigma(4), sigma(-4))  # fmt: skip
    proof.positive("which is more than 0", sigma(-4))
    proof.true("namely", near(sigma(-4), "0.0180"))
    q = sp.Symbol("q", real=True)
    gamma = sigma(q * c)
    proof.equal("The gate changes with c at the rate", sp.diff(gamma, c), q * gamma * (1 - gamma))
    proof.positive(
        "where γ(1 − γ) is positive: strictly monotone, up or down, unless q = 0",
        gamma * (1 - gamma), sp.exp(-q * c) / (1 + sp.exp(-q * c)) ** 2,
    )  # fmt: skip


@threshold.numeric(
    GATE,
    oracle="the range [σ(−4), σ(4)], and at its four corners the ends themselves",
    tolerance=1e-14,
    because="two evaluations of σ",
    samples=50,
)
def _(formula, rng):
    found = formula(*rng.uniform(-1, 1, size=2))
    corners = np.array([formula(x, y) for x in (-1.0, 1.0) for y in (-1.0, 1.0)])
    ends = expit([4.0, -4.0, -4.0, 4.0])
    return bounded([-found, found, *np.abs(corners - ends)], [-ends.min(), ends.max(), *4 * [0]])


@threshold.numeric(
    GATE,
    oracle="the log-odds of the gate: log γ/(1 − γ) = 4 w̄ c, so γ depends on c without a jump",
    tolerance=1e-13,
    because="log-odds multiply the eps of γ by at most 1/(γ(1 − γ)) = 57",
    samples=50,
)
def _(formula, rng):
    cosine, w_bar = rng.uniform(-1, 1, size=2)
    return agree(log_odds(np.clip(formula(cosine, w_bar), 1e-9, 1 - 1e-9)), 4 * w_bar * cosine, 1.0)
