"""'Minimally modified gradients': how far the whole step is from the gradient."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Formula, Proof, agree, bounded
from derivations.symbols import a, b
from derivations.synorth.formulas import parts_of
from derivations.synorth.scene import random_pair, row
from rgm_ref.plane import nonconflict
from rgm_ref.rebalance import ratio
from rgm_ref.synorth import synorth

n = sp.Symbol("n", positive=True)

minimal = Claim(
    id="synorth-minimal",
    place="Fig. 2, highlights, Conclusion",
    title="The whole step modifies the gradients minimally",
    statement=r"\|g^{\mathrm{mod}} - g\| \le C\,\|g\| \text{ with one } C \text{ for all } g "
    r"\text{ and } E \text{ (the least that 'minimal' can mean)}",
    quote="producing minimally modified gradients that are fed back to the optimizer",
    corrected=r"\|g^{\mathrm{mod}} - g\| \le \big(\max_i |\tilde r_i - 1| + \sqrt2\, \max_i \tilde "
    r"r_i\, \max_k \gamma_l^{(k)} + (1 - \gamma_g)|c|\big)\,\|g\|",
    depends=("synorth-norm", "rebalance-unbounded"),
    remark="Eqs. 9 and 12 each minimise a distance, of one part, under its own constraint. The "
    "step multiplies and mixes the parts and minimises nothing; with r̃ there is no bound at all, "
    "and a cap on r gives one.",
)


@minimal.counterexample
def _(proof: Proof) -> None:
    proof.let("One block, lengths 1 and 1, c = 0: gates ½, no turn. Let the share of i be 1/(2n²)")
    own, partner = row([1], [1], [0], 1 / (2 * n**2))
    proof.equal("Then g_i^mod − g_i is g_i times", own[0] - 1, (n - 1) / 2)
    proof.equal("and there is no part along g_j", partner, 0)
    proof.refute(
        "At n = 10, a share of 0.5 %, the change of g_i is smaller than g_i",
        sp.Lt((own[0] - 1).subs(n, 10), 1, evaluate=False),
    )
    proof.let("‖g‖ = √2 for the pair, so the relative change of the whole is at least")
    proof.refute(
        "this, which would stay bounded as the share goes to 0",
        sp.Lt(sp.Limit((n - 1) / (2 * sp.sqrt(2)), n, sp.oo), sp.oo, evaluate=False),
    )


@minimal.proof
def _(proof: Proof) -> None:
    r, gamma, opening = sp.symbols("r gamma_l omega", positive=True)
    u, p, o = sp.symbols("g_i P_i O_i", real=True)
    proof.let("Let ω = 1 − γ_g. In any one coordinate Eq. 15 minus the gradient is")
    proof.equal(
        "three changes: of length, of proportion, of direction",
        r * (gamma * p + (1 - gamma) * u) + opening * o - u,
        (r - 1) * u + r * gamma * (p - u) + opening * o, sp.expand,
    )  # fmt: skip
    odds = sp.Symbol("u", positive=True)
    w_i, w_j = odds / (1 + odds), 1 / (1 + odds)
    proof.let(
        "In a block P has the directions of g and the lengths √(w_i S), √(w_j S), S = a² + b²; "
        "let the shares be in the ratio u : 1"
    )
    root = sp.sqrt(a**2 + b**2)
    moved = (sp.sqrt(w_i) * root - a) ** 2 + (sp.sqrt(w_j) * root - b) ** 2
    kept = 2 * root * (sp.sqrt(w_i) * a + sp.sqrt(w_j) * b)
    proof.positive(
        "so ‖P − g‖² over the pair falls short of 2S by",
        2 * (a**2 + b**2) - moved, kept, lambda x: sp.cancel(sp.expand(x)),
    )  # fmt: skip
    proof.let(
        "Sum over blocks: ‖P − g‖ ≤ √2 ‖g‖. The three changes, each over both modalities, are "
        "at most max |r̃ − 1|, √2 max r̃ max γ_l and (synorth-norm) (1 − γ_g)|c| times ‖g‖; the "
        "triangle inequality adds them"
    )


def _untempered(g, energy, blocks):
    _, gates, aligned, opening, turn = parts_of(g, energy, blocks)
    return ratio(energy)[:, None] * (gates * aligned + (1 - gates) * g) + opening * turn - g


CHANGE = Formula(
    "change that Eq. 15 makes",
    lambda g, e, n: synorth(g, e, n) - g,
    {
        "r without its exponent": _untempered,
        "the step itself": lambda g, e, n: synorth(g, e, n),
        "EAR off": lambda g, e, n: synorth(g, e, n, parts={"syn", "orth"}) - g,
        "energies exchanged": lambda g, e, n: synorth(g, e[::-1], n) - g,
    },
)


@minimal.numeric(
    CHANGE,
    oracle="(1/√(2w) − 1)/2 times the gradient, for unit gradients at a right angle",
    tolerance=1e-12,
    because="r̃ of at most 1e3, and c = 0 to an eps or two",
    samples=20,
)
def _(formula, rng):
    g = np.linalg.qr(rng.normal(size=(5, 2)))[0].T
    energy = 10.0 ** rng.uniform(-3, 3, size=2)
    factor = (1 / np.sqrt(2 * energy / energy.sum()) - 1) / 2
    return agree(formula(g, energy, 1), factor[:, None] * g)


@minimal.numeric(
    CHANGE,
    oracle="the bound from r̃, the gates and |c|",
    tolerance=1e-13,
    because="both sides are right to a few eps",
    samples=40,
)
def _(formula, rng):
    g, energy = random_pair(rng)
    r, gates, _, opening, _ = parts_of(g, energy, 2)
    c = abs(nonconflict(g)[0, 1])
    bound = np.abs(r - 1).max() + np.sqrt(2) * r.max() * gates.max() + opening * c
    whole = bound * np.linalg.norm(g)
    return bounded(np.linalg.norm(formula(g, energy, 2)), whole, scale=whole)
