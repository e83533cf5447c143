"""What Syn does to conflict: no block is turned, yet the whole can be forced into alignment."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Formula, Proof, agree
from derivations.symbols import a, b
from derivations.synorth.scene import HALF, random_pair, row, sigma
from rgm_ref.energy import shares
from rgm_ref.synergy import project
from rgm_ref.synorth import synorth

t = sp.Symbol("t", positive=True)

cooperation = Claim(
    id="synorth-cooperation",
    place="Eq. 15",
    title="Cooperation is strengthened without forcing gradients in conflict into alignment",
    statement=r"c_{ij} < 0 \;\Rightarrow\; c_{ij}^{\mathrm{mod}} \le 0",
    quote="cooperation is strengthened where possible without forcing uncooperative gradients into "
    "unnatural alignment",
    corrected=r"\text{No block is turned: } \kappa_k \text{ stays. In a block with } \kappa_k < 0 "
    r"\text{ Syn still has the weight } \gamma_l \in [\sigma(-4), \tfrac12) \text{ for } \bar w > "
    r"0, \text{ and at } w_i = w_j \text{ it raises that block's conflict}",
    depends=("synorth-flip", "synergy-cosine"),
    remark="Syn changes how much each block counts. A block in agreement, however lopsided, is "
    "made equal and outweighs the conflict: c = −0.03 becomes +0.89. For w̄ < 0 conflicting "
    "blocks get more than half of Syn.",
)


@cooperation.proof
def _(proof: Proof) -> None:
    alpha, x, d = sp.symbols("alpha x d", positive=True)
    open_gate = 1 / (1 + t)
    proof.positive(
        "Syn multiplies a block by γα + 1 − γ, positive for γ = 1/(1 + t): its direction is kept",
        open_gate * alpha + 1 - open_gate, (alpha + t) / (1 + t), sp.together,
    )  # fmt: skip
    y, m = sp.symbols("y m", positive=True)
    proof.let("In conflict, κ = −|κ|, and for w̄ > 0 put y = 4 w̄|κ|, so 0 < y ≤ 4 and γ = σ(−y)")
    proof.positive(
        "The weight of Syn is below ½, by", HALF - sigma(-y), sp.tanh(y / 2) / 2,
        lambda rest: sp.simplify(rest.rewrite(sp.exp)),
    )  # fmt: skip
    proof.positive(
        "and, where y falls short of 4 by log(1 + m), above σ(−4): the difference is",
        sigma(-y) - 1 / (1 + (1 + m) * sp.exp(y)),
        m * sp.exp(y) / ((1 + sp.exp(y)) * (1 + (1 + m) * sp.exp(y))),
    )  # fmt: skip
    S = (a**2 + b**2) / 2
    proof.nonnegative(
        "Equal shares: α_i α_j is at least 1",
        sp.sqrt(S) / a * sp.sqrt(S) / b - 1, (a - b) ** 2 / (2 * a * b),
    )  # fmt: skip
    product = (open_gate * x + 1 - open_gate) * (open_gate * (1 + d) / x + 1 - open_gate)
    proof.nonnegative(
        "so with α_i = x, α_j = (1 + d)/x the block's product g_i·g_j grows in size by",
        product - 1, (d + t * ((x - 1) ** 2 + d) / x) / (1 + t) ** 2,
    )  # fmt: skip


@cooperation.counterexample
def _(proof: Proof) -> None:
    a, b, kappa = [41, 7], [1, 7], [1, -1]
    proof.let("Two blocks, lengths (41, 7) and (1, 7), cosines (1, −1), equal energies")
    s = sum(x * y * k for x, y, k in zip(a, b, kappa, strict=True))
    proof.true("The pair is in conflict: g_i·g_j", sp.Lt(s, 0, evaluate=False))
    g = sigma(sp.Integer(4))
    first = (g * 29 + (1 - g) * 41) * (g * 29 + (1 - g))
    proof.let("Syn gives the first block the lengths 29 and 29, with weight γ = σ(4); r = 1")
    own_i, own_j = row(a, b, kappa, HALF)[0], row(b, a, kappa, HALF)[0]
    proof.equal("so its product becomes", own_i[0] * 41 * own_j[0] * 1, first)
    proof.equal("the second block's stays", own_i[1] * 7 * own_j[1] * 7 * -1, -49)
    x = row(a, b, kappa, HALF)[1]
    turned = x * (own_i[0] * 41**2 + own_i[1] * 49 + own_j[0] + own_j[1] * 49) + x**2 * s
    proof.true(
        "Orth turns the pair towards orthogonality, and adds", sp.Gt(turned, 0, evaluate=False)
    )
    proof.refute(
        "The product, even without Orth, stays at or below 0", sp.Le(first - 49, 0, evaluate=False)
    )


SYNERGY = Formula(
    "the Syn part of Eq. 15",
    lambda g, e, n: synorth(g, e, n, parts={"syn"}),
    {
        "blocks turned to the partner": lambda g, e, n: (
            (synorth(g, e, n, parts={"syn"}) + project(g[::-1], shares(e), n)) / 2
        ),
        "Syn with full weight": lambda g, e, n: project(g, shares(e), n),
        "one gate, the global one": lambda g, e, n: (
            g + _opening(g, e) * (project(g, shares(e), n) - g)
        ),
    },
)


def _opening(g, energy):
    """γ_g of the whole pair."""
    w = energy[0] / energy.sum()
    cosine = g[0] @ g[1] / np.sqrt(g[0] @ g[0] * (g[1] @ g[1]))
    return 1 / (1 + np.exp(-4 * (8 * w * (1 - w) - 1) * cosine))


@cooperation.numeric(
    SYNERGY,
    oracle="each block's cosine before, and its gate read off the lengths",
    tolerance=1e-9,
    because="the gate is a quotient of length differences, which may lose six digits",
    samples=40,
)
def _(formula, rng):
    g, energy = random_pair(rng)
    mixed, whole = formula(g, energy, 2), project(g, shares(energy), 2)
    found, expected = [], []
    for block in (slice(0, 3), slice(3, 6)):
        (x, y), (u, v) = g[:, block], mixed[:, block]
        found.append(u @ v / np.sqrt(u @ u * (v @ v)))
        expected.append(x @ y / np.sqrt(x @ x * (y @ y)))
        moved, room = np.linalg.norm(u - x), np.linalg.norm(whole[0, block] - x)
        found.append(moved / room)
        expected.append(_opening(g[:, block], energy))
    return agree(found, expected)


@cooperation.observation
def _():
    g = np.array([[41.0, 0, 7, 0], [1, 0, -7, 0]])
    x, y = synorth(g, np.ones(2), 2)
    after = x @ y / np.sqrt(x @ x * (y @ y))
    return {
        "the pair of the counterexample goes from cosine −0.03 to +0.89": abs(after - 0.89) < 0.01
    }
