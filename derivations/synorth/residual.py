"""What the full step leaves of a conflict: less than before, but everything where it is total."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Formula, Proof, agree
from derivations.symbols import c
from derivations.synorth.scene import HALF, near, row, sigma
from rgm_ref.plane import nonconflict
from rgm_ref.synorth import synorth

u = sp.Symbol("u", positive=True)
GRAM = sp.Matrix([[1, c], [c, 1]])
AFTER = c * (1 - u + u**2 * c**2 / 4) / (1 - u * c**2 + u**2 * c**2 / 4)

residual = Claim(
    id="synorth-near-orthogonal",
    place="Table 3, Eq. 15",
    title="Pairs in high conflict leave the step nearly orthogonal",
    statement=r"c \to -1 \;\Rightarrow\; c^{\mathrm{mod}} \approx 0",
    quote="enforcing near-orthogonality for high-conflict modality gradients",
    corrected=r"\text{At balance, } \|g_i\| = \|g_j\|, \, l = 1, \, u = \sigma(-4c): \; c^{"
    r"\mathrm{mod}} = c\, \frac{1 - u + u^2c^2/4}{1 - uc^2 + u^2c^2/4}; \text{ within } 0.102 "
    r"\text{ for } -\frac12 \le c \le 0, \text{ but } -1 \text{ at } c = -1",
    depends=("orth-denominator", "synorth-mixing"),
    remark="Mild conflict is resolved well, total conflict not at all: −0.2 → −0.06, −0.5 → −0.10, "
    "−0.8 → −0.28, −0.9 → −0.49, −0.99 → −0.92, −1 → −1. The sign of a conflict never changes.",
)


@residual.proof
def _(proof: Proof) -> None:
    (own,), partner = row([1], [1], [c], HALF)
    proof.let("Unit gradients, equal energies, one block, u = 1 − γ_g")
    proof.equal("Syn and EAR do nothing (S = 2, α = 1, r = 1): the own factor is", own, 1)
    proof.equal("and the partner's", partner, -(1 - sigma(4 * c)) * c / 2)
    v_i, v_j = sp.Matrix([[1, -u * c / 2]]), sp.Matrix([[-u * c / 2, 1]])
    product, length = (v_i * GRAM * v_j.T)[0, 0], (v_i * GRAM * v_i.T)[0, 0]
    proof.equal("So the cosine afterwards is", product / length, AFTER)
    proof.equal(
        "The step takes this much off it: the conflict never grows, and stays whole at c = −1",
        AFTER - c, -u * c * (1 - c**2) / (1 - u * c**2 + u**2 * c**2 / 4),
    )  # fmt: skip
    t = sp.Symbol("t", positive=True)
    proof.positive(
        "and its factor of c is positive, so the sign stays: with u = 1/(1 + t) its numerator is",
        (1 - u + u**2 * c**2 / 4).subs(u, 1 / (1 + t)),
        t / (1 + t) + c**2 / (4 * (1 + t) ** 2),
    )  # fmt: skip
    v = sp.Symbol("v", nonnegative=True)
    proof.equal(
        "while the denominator, a squared length, is",
        1 - u * c**2 + u**2 * c**2 / 4, (1 - u * c**2 / 2) ** 2 + (1 - c**2) * (u * c / 2) ** 2,
        sp.expand,
    )  # fmt: skip
    proof.positive(
        "with a first square that is not 0: for c² = 1/(1 + v) and u = 1/(1 + t) it is that of",
        (1 - u * c**2 / 2).subs({c: 1 / sp.sqrt(1 + v), u: 1 / (1 + t)}),
        sp.expand(2 * (1 + t) * (1 + v) - 1) / (2 * (1 + t) * (1 + v)),
    )  # fmt: skip
    x = sp.Symbol("x", real=True)
    after = AFTER.subs(u, sigma(4 * x)).subs(c, -x)
    proof.positive_on_box(
        "For c = −x between −½ and 0 what remains is above −0.102",
        after + sp.Rational(102, 1000), {x: (0, HALF)},
    )  # fmt: skip
    for before, printed in (
        ("0.2", "-0.06"), ("0.5", "-0.10"), ("0.8", "-0.28"), ("0.9", "-0.49"), ("0.99", "-0.92"),
    ):  # fmt: skip
        value = after.subs(x, sp.Rational(before))
        proof.true(f"c = −{before} leaves {printed}", near(value, printed))
    proof.equal("c = −1 leaves", sp.simplify(after.subs(x, 1)), -1)


@residual.counterexample
def _(proof: Proof) -> None:
    after = AFTER.subs(u, sigma(sp.Rational(18, 5))).subs(c, -sp.Rational(9, 10))
    proof.refute(
        "At c = −0.9, perfect balance and equal lengths, the cosine left is above −¼",
        sp.Gt(after, -sp.Rational(1, 4), evaluate=False),
    )
    total = sp.simplify(AFTER.subs(c, -1))
    proof.refute("At c = −1 anything is turned at all", sp.Ne(total, -1, evaluate=False))


@residual.observation
def _():
    cosines = -np.array([0.2, 0.5, 0.8, 0.9, 0.99])
    pairs = np.stack([np.stack([np.ones(5), 0 * cosines], -1),
                      np.stack([cosines, np.sqrt(1 - cosines**2)], -1)])  # fmt: skip
    left = nonconflict(synorth(pairs, np.ones(2), orth="exact"))[0, 1]
    text = "with the exact Orth, c = −0.2 … −0.99 leave between −0.07 and −0.03"
    return {text: bool((left > -0.07).all() and (left < -0.03).all())}


RESIDUAL = Formula(
    "cosine after the full step",
    lambda g: nonconflict(synorth(g, np.ones(2)))[0, 1],
    {
        "Orth ungated": lambda g: nonconflict(g - (g[0] @ g[1]) / 2 * g[::-1])[0, 1],
        "Orth off": lambda g: nonconflict(synorth(g, np.ones(2), parts={"syn", "ear"}))[0, 1],
        "one of the two turned twice as far": lambda g: nonconflict(
            np.stack([2 * synorth(g, np.ones(2))[0] - g[0], g[1]])
        )[0, 1],
        "exact Orth": lambda g: nonconflict(synorth(g, np.ones(2), orth="exact"))[0, 1],
    },
)


@residual.numeric(
    RESIDUAL,
    oracle="the closed form in c alone",
    tolerance=1e-12,
    because="near c = −1 the step leaves a quarter of the length, which costs a digit",
    samples=60,
)
def _(formula, rng):
    cosine = -rng.uniform(0, 0.95)
    g = np.array([[1, 0, 0], [cosine, np.sqrt(1 - cosine**2), 0]])
    opening = 1 / (1 + np.exp(4 * cosine))
    quarter = (opening * cosine) ** 2 / 4
    after = cosine * (1 - opening + quarter) / (1 - opening * cosine**2 + quarter)
    return agree(formula(g), after, scale=1)
