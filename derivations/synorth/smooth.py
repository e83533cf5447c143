"""'Without hard thresholds or handcrafted heuristics': the first is true of the gates."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof, agree
from derivations.symbols import c
from derivations.synorth.formulas import STEP
from derivations.synorth.scene import HALF, balance, random_pair, row, sigma, step

smooth = Claim(
    id="synorth-smooth",
    place="Eqs. 5, 8, 14",
    title="The step has no hard threshold and no constant set by hand",
    statement=r"g^{\mathrm{mod}} \text{ is fixed by the gradients and energies alone, smoothly}",
    quote="without relying on hard thresholds or handcrafted heuristics",
    corrected=r"0 < \gamma < 1, \; \Big|\frac{\partial\gamma}{\partial c}\Big| \le |\bar w| \le 1"
    r" \text{: no threshold. But } 4, \; 8, \; \frac12 \text{ and } l \text{ are set by hand, "
    r"and the step depends on each}",
    depends=("synorth-slope",),
    remark="Replacing Eq. 5 by w̄ = 4 w_i w_j, as natural a balance between 0 and 1, removes the "
    "flip of claim synorth-flip: that flip is a consequence of the constant 8. The paper gives no "
    "value of l at all.",
)


@smooth.proof
def _(proof: Proof) -> None:
    q, w_bar = sp.symbols(r"q \bar{w}", real=True)
    gamma = sigma(q * c)
    proof.positive("A gate is never shut", gamma)
    proof.positive(
        "and never fully open", 1 - gamma, sp.exp(-q * c) / (1 + sp.exp(-q * c)), sp.simplify
    )
    proof.equal(
        "Its slope in c stays below |q|/4 = |w̄| by a square times q, so it has no threshold",
        q / 4 - sp.diff(gamma, c), q * (gamma - HALF) ** 2,
    )  # fmt: skip
    k, m = sp.symbols("k m", positive=True)
    gate = sigma(k * w_bar * c)
    proof.equal(
        "The slope's 4, called k: γ moves with it unless w̄ c = 0",
        sp.diff(gate, k), w_bar * c * gate * (1 - gate),
    )  # fmt: skip
    w = sp.Symbol("w", positive=True)
    proof.equal(
        "Eq. 5's 8, called m (with w̄ = 1 kept at w = ½): w̄ moves with it unless w = ½",
        sp.diff(balance(w, m), m), -((2 * w - 1) ** 2) / 4, sp.expand,
    )  # fmt: skip
    r, u = 1 + sp.Symbol("t", positive=True), sp.Symbol("u", positive=True)
    proof.positive(
        "Eq. 8's ½, called k: r̃ grows with it for r = 1 + t > 1 and c = u − 1 > −1",
        sp.diff(r ** (k * u), k), r ** (k * u) * u * sp.log(r),
    )  # fmt: skip
    proof.nonnegative(
        "With 4 in place of 8 the balance is never negative and no gate flips",
        balance(w, sp.Integer(4)).subs(w, 1 / (1 + k)), 4 * k / (1 + k) ** 2,
    )  # fmt: skip


@smooth.counterexample
def _(proof: Proof) -> None:
    share = sp.Rational(3, 5)
    scene = ([2], [1], [HALF], share)
    proof.let("One block, lengths 2 and 1, cosine ½, share 3/5: the factor of g_i in g_i^mod")
    own = row(*scene)[0][0]
    for text, changed in (
        ("is the same with 8 in place of the slope's 4", {"four": 8}),
        ("is the same with 4 in place of Eq. 5's 8", {"eight": 4}),
        ("is the same with 1 in place of Eq. 8's ½", {"half": 1}),
    ):
        proof.refute(text, sp.Eq(own, row(*scene, **changed)[0][0], evaluate=False))
    proof.let("Two blocks, lengths (1, 2) and (2, 1), cosines 1, share ½: the first block's factor")
    cut = row([1, 2], [2, 1], [1, 1], HALF)[0][0]
    whole = row([sp.sqrt(5)], [sp.sqrt(5)], [sp.Rational(4, 5)], HALF)[0][0]
    proof.refute("is the same without the cut, l = 1", sp.Eq(cut, whole, evaluate=False))


@smooth.numeric(
    STEP,
    oracle="the step written in SymPy from block lengths and cosines, turned into numbers",
    tolerance=1e-12,
    because="two orders of the same few operations; cosines lose a few eps, times a slope of 4",
    samples=60,
)
def _(formula, rng):
    (g, energy), blocks = random_pair(rng), int(rng.integers(1, 4))
    return agree(formula(g, energy, blocks), step(g, energy, blocks))


def _median_move(**changed) -> float:
    """Median relative move of a step with two blocks, over 200 random pairs, in per cent."""
    rng = np.random.default_rng(0)
    moves = []
    for _ in range(200):
        g, energy = random_pair(rng, width=8)
        old, new = step(g, energy, 2), step(g, energy, **({"blocks": 2} | changed))
        moves.append(np.linalg.norm(new - old) / np.linalg.norm(old))
    return 100 * float(np.median(moves))


@smooth.observation
def _():
    expected = {
        "doubling the slope's 4": (_median_move(four=8), 6),
        "halving Eq. 5's 8": (_median_move(eight=4), 6),
        "doubling Eq. 8's ½": (_median_move(half=1), 54),
        "halving Eq. 8's ½": (_median_move(half=0.25), 20),
        "four blocks for two": (_median_move(blocks=4), 17),
    }
    return {
        f"{change} moves the step by about {per_cent} % (median of 200 random pairs)": (
            abs(moved - per_cent) < 2
        )
        for change, (moved, per_cent) in expected.items()
    }
