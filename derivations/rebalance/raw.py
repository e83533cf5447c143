"""A ratio for energies that multiplies a gradient acts twice; and raw energies never see it act."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof, agree
from derivations.rebalance.formulas import SETTLED
from derivations.symbols import a, c, g_i, square
from rgm_ref.rebalance import trajectory

E_i, E_j, e_i, e_j, S, r, n, t = sp.symbols("E_i E_j e_i e_j S r n t", positive=True)
M = sp.Symbol("M", integer=True, positive=True)


def balance(ratio: sp.Expr) -> sp.Expr:
    """Balance coordinate w̄ of two energies in the given ratio."""
    return 8 * ratio / (1 + ratio) ** 2 - 1


def together(difference: sp.Expr) -> sp.Expr:
    """Powers of positive numbers, brought to one base each."""
    return sp.simplify(sp.expand_power_base(difference, force=True))


squared = Claim(
    id="rebalance-square",
    place="ours, on Eq. 7",
    title="Scaling a gradient by r scales its energy by r squared, so Eq. 7 reverses an imbalance",
    statement=r"\|r_i g_i\|^2 = r_i^2 \|g_i\|^2, \quad r_i^2 E_i \propto \frac{1}{E_i}, "
    r"\quad r_i^{2p} E_i \text{ equal for all } i \iff p = \tfrac12",
    depends=("rebalance-ratio",),
    remark="The square root of r would equalise the energies: it is what Eq. 8 applies at c = 0.",
)


@squared.proof
def _(proof: Proof) -> None:
    p, gap = sp.Symbol("p", real=True), sp.Symbol("ell", positive=True)
    proof.equal("The energy of a scaled gradient", square(r * g_i), r**2 * a**2)
    ratio = S / (M * E_i)
    proof.equal(
        "With Eq. 7 the scaled energy times the raw one is the same for all: the order is reversed",
        ratio**2 * E_i * E_i, (S / M) ** 2, sp.factor,
    )  # fmt: skip
    proof.let("With the power p of the ratio, let ℓ = log(E_i/E_j) > 0 be the gap before")
    after = p * 2 * sp.log(E_j / E_i) + sp.log(E_i / E_j)
    proof.equal(
        "The gap after",
        after,
        (1 - 2 * p) * sp.log(E_i / E_j),
        lambda d: sp.expand(sp.expand_log(d)),
    )
    proof.solves("It vanishes for the square root alone", (1 - 2 * p) * gap, p, sp.Rational(1, 2))


raw = Claim(
    id="rebalance-raw",
    place="Eqs. 7–8",
    title="EAR makes the updates of the modalities more balanced",
    statement=r"\Bigl|\log \frac{\|\tilde r_i g_i\|^2}{\|\tilde r_j g_j\|^2}\Bigr| < "
    r"\Bigl|\log \frac{\|g_i\|^2}{\|g_j\|^2}\Bigr| \text{ for steady, unequal raw energies}",
    quote="encouraging more balanced parameter updates",
    condition=r"|c| < 1, \text{ CGE accumulated from the raw gradients: } "
    r"\text{applied energies} \propto e_i^{-c}",
    depends=("rebalance-square", "rebalance-temper"),
    remark="Equal at c = 0, inverted at c = 1 (100 : 1 becomes 1 : 100), unchanged at c = −1. "
    "Fig. 2 computes CGE from the raw gradients; the text does not say.",
)


@raw.proof
def _(proof: Proof) -> None:
    gap = sp.Symbol("ell", positive=True)
    proof.let(
        "Every step the raw energies are e_i and e_j; after n steps the CGEs are n e_i, n e_j"
    )
    tempered = [((n * e_i + n * e_j) / (2 * n * e)) ** ((1 + c) / 2) for e in (e_i, e_j)]
    applied = tempered[0] ** 2 * e_i / (tempered[1] ** 2 * e_j)
    proof.equal("The ratio of the applied energies is", applied, (e_i / e_j) ** (-c), together)
    proof.let("In logarithms: a gap ℓ > 0 between the raw energies becomes −c ℓ")
    inside = (1 - t) / (1 + t)
    proof.positive(
        "For −1 < c < 1, that is c = (1 − t)/(1 + t) with t > 0, the gap has shrunk",
        gap**2 - (-inside * gap) ** 2, 4 * t * gap**2 / (1 + t) ** 2, sp.factor,
    )  # fmt: skip


@raw.counterexample
def _(proof: Proof) -> None:
    energies = sp.Matrix([100, 1])
    ratios = energies.applyfunc(lambda e: sum(energies) / (2 * e))
    applied = ratios.applyfunc(lambda x: x**2).multiply_elementwise(energies)
    proof.let("Let the gradients agree, c = 1, with raw energies 100 : 1")
    proof.equal("The applied energies are 1 : 100", applied[0] / applied[1], sp.Rational(1, 100))
    proof.refute(
        "They are no more balanced than the raw ones: w̄ is the same",
        sp.Gt(balance(applied[0] / applied[1]), balance(sp.Integer(100)), evaluate=False),
    )


@raw.numeric(
    SETTLED,
    oracle="50 steps of Eqs. 3, 7 and 8 with constant raw energies",
    tolerance=1e-11,
    because="the sums of 50 equal terms and the powers are good to 1e2 eps, the logs are above 1",
    samples=20,
)
def _(formula, rng):
    energies, conflict = 10 ** rng.uniform([1, 0, -2], [2, 0.5, -1]), rng.uniform(-1, 1)
    _, applied = trajectory(energies, conflict, 50, "raw")
    seen = np.log(applied[-1, :2] / applied[-1, 2]) / np.log(energies[:2] / energies[2])
    return agree(np.full(2, formula(conflict, "raw")), seen, scale=1)


still = Claim(
    id="rebalance-moves-plane",
    place="Fig. 3",
    title="With steady raw energies EAR moves the trajectory towards balance on the plane",
    statement=r"\bar w_{ij}^{(T)} > \bar w_{ij}^{(1)} \text{ for steady, unequal raw energies}",
    quote="drives the training trajectory toward a well-balanced region (higher w̄_ij)",
    corrected=r"\text{With CGE accumulated from raw gradients: } "
    r"\bar w_{ij}^{(T)} = \bar w_{ij}^{(1)} \text{ whatever } c",
    depends=("rebalance-raw",),
    remark="The paper says it of whole runs of RGM; this is EAR's own part in it. Raw energies are "
    "measured before EAR scales anything. The plane moves if the raw energies themselves respond "
    "to training, or if CGE is accumulated from the applied gradients.",
)


@still.proof
def _(proof: Proof) -> None:
    T, step = sp.Symbol("T", integer=True, positive=True), sp.Symbol("tau", integer=True)
    spent_i, spent_j = (sp.Sum(e, (step, 1, T)) for e in (e_i, e_j))
    proof.let(
        "Eq. 3 on the raw gradients: after T steps of energies e_i and e_j, whatever EAR applied"
    )
    share = spent_i / (spent_i + spent_j)
    proof.equal(
        "the share is that of the first step",
        share, e_i / (e_i + e_j), lambda d: sp.factor(d.doit()),
    )  # fmt: skip
    proof.let("and w̄ is a function of the share alone")


@still.counterexample
def _(proof: Proof) -> None:
    proof.let("Raw energies 100 : 1, c = 0: EAR makes the applied energies equal at every step")
    first, last = (balance(sp.Rational(100 * T, T)) for T in (1, 1000))
    proof.refute(
        "and yet the balance after 1000 steps is not above the first",
        sp.Gt(last, first, evaluate=False),
    )
