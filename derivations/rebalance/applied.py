"""Where EAR settles when CGE counts the gradients that are applied: the power 1/(2 + c), proved."""

import functools

import numpy as np
import sympy as sp
from scipy.optimize import brentq

from derivations.ledger import Claim, Proof, agree
from derivations.rebalance.formulas import SETTLED
from rgm_ref.rebalance import ratio, temper, trajectory

e, G, s, tau, T, x = sp.symbols("e G s tau T x", positive=True)
m = sp.Symbol("m", positive=True)  # 1 + c, so that the factor on an energy is r^m

claim = Claim(
    id="rebalance-applied",
    place="ours, on Eqs. 7–8",
    title="If CGE counts the applied gradients, steady energies settle at the power 1/(2 + c)",
    statement=r"E_k \leftarrow E_k + \tilde r_k^2 e_k \;\Rightarrow\; "
    r"\frac{E_i}{E_j} \to \Bigl(\frac{e_i}{e_j}\Bigr)^{1/(2 + c)}, \quad -1 \le c \le 1",
    depends=("rebalance-ratio", "rebalance-temper"),
    remark="Cube root at c = 1 (100 : 1 settles at 4.64 : 1), square root at c = 0, untouched at "
    "c = −1. For every M and every start; deviations die out like n^−(2 + c). The first steps may "
    "overshoot far: that a step of EAR points the right way does not yet prove that it converges.",
)


def powers(difference: sp.Expr) -> sp.Expr:
    """Powers of positive numbers multiplied out, exponents added."""
    return sp.simplify(sp.powsimp(sp.expand_power_base(difference.doit(), force=True)))


@claim.proof
def where_it_must_settle(proof: Proof) -> None:
    xi, kappa, lam = sp.symbols("xi kappa lambda", real=True)
    E_i, E_j, D_i, D_j = sp.symbols("E_i E_j Delta_i Delta_j", positive=True)
    proof.let("Let m = 1 + c, 0 ≤ m ≤ 2. A step adds Δ_k = r_k^m e_k with r_k = s/E_k, s = ΣE/M")
    proof.let("For m = 0 nothing is scaled, E_k ∝ e_k and the statement is plain; so let m > 0")
    proof.solves(
        "With ξ = log(E_i/E_j), κ = log(e_i/e_j): log(Δ_i/Δ_j) = κ − mξ, equal to ξ only at",
        kappa - m * xi - xi, xi, kappa / (1 + m),
    )  # fmt: skip
    proof.equal(
        "A step moves E_i/E_j towards Δ_i/Δ_j, by the part λ = Δ_j/(E_j + Δ_j) of the way",
        (E_i + D_i) / (E_j + D_j),
        ((1 - lam) * E_i / E_j + lam * D_i / D_j).subs(lam, D_j / (E_j + D_j)), sp.factor,
    )  # fmt: skip
    proof.equal(
        "towards the fixed point, for the pull log(Δ_i/Δ_j) − ξ has the sign of ξ* − ξ",
        kappa - m * xi - xi, (1 + m) * (kappa / (1 + m) - xi),
    )  # fmt: skip


@claim.proof
def one_map_for_all(proof: Proof) -> None:
    E = (e * G) ** (1 / (1 + m))
    proof.let("That it gets there: measure each modality by G_k = E_k^(1 + m)/e_k, and let τ = s^m")
    proof.equal(
        "An energy E = (eG)^(1/(1 + m)) grows by the part", e * tau / E**m / E, tau / G, powers
    )
    proof.equal(
        "so one map, with one τ, moves the G of every modality",
        (E * (1 + tau / G)) ** (1 + m) / e, G * (1 + tau / G) ** (1 + m), powers,
    )  # fmt: skip
    excess = (1 + x) ** (1 + m) - 1 - (1 + m) * x
    proof.let("Compare (1 + x)^(1 + m) with its tangent 1 + (1 + m)x, for x = τ/G")
    proof.equal("They agree at x = 0", sp.Subs(excess, x, 0), 0, powers)
    proof.equal("so do their slopes", sp.Subs(sp.Derivative(excess, x), x, 0), 0, powers)
    proof.nonnegative(
        "and the difference is convex: G grows by (1 + m)τ at least, so G_k ≥ (1 + m)T with T = Στ",
        sp.diff(excess, x, 2), m * (1 + m) * (1 + x) ** (m - 1), powers,
    )  # fmt: skip
    proof.equal(
        "So E^(1 + m) ≥ e(1 + m)T, and Δ = eτ/E^m is at most a constant times τ T^(−m/(1 + m))",
        e * tau / (e * (1 + m) * T) ** (m / (1 + m)),
        (e / (e * (1 + m)) ** (m / (1 + m))) * tau * T ** (-m / (1 + m)), powers,
    )  # fmt: skip
    proof.let("The mean energy s grows by at most A τ T^(−m/(1 + m)); and s → ∞, because r_k ≥ 1/M")


@claim.proof
def no_explosion(proof: Proof) -> None:
    t = sp.Symbol("t", nonnegative=True)
    h, every_m = 3 * m**2 / (4 * (1 + m)), {m: 2 / (1 + t)}
    proof.let(
        "No run-away: wait until s^(1/3) ≥ 1 + A, and take C ≥ 1 with s ≤ C s_before^(4/3) there"
    )
    proof.let("Then T ≥ s_before^m ≥ (s/C)^(3m/4). With this T the growth of s is at most")
    power = sp.Symbol("h", positive=True)
    proof.let("A C^h s^(m − h), where", power, h)
    proof.equal(
        "by adding the powers of s",
        s**m * (s ** (3 * m / 4)) ** (-m / (1 + m)),
        s ** (m - h),
        powers,
    )
    proof.let("Every 0 < m ≤ 2 is m = 2/(1 + t) with t ≥ 0")
    proof.nonnegative(
        "The power of s is at most 1, and it is here that c ≤ 1 is needed",
        (1 - (m - h)).subs(every_m), t * (2 + t) / ((1 + t) * (3 + t)), sp.factor,
    )  # fmt: skip
    proof.nonnegative(
        "The power of C is at most 1",
        (1 - h).subs(every_m), t * (4 + t) / ((1 + t) * (3 + t)), sp.factor,
    )  # fmt: skip
    proof.let(
        "So s' ≤ D s with D = 1 + AC, and D s ≤ C s^(4/3) since s^(1/3) ≥ 1 + A: it carries on"
    )
    proof.let("Then τ ≤ D^m τ_before ≤ D^m T, so T' = T + τ ≤ (1 + D^m)T: T may be replaced by T'")
    proof.equal(
        "s' − s ≤ A'(T' − T) T'^(−m/(1 + m)) is at most A' times the integral from T to T' of",
        T ** (-m / (1 + m)), sp.Derivative((1 + m) * T ** (1 / (1 + m)), T), powers,
    )  # fmt: skip
    proof.equal(
        "So s ≤ B T^(1/(1 + m)), and τ/T = s^m/T is at most B^m times this, which goes to 0",
        (T ** (1 / (1 + m))) ** m / T, T ** (-1 / (1 + m)), powers,
    )  # fmt: skip


@claim.proof
def hence_the_limit(proof: Proof) -> None:
    c, e_i, e_j = sp.symbols("c e_i e_j", positive=True)
    growth = ((1 + x) ** (1 + m) - 1) / x
    proof.equal(
        "Now x = τ/G ≤ τ/((1 + m)T) goes to 0, and the growth of G over that of T has the limit",
        sp.Limit(growth, x, 0), 1 + m, powers,
    )  # fmt: skip
    proof.let("With T → ∞, Stolz and Cesàro give G_k/T → 1 + m for every k: so G_i/G_j → 1")
    energy_i, energy_j = ((own * G) ** (1 / (2 + c)) for own in (e_i, e_j))
    settled = (e_i / e_j) ** (1 / (2 + c))
    proof.equal("and E_i/E_j goes to, with m = 1 + c,", energy_i / energy_j, settled, powers)
    proof.equal(
        "The energies that single steps apply, Δ_i/Δ_j, settle at the same ratio",
        (e_i / e_j) * settled ** (-(1 + c)), settled, powers,
    )  # fmt: skip


@claim.numeric(
    SETTLED,
    oracle="2000 steps of Eqs. 3, 7 and 8, three modalities, 100 runs side by side",
    tolerance=1e-5,
    because="the deviation dies out like n^−(2 + c), below 2000^−2 = 2.5e-7 times its start, c ≥ 0",
    samples=50,
)
def _(formula, rng):
    conflict, seen = simulated()
    run = rng.integers(len(conflict))
    return agree(np.full(2, formula(conflict[run], "applied")), seen[:, run], scale=1)


@functools.cache
def simulated():
    """Conflicts of 100 runs, and the exponents that the two ratios of each settle at."""
    rng = np.random.default_rng(7)
    energies = 10 ** (rng.uniform(0, 0.3, (3, 100)) + np.array([[0.9], [0.4], [0]]))
    conflict = rng.uniform(0, 1, 100)
    cge, _ = trajectory(energies, conflict, 2000, "applied")
    return conflict, np.log(cge[-1, :2] / cge[-1, 2]) / np.log(energies[:2] / energies[2])


@claim.numeric(
    SETTLED,
    oracle="SciPy's root of Δ_i/Δ_j = E_i/E_j",
    tolerance=1e-9,
    because="brentq stops at 2e-12 in the logarithm of the ratio, which is above 0.1",
)
def _(formula, rng):
    kappa, conflict = rng.uniform(0.5, 5), rng.uniform(-1, 1)

    def pull(xi):
        energy = np.array([np.exp(xi), 1.0])
        r = temper(ratio(energy), conflict)
        return kappa + 2 * np.log(r[0] / r[1]) - xi

    return agree(formula(conflict, "applied"), brentq(pull, -20, 20) / kappa)
