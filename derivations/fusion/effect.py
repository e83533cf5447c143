"""What the fusion decides: under sum fusion RGM is one constant; where a network is cut matters."""

import numpy as np
import sympy as sp

from derivations.fusion.formulas import SUM_FACTOR
from derivations.ledger import Claim, Proof, agree
from rgm_ref import fusion, head
from rgm_ref.orthogonal import FORMS
from rgm_ref.synorth import synorth

SIGMA_4 = 1 / (1 + sp.exp(-4))
CONSTANT = 1 - (1 - SIGMA_4) / 2
PULL_LATEX = (
    r"g_k^{\mathrm{mod}} = \left(1 - \frac{1 - \sigma(4)}{2}\right) g_k \approx 0.991\, g_k"
)

sum_noop = Claim(
    id="fusion-sum-noop",
    place="ours, on Eq. 15",
    title="Under sum fusion all of RGM is a multiplication of every gradient by 0.991",
    statement=r"f = \sum_k z_k \;\Rightarrow\; c = 1,\; \bar w = 1,\; r_k = 1,\; "
    rf"\mathcal P_k = g_k,\; {PULL_LATEX}",
    depends=("fusion-jacobians",),
    remark="For equal rates and equal initial energies, at every step, for every M and l. "
    "Problem (12) is degenerate here (parallel gradients, w_i a² = w_j b²), so the exact "
    "Orth takes its fallback, the linear form.",
)


@sum_noop.proof
def _(proof: Proof) -> None:
    M = sp.Symbol("M", integer=True, positive=True)
    E_i, E_j, E, eta, a_i, a_j, a = sp.symbols("E_i E_j E eta a_i a_j a", positive=True)

    def here(expression):
        return sp.Subs(expression, (E_i, E_j, a_i, a_j), (E, E, a, a))

    proof.let("Every J_k is 1: all g_k are one vector g of length a, so every cosine (6) is 1")
    proof.equal(
        "A step adds η²a² to every energy and leaves their differences",
        (E_i + eta**2 * a**2) - (E_j + eta**2 * a**2), E_i - E_j,
    )  # fmt: skip
    proof.let("so energies that start equal stay equal, say E")
    w = E_i / (E_i + E_j)
    proof.equal("The balance (5) is", here(8 * w * (1 - w) - 1), 1, done)
    c = sp.Symbol("c", real=True)
    tempered = ((E_i + (M - 1) * E_j) / (M * E_i)) ** ((1 + c) / 2)
    proof.equal("Rebalancing, (7) and (8), sees nothing to do", here(tempered), 1, done)
    share = E_i / (E_i + (M - 1) * E_j)
    alpha = sp.sqrt(share * (a_i**2 + (M - 1) * a_j**2)) / a_i
    proof.equal("Syn (11) multiplies by 1, in every block", here(alpha), 1, done)
    taken = (1 - w) * a_i * a_j
    half = sp.Rational(1, 2)
    corrected, printed = w * a_i**2 + (1 - w) * a_j**2, w * a_j**2 + (1 - w) * a_i**2
    proof.equal("Orth takes half of g away, by (13) corrected", here(taken / corrected), half, done)
    proof.equal("and by (13) as printed", here(taken / printed), half, done)
    gate = sp.Symbol("gamma", positive=True)
    step = 1 * (gate * 1 + (1 - gate) * 1) + (1 - gate) * -half
    proof.equal(
        "Put into the step (15), with r̃ = 1, P = g and O = −g/2, all gates γ alike: the factor of "
        "g",
        step, 1 - (1 - gate) / 2, sp.expand,
    )  # fmt: skip
    proof.true(
        "With γ = σ(4), since q c = 4 (14), that is 0.991, to four places",
        sp.Lt(abs(CONSTANT - sp.Rational(991, 1000)), sp.Rational(1, 20_000), evaluate=False),
    )


def done(expression):
    """Insert what `Subs` names, then simplify."""
    return sp.simplify(expression.doit())


@sum_noop.numeric(
    SUM_FACTOR,
    oracle="the full step on sum fusion, M = 2, 3, 5, every form of Orth, five steps",
    tolerance=1e-13,
    because="a few dozen roundings of 1e-16",
    samples=5,
)
def _(formula, rng):
    modalities, form = int(rng.choice([2, 3, 5])), str(rng.choice(FORMS))
    energy, rate, expected, found = np.ones(modalities), 0.1, [], []
    for _ in range(5):
        g = np.stack(fusion.add_vjp(modalities, rng.normal(size=6)))
        energy += rate**2 * (g**2).sum(axis=-1)
        found.append(formula(g))
        expected.append(synorth(g, energy, blocks=3, orth=form))
    return agree(found, expected)


independent = Claim(
    id="fusion-independent",
    place="Introduction",
    title="SynOrth Grad is independent of the model's architecture and of the fusion strategy",
    statement=r"\text{the same network, however it is cut into encoder and fusion, "
    r"hands the same } g_k^{\mathrm{mod}} J_k \text{ to its encoders}",
    quote="is independent of both the model architecture and feature fusion strategy",
    corrected=r"\text{One network, two cuts: with } l = W_i z_i + W_j z_j \text{, features } z_k "
    r"\text{ under concatenation give any } c \in [-1, 1]; \text{ features } z'_k = W_k z_k "
    r"\text{ under sum fusion give } c = 1 \text{ and a constant factor}",
    depends=("fusion-sum-noop",),
    remark="The code runs under any fusion whose features have one width; what it does is "
    "decided by the fusion, and even by where one says that the encoder ends.",
)
theta = sp.Symbol("theta", real=True)
r_1, r_2 = sp.symbols("r_1 r_2", real=True)
r = sp.Matrix([r_1, r_2])
TURN = sp.Matrix([[sp.cos(theta), -sp.sin(theta)], [sp.sin(theta), sp.cos(theta)]])


def cosine(u, v):
    return u.dot(v) / sp.sqrt(u.dot(u) * v.dot(v))


@independent.proof
def _(proof: Proof) -> None:
    proof.let("Two logits, residual r; head blocks W_i = 1 and W_j = a turn by θ")
    g_i, g_j = r, TURN.T * r
    proof.equal(
        "Cut below the head: concatenation with g_k = W_kᵀ r. Then c is",
        cosine(g_i, g_j), sp.cos(theta),
    )  # fmt: skip
    proof.let("which takes every value in [−1, 1] as θ varies")
    proof.equal(
        "Cut above it: sum fusion of z′_k = W_k z_k, where both modalities receive r. Then c is",
        cosine(r, r), 1,
    )  # fmt: skip
    factor = sp.Symbol("lambda", positive=True)
    proof.equal(
        "and the encoder below z_j receives W_jᵀ times RGM's constant λ times r: λ g_j",
        TURN.T * (factor * r), factor * g_j, sp.expand,
    )  # fmt: skip


@independent.counterexample
def _(proof: Proof) -> None:
    proof.let("Take θ = π, so that g_j = −g_i, with equal energies and one block")
    a = sp.Symbol("a", positive=True)
    s, half = -(a**2), sp.Rational(1, 2)
    turned = -(half * s) / (half * a**2 + half * a**2) * -1  # O_i as a multiple of g_i
    proof.equal("Cut below the head, Orth (13) takes half of g_i away", turned, -half)
    gate = 1 / (1 + sp.exp(4))
    below = 1 + (1 - gate) * turned
    proof.equal(
        "with the gate σ(−4) wide open, so that encoder i receives g_i times",
        below, 1 - SIGMA_4 / 2,
    )  # fmt: skip
    proof.refute(
        "Cut above the head it receives g_i times 0.991: the same network, two steps",
        sp.Eq(below, CONSTANT, evaluate=False),
    )


@independent.observation
def _():
    rng = np.random.default_rng(0)
    features, heads = rng.normal(size=(2, 3)), rng.normal(size=(2, 3, 3))
    target, energy = np.eye(3)[0], np.ones(2)
    own = head.to_logits(features, heads)
    g_logits = head.residual(fusion.add(*own), target)
    below = synorth(np.stack(head.head_gradients(heads, g_logits)), energy)
    pushed = synorth(np.stack(fusion.add_vjp(2, g_logits)), energy)
    above = np.stack([pushed[k] @ heads[k].T for k in range(2)])
    joint = np.concatenate(features) @ np.concatenate(heads)
    gap = np.linalg.norm(above - below) / np.linalg.norm(below)
    return {
        "both cuts compute the same logits": bool(np.allclose(joint, fusion.add(*own), rtol=1e-12)),
        "their encoders receive steps that differ by more than a tenth": bool(gap > 0.1),
    }
