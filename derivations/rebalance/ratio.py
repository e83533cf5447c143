"""Eq. 7: what the ratio equalises, and why it suppresses gently but amplifies without bound."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof, agree, bounded
from derivations.rebalance.formulas import RATIO

i, M = sp.Symbol("i", integer=True), sp.Symbol("M", integer=True, positive=True)
E = sp.IndexedBase("E", positive=True)
E_i, E_j, S = sp.symbols("E_i E_j S", positive=True)
others = sp.Symbol("R", nonnegative=True)  # energy of the other modalities

claim = Claim(
    id="rebalance-ratio",
    place="Eq. 7",
    title="Modalities that have moved less are amplified, those that have moved more suppressed",
    statement=r"r_i = \frac{\sum_j E_j}{M E_i} \ge \frac{1}{M}, \quad \sum_i \frac{1}{r_i} = M, "
    r"\quad r_i > 1 \iff E_i < \frac{1}{M}\sum_j E_j",
    quote="under-contributing modalities (with lower E_i) receive stronger gradient amplification, "
    "while dominant ones are gently suppressed",
)


@claim.proof
def _(proof: Proof) -> None:
    r = sp.Symbol("r", positive=True)
    proof.let("Write S for the total energy of the M modalities", S, sp.Sum(E[i], (i, 1, M)))
    proof.solves(
        "Eq. 7 is the one scaling for which r_i E_i is the mean energy, the same for every i",
        r * E_i - S / M, r, S / (M * E_i),
    )  # fmt: skip
    proof.equal(
        "It is above 1 exactly where the energy is below the mean",
        S / (M * E_i) - 1, (S / M - E_i) / E_i, sp.expand,
    )  # fmt: skip
    proof.nonnegative(
        "It is at least 1/M: the other modalities' energy R = S − E_i is not negative",
        (E_i + others) / (M * E_i) - 1 / M, others / (M * E_i), sp.expand,
    )  # fmt: skip
    proof.nonnegative(
        "It falls as the modality spends more, the others being fixed",
        -sp.diff((E_i + others) / (M * E_i), E_i), others / (M * E_i**2), sp.factor,
    )  # fmt: skip
    inverses = sp.Sum(M * E[i] / S, (i, 1, M))
    proof.equal(
        "The inverse ratios add up to M: the harmonic mean of the ratios is 1",
        inverses, M, lambda d: sp.factor_terms(d).subs(sp.Sum(E[i], (i, 1, M)), S),
    )  # fmt: skip


@claim.numeric(
    RATIO,
    oracle="linear equations: (1/r_i)/E_i all equal, mean of 1/r_i equal to 1",
    tolerance=1e-12,
    because="the energies span 1e4, so the equations are solved to 1e4 eps",
)
def _(formula, rng):
    energy = 10 ** rng.uniform(-2, 2, 2 + rng.integers(4))
    equations = (np.eye(len(energy)) - np.eye(len(energy), k=1)) / energy
    equations[-1] = 1 / len(energy)
    return agree(formula(energy), 1 / np.linalg.solve(equations, np.eye(len(energy))[-1]))


unbounded = Claim(
    id="rebalance-unbounded",
    place="ours, on Eq. 7",
    title="Suppression stops at 1/M, amplification has no bound, and on average EAR amplifies",
    statement=r"\frac{1}{M} \le r_i, \quad \sup r_i = \infty, \quad \frac{1}{M}\sum_i r_i \ge 1, "
    r"\quad r_i + r_j = \frac{1}{2 w_i w_j} \ge 2 \text{ for } M = 2",
    depends=("rebalance-ratio",),
    remark="The ratio r is the only unbounded factor of RGM: Syn, and Orth in its corrected form, "
    "never lengthen a pair by more than a fixed factor.",
)


@unbounded.proof
def _(proof: Proof) -> None:
    K, spent = sp.symbols("K R", positive=True)
    proof.solves(
        "r_i takes every value (1 + K)/M above 1/M, where the other modalities' energy R is",
        (E_i + spent) / (M * E_i) - (1 + K) / M, spent, K * E_i,
    )  # fmt: skip
    proof.let(
        "For any M: Σ_i r_i = (1/M) Σ_i Σ_j E_j/E_i; the M diagonal terms are 1, and the terms of "
        "each of the M(M − 1)/2 pairs are compared with 2"
    )
    proof.nonnegative(
        "Each pair contributes at least 2",
        E_i / E_j + E_j / E_i - 2, (E_i - E_j) ** 2 / (E_i * E_j), sp.factor,
    )  # fmt: skip
    proof.equal("So the sum of the ratios is at least", (M + M * (M - 1)) / M, M)
    w_i, w_j = E_i / (E_i + E_j), E_j / (E_i + E_j)
    total = (E_i + E_j) / (2 * E_i) + (E_i + E_j) / (2 * E_j)
    proof.equal("For M = 2 the sum is given by the shares", total, 1 / (2 * w_i * w_j), sp.factor)
    proof.nonnegative(
        "which is 2 at balance and more everywhere else",
        total - 2, (E_i - E_j) ** 2 / (2 * E_i * E_j), sp.factor,
    )  # fmt: skip


@unbounded.numeric(
    RATIO,
    oracle="the bounds 1/M on each ratio and M on their sum",
    tolerance=1e-13,
    because="rounding of a sum of at most 6 ratios, relative to the sum",
)
def _(formula, rng):
    r = formula(10 ** rng.uniform(-3, 3, 2 + rng.integers(5)))
    return bounded([1 / len(r), len(r)], [r.min(), r.sum()], scale=r.sum())
