"""Eq. 15: what r̃ multiplies, and why it matters that Orth is left out."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Formula, Proof, agree
from derivations.symbols import a, b, c, s
from derivations.synorth.scene import HALF, balance, sigma
from rgm_ref.orthogonal import adjust
from rgm_ref.plane import nonconflict
from rgm_ref.rebalance import ratio, temper
from rgm_ref.synorth import synorth

scale = Claim(
    id="synorth-scale",
    place="Eq. 15",
    title="r̃ scales the synergy projection alone, and so leaves the orthogonality of Orth intact",
    statement=r"(\tilde r_i g_i + \mathcal O_i)^\top (\tilde r_j g_j + \mathcal O_j) = 0 "
    r"\text{ where } (g_i + \mathcal O_i)^\top (g_j + \mathcal O_j) = 0",
    quote="r̃_i … is applied only to the synergy projection and not to the orthogonal residual",
    corrected=r"\tilde r \text{ multiplies the raw part } (1 - \gamma_l)\, g_i^{(k)} \text{ as "
    r"well; orthogonality survives only outside: } \tilde r_i (g_i + \mathcal O_i) \perp \tilde "
    r"r_j (g_j + \mathcal O_j)",
    depends=("orth-exact", "synorth-mixing"),
    remark="The price grows with the imbalance that r̃ is there to cure; with scale='all' r̃ takes "
    "the whole bracket and there is none. The example has the gate of Orth fully open, γ_g = 0.",
)


def exact_pair(a, b, c, w_i, w_j):
    """Exact Orth as rows over (g_i, g_j): the form of claim synorth-mixing."""
    s, big, W = a * b * c, w_i * a**2 + w_j * b**2, w_i * w_j
    gap = sp.sqrt(big**2 - 4 * W * s**2)
    p = 2 * W * s**2 / (gap * (big + gap))
    return sp.Matrix([[p, -w_j * s / gap]]), sp.Matrix([[-w_i * s / gap, p]])


@scale.proof
def _(proof: Proof) -> None:
    r_i, r_j = sp.symbols("r_i r_j", positive=True)
    x, y = sp.symbols("x y", real=True)
    proof.let("Let x = g_i·O_j, y = O_i·g_j, and O the exact form, where O_i·O_j = 0 (orth-exact)")
    proof.let("Orthogonality of the turned pair says s + x + y = 0")
    inside = r_i * r_j * s + r_i * x + r_j * y
    proof.equal(
        "With r̃ on the gradients alone the product is no longer 0 but",
        inside.subs(c, -(x + y) / (a * b)), r_i * (1 - r_j) * x + r_j * (1 - r_i) * y, sp.expand,
    )  # fmt: skip
    outside = r_i * r_j * (s + x + y)
    proof.equal("With r̃ on the whole it stays 0", outside.subs(c, -(x + y) / (a * b)), 0, sp.expand)
    gamma, alpha = sp.symbols("gamma alpha", positive=True)
    bracket = r_i * (gamma * alpha + (1 - gamma))
    proof.equal("In Eq. 15 the raw gradient's share of a block is multiplied by r̃ too",
                bracket.subs(alpha, 0), r_i * (1 - gamma))  # fmt: skip


@scale.counterexample
def _(proof: Proof) -> None:
    share, other = sp.Rational(1, 5), sp.Rational(4, 5)
    proof.let("Lengths 2 and 1, c = −½, w_i = 1/5, exact Orth, its gate open (γ_g = 0), Syn off")
    O_i, O_j = exact_pair(2, 1, -HALF, share, other)
    gram = sp.Matrix([[4, -1], [-1, 1]])
    x, y = ((sp.Matrix([[1, 0]]) * gram * O_j.T)[0, 0], (O_i * gram * sp.Matrix([0, 1]))[0, 0])
    proof.equal("Here x = g_i·O_j is", x, HALF)
    proof.equal("and y = O_i·g_j, so that s + x + y = 0, is", y, HALF)
    r_i, r_j = (1 / (2 * share)) ** sp.Rational(1, 4), (1 / (2 * other)) ** sp.Rational(1, 4)
    proof.refute(
        "With r̃_i = (5/2)^¼, r̃_j = (5/8)^¼ the product r̃_i(1 − r̃_j) x + r̃_j(1 − r̃_i) y is 0",
        sp.Eq(r_i * (1 - r_j) / 2 + r_j * (1 - r_i) / 2, 0, evaluate=False),
    )
    gate = sigma(-2 * balance(share))
    proof.refute(
        "In a block of cosine −½ the raw part is left as it is: r̃_i (1 − γ_l) = 1 − γ_l",
        sp.Eq(r_i * (1 - gate), 1 - gate, evaluate=False),
    )


@scale.observation
def _():
    seen = {}
    g = np.array([[2, 0], [-0.5, np.sqrt(0.75)]])
    for share, cosine in ((0.2, -0.021), (0.05, -0.19)):
        found = nonconflict(_rebalanced(g, np.array([share, 1 - share]), inside=True))[0, 1]
        text = f"lengths 2 : 1, c = −½, w_i = {share}: r̃ inside leaves the cosine {cosine}, not 0"
        seen[text] = bool(abs(found - cosine) < 0.005)
    return seen


def _rebalanced(g, w, inside):
    """r̃ (g + O) or r̃ g + O, exact Orth, gates open."""
    r = temper(ratio(w), nonconflict(g)[0, 1])[:, None]
    turn = adjust(g, w, "exact")
    return r * g + turn if inside else r * (g + turn)


OUTSIDE = Formula(
    "r̃ outside the Orth term",
    lambda g, w: _rebalanced(g, w, inside=False),
    {
        "r̃ inside, as in Eq. 15": lambda g, w: _rebalanced(g, w, inside=True),
        "linear Orth for the exact one": lambda g, w: g + adjust(g, w, "linear"),
    },
)


@scale.numeric(
    OUTSIDE,
    oracle="the inner product of the pair, relative to the lengths: it is zero",
    tolerance=1e-13,
    because="the exact frame is orthonormal to a few eps",
    samples=40,
)
def _(formula, rng):
    x, y = formula(rng.normal(size=(2, 4)), rng.dirichlet([1, 1]))
    return agree(x @ y / np.sqrt(x @ x * (y @ y)), 0.0, scale=1)


SCALED = Formula(
    "Eq. 15 with r̃ on the whole step",
    lambda g, e, n: synorth(g, e, n, scale="all"),
    {
        "r̃ on the Syn part only, as printed": lambda g, e, n: synorth(g, e, n),
        "r without its exponent": lambda g, e, n: (
            ratio(e)[:, None] * synorth(g, e, n, parts={"syn", "orth"})
        ),
    },
)


@scale.numeric(
    SCALED,
    oracle="r̃ times the step without EAR",
    tolerance=1e-13,
    because="the same products in another order",
    samples=20,
)
def _(formula, rng):
    g, energy = rng.normal(size=(2, 6)), rng.gamma(1, size=2)
    share, cosine = energy / energy.sum(), g[0] @ g[1] / np.sqrt(g[0] @ g[0] * (g[1] @ g[1]))
    r = (1 / (2 * share)) ** ((1 + cosine) / 2)
    return agree(formula(g, energy, 2), r[:, None] * synorth(g, energy, 2, parts={"syn", "orth"}))
