"""Joint descent is not uniform: what is guaranteed vanishes with the smaller share."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof, bounded
from derivations.synorth.descent_formulas import DECREASE
from derivations.synorth.descent_pairs import FORMS, from_blocks, guaranteed, total
from derivations.synorth.descent_symbols import m, t

constant = Claim(
    id="synorth-descent-constant",
    place="ours, on Eq. 15",
    title="The guaranteed share of the joint decrease must vanish with the smallest share",
    statement=r"\inf_{w} \inf_{g} \frac{F}{\sum_i \|g_i\|^2} = 0",
    depends=("synorth-descent",),
    remark="At a share of 1e-12 one block in full conflict keeps a ten-thousandth of the decrease.",
)


@constant.proof
def _(proof: Proof) -> None:
    beta = 1 / (2 + t)
    share, b2 = beta**4, beta**2
    proof.let(
        "One block, κ = c = −1, lengths a = 1 and b = β = 1/(2 + t), share w_i = β⁴ ≤ 1/16. Then "
        "q < 0, r̃ = 1 (EAR is off at c = −1) and u = u_k = m = σ(−|q|) ≤ 1/2. With S = 1 + β²"
    )
    proof.let("F = m(S − D) + (1 − m)√S(√w_i + √w_j β), where √S ≤ S, √w_i = β² and √w_j ≤ 1")
    D = b2 / (share + (1 - share) * b2)
    proof.positive(
        "Linear: S − D is at most 2β², the difference being",
        2 * b2 - (1 + b2 - D), sp.factor(sp.cancel(2 * b2 - (1 + b2 - D))), sp.cancel,
    )  # fmt: skip
    proof.positive(
        "Exact: w_i a² < w_j b², so g_i is deleted, D = 1 and S − D = β²: as w_j b² − w_i a² is",
        (1 - share) * b2 - share, sp.factor(sp.cancel((1 - share) * b2 - share)), sp.cancel,
    )  # fmt: skip
    proof.positive(
        "So F/S ≤ 2mβ² + (1 − m)(β² + β) < 3β, the difference being",
        3 * beta - 2 * m * b2 - (1 - m) * (b2 + beta),
        beta * (1 + (1 + m) * (1 + t) / (2 + t)), sp.cancel,
    )  # fmt: skip
    proof.equal("and β → 0 takes F/S with it", sp.limit(3 * beta, t, sp.oo), 0)


@constant.numeric(
    DECREASE,
    oracle="3β on the family, and the theorem's bound",
    tolerance=1e-12,
    because="F/Σ‖g‖² is a sum of a few numbers of size one, each good to some eps",
    samples=5,
)
def _(formula, rng):
    beta = 10 ** rng.uniform(-3, np.log10(0.5), 100)
    g = from_blocks(np.stack([np.ones((100, 1)), beta[:, None]]), -np.ones((100, 1)))
    energy = np.stack([beta**4, 1 - beta**4])
    ratios = np.stack([formula(g, energy, 1, form) / total(g) for form in FORMS])
    return bounded([guaranteed(energy[0]) - ratios, ratios - 3 * beta], np.zeros((2, 2, 100)))
