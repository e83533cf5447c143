"""How tight joint descent is: three blocks hold the worst case, and a search for it."""

import numpy as np
import sympy as sp
from scipy.optimize import linprog

from derivations.ledger import Claim, Proof, bounded
from derivations.synorth.descent_formulas import DECREASE, SEARCHED
from derivations.synorth.descent_pairs import FORMS, adversaries, from_blocks, total
from derivations.synorth.descent_symbols import sigma
from rgm_ref.plane import balance, nonconflict
from rgm_ref.synorth import gate

three_blocks = Claim(
    id="synorth-descent-three-blocks",
    place="ours, on Eq. 15",
    title="Three blocks already contain the worst case of joint descent",
    statement=r"\text{for every pair of } l \text{ blocks there is one of three blocks with the "
    r"same } w, \|g_i\|, \|g_j\|, g_i^\top g_j \text{ and no larger } F",
    remark="Carathéodory's argument: F is linear in how the energy is spread over the kinds of "
    "block.",
)


@three_blocks.proof
def _(proof: Proof) -> None:
    kappa, q = sp.symbols("kappa q", real=True)
    a, b, rho, r, w, scale = sp.symbols("a_k b_k r_i r_j w lambda", positive=True)

    def block(x, y):
        u = sigma(-q * kappa)
        energy = x**2 + y**2
        own = u * x**2 + (1 - u) * sp.sqrt(w * energy) * x
        return rho * own + r * (u * y**2 + (1 - u) * sp.sqrt((1 - w) * energy) * y)

    proof.let(
        "Given w and the totals a², b² and s, the numbers c, q, r̃, u and D are given too; a "
        "block adds to F a function of its lengths and its cosine"
    )
    proof.equal(
        "that is homogeneous of degree 2 in the lengths: the block's energy S_k times a function "
        "ψ_k of its kind (a_k : b_k, κ_k)",
        block(sp.sqrt(scale) * a, sp.sqrt(scale) * b), scale * block(a, b),
    )  # fmt: skip
    proof.let(
        "So F + uD = Σ S_k ψ_k, and the totals Σ S_k, Σ S_k cos²θ_k = a², Σ S_k sin θ_k cos θ_k "
        "κ_k = s are linear in the S_k ≥ 0 as well (tan θ_k = b_k/a_k)"
    )
    columns = sp.Matrix(3, 4, sp.symbols("x_1:5 y_1:5 z_1:5", real=True))
    minors = [
        (-1) ** k * columns.extract([0, 1, 2], [n for n in range(4) if n != k]).det()
        for k in range(4)
    ]
    proof.equal(
        "Three linear conditions on four blocks leave a direction v free: the signed 3×3 minors, "
        "in which every condition vanishes (if all minors are 0 there are even more)",
        columns * sp.Matrix(minors), sp.zeros(3, 1), sp.expand,
    )  # fmt: skip
    proof.let(
        "Move S along v or −v, whichever does not raise Σ S_k ψ_k. Σ S_k stays, so v has entries "
        "of both signs and some S_k reaches 0: one block less, F no larger. Repeat until three "
        "are left"
    )


@three_blocks.numeric(
    DECREASE,
    oracle="F of three blocks, chosen among six by SciPy's linear programming",
    tolerance=1e-7,
    because="HiGHS meets the constraints to 1e-7",
    samples=10,
)
def _(formula, rng):
    """The vertex that linear programming finds has at most three blocks and no larger F."""
    w, S = np.exp(-rng.exponential(3)) / 2, rng.dirichlet(np.ones(6))
    angle, kappa = rng.uniform(0, np.pi / 2, 6), rng.uniform(-1, 1, 6)
    kinds = np.stack([np.cos(angle), np.sin(angle)])
    energy, form = np.array([w, 1 - w]), rng.choice(FORMS)
    before = from_blocks(np.sqrt(S) * kinds, kappa)
    c, w_bar = nonconflict(before)[0, 1], balance(energy)[0, 1]
    r, gates = (2 * energy) ** (-(1 + c) / 2), gate(kappa, w_bar)
    psi = r @ ((1 - gates) * kinds**2 + gates * np.sqrt(energy)[:, None] * kinds)
    conditions = np.stack([np.ones(6), kinds[0] ** 2, kinds[0] * kinds[1] * kappa])
    kept = linprog(psi, A_eq=conditions, b_eq=conditions @ S, method="highs-ds").x
    assert (kept > 0).sum() <= 3
    after = from_blocks(np.sqrt(kept) * kinds, kappa)
    return bounded(formula(after, energy, 6, form), formula(before, energy, 6, form))


tight = Claim(
    id="synorth-descent-tight",
    place="ours, on Eq. 15",
    title="The joint decrease is at least 0.6 times the root of the smaller share",
    statement=r"F \ge 0.6 \sqrt{w_{\min}} \sum_i \|g_i\|^2",
    depends=("synorth-descent", "synorth-descent-three-blocks"),
    remark="The smallest ratio known is 0.617, one block at c = −1 on the edge w_i a² = w_j b² "
    "of the exact form with w near 0.3; 0.720 for the linear form, at balance. By "
    "synorth-descent-three-blocks no more than three blocks need be searched.",
)


@tight.search(
    DECREASE,
    oracle="the conjectured bound, 300 adversarial pairs a sample",
    tolerance=1e-12,
    because="F/Σ‖g‖² is a sum of a few dozen numbers of size one, each good to some eps",
    samples=4,
)
def _(formula, rng):
    g, energy = adversaries(rng, count=300)
    least = np.min([formula(g, energy, 3, form) for form in FORMS], axis=0)
    return bounded(0.6 * np.sqrt(energy[0]), least / total(g))


@tight.search(
    SEARCHED,
    oracle="the conjectured bound, an evolution of 25 generations of 100 pairs of three blocks a "
    "sample",
    tolerance=1e-12,
    because="F/Σ‖g‖² is a sum of a few dozen numbers of size one, each good to some eps",
    samples=8,
)
def _(formula, rng):
    """Each row: log-lengths of both gradients, arcs of the block cosines, log of the share."""
    form = rng.choice(FORMS)
    people = rng.normal(size=(100, 10))
    people[:, 3:6] += rng.normal() * 2
    people[:, 6:9] = rng.choice([-1, 1]) * np.pi / 2 + people[:, 6:9] / 3
    for generation in range(25):
        lengths = np.exp(people[:, :6]).reshape(-1, 2, 3).swapaxes(0, 1)
        w = np.exp(-np.abs(people[:, 9])) / 2
        g = from_blocks(lengths, np.sin(people[:, 6:9]))
        ratio = formula(g, np.stack([w, 1 - w]), 3, orth=form) / (np.sqrt(w) * total(g))
        parents = people[ratio.argsort()[:10]]
        children = np.repeat(parents, 9, axis=0)
        children += rng.normal(size=children.shape) * 0.85**generation
        people = np.concatenate([parents, children])
    return bounded(0.6, ratio.min())
