"""How much Eq. 11 distorts a pair: the best block ratio, and the price of the share's ratio."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof, agree
from derivations.symbols import a, b
from derivations.synergy.formulas import BEST_ANGLE, DISTORTION, ONE_ANGLE, PRICE
from derivations.synergy.scenes import pair_of, stretched
from derivations.synergy.sums import LENGTHS, a_k, b_k, linear, over_blocks, total
from rgm_ref.oracles import best_block_angle

s_k = over_blocks("s", positive=True)  # √S_k
phi, best, share = sp.symbols("phi phi_* phi_w", real=True)
S, N = sp.symbols("S N", positive=True)
X, Y = sp.symbols("X Y", positive=True)  # Σ s_k a_k, Σ s_k b_k
of_roots = linear({**LENGTHS, s_k**2: S, s_k * a_k: X, s_k * b_k: Y})


def closed(angle: sp.Expr) -> sp.Expr:
    """Distortion at an angle: claim synergy-best-ratio."""
    return 2 * S - 2 * N * sp.cos(angle - best)


ratio = Claim(
    id="synergy-best-ratio",
    place="ours, on Eqs. 9–11",
    title="Among all constant block ratios one distorts the pair least, and it has a closed form",
    statement=r"\tan \varphi_* = \frac{\sum_k s_k a_k}{\sum_k s_k b_k}, \quad "
    r"\sum_k \sum_i \|\mathcal P_i^{(k)} - g_i^{(k)}\|^2 = 2 \sum_k S_k - 2 N \cos(\varphi - "
    r"\varphi_*), \quad s_k = \sqrt{S_k}",
    remark="ρ = tan φ is the length ratio, N² = (Σ s a)² + (Σ s b)². Taken over one modality "
    "alone, as (9) is printed, the minimum is elsewhere: sin φ = Σ s a / Σ S.",
)


@ratio.proof
def _(proof: Proof) -> None:
    proof.let("Block k has energy S_k = s_k²; S is all of it", S, total(s_k**2))
    proof.let(
        "In any block ‖P_i‖ = s_k sin φ and ‖P_j‖ = s_k cos φ: the ratio is tan φ, S_k is kept"
    )
    proof.let("Two sums", X, total(s_k * a_k))
    proof.let("and", Y, total(s_k * b_k))
    cost = total((s_k * sp.sin(phi) - a_k) ** 2 + (s_k * sp.cos(phi) - b_k) ** 2)
    expanded = 2 * S - 2 * (X * sp.sin(phi) + Y * sp.cos(phi))
    proof.equal(
        "P and g have one direction, so the distortion is a sum of squared length differences",
        cost,
        expanded,
        lambda rest: sp.trigsimp(sp.expand(of_roots(rest).subs(a**2, S - b**2))),
    )
    proof.let("Write (X, Y) = N (sin φ*, cos φ*), so tan φ* = X/Y")
    proof.equal(
        "The addition theorem",
        expanded.subs({X: N * sp.sin(best), Y: N * sp.cos(best)}),
        closed(phi),
        lambda rest: sp.expand(sp.expand_trig(rest)),
    )
    half = (phi - best) / 2
    proof.nonnegative(
        "so φ* is the minimum",
        closed(phi) - closed(best),
        4 * N * sp.sin(half) ** 2,
        lambda rest: sp.expand(rest.subs(phi, best + 2 * half).rewrite(sp.cos)).simplify(),
    )


@ratio.proof
def _(proof: Proof) -> None:
    z = sp.Symbol("z", real=True)
    proof.let("Over modality i alone, with z = sin φ")
    cost = total((s_k * z - a_k) ** 2)
    proof.nonnegative(
        "the distortion exceeds that at z = X/S by",
        cost - total((s_k * X / S - a_k) ** 2),
        S * (z - X / S) ** 2,
        of_roots,
    )
    rest = over_blocks("r", nonnegative=True)
    proof.nonnegative(
        "and X ≤ S, so there is such an angle: with s_k = a_k + r_k, S − X is",
        total((a_k + rest) ** 2) - total((a_k + rest) * a_k),
        total(rest**2 + a_k * rest),
        linear({}),
    )


@ratio.numeric(
    BEST_ANGLE,
    oracle="SciPy L-BFGS-B, least distortion over both modalities",
    tolerance=1e-5,
    because="the optimizer's own differences give the angle to about 1e-6",
    samples=10,
)
def _(formula, rng):
    lengths = rng.uniform(0.2, 3, (2, 4))
    return agree([formula(lengths)], best_block_angle(lengths, starts=2).point)


@ratio.numeric(
    ONE_ANGLE,
    oracle="SciPy L-BFGS-B, least distortion of one modality",
    tolerance=1e-5,
    because="the optimizer's own differences give the angle to about 1e-6",
    samples=10,
)
def _(formula, rng):
    lengths = rng.uniform(0.2, 3, (2, 4))
    return agree([formula(lengths)], best_block_angle(lengths, starts=2, modalities=1).point)


@ratio.numeric(
    DISTORTION,
    oracle="‖P − g‖² of the vectors themselves",
    tolerance=1e-12,
    because="about 50 roundings of 1e-16, relative to the energy",
)
def _(formula, rng):
    lengths, angle = rng.uniform(0.2, 3, (2, 4)), rng.uniform(0.01, 1.5)
    g = pair_of(lengths, rng.uniform(-1, 1, 4), rng)
    P = stretched(g, np.outer([np.sin(angle), np.cos(angle)], np.hypot(*lengths)))
    return agree(formula(lengths, angle), ((P - g) ** 2).sum(), scale=(g**2).sum())


least = Claim(
    id="synergy-least-distorting",
    place="after Eq. 11",
    title="Eq. 11 is the least-distorting way to make the blocks proportional",
    statement=r"\sum_k \sum_i \|\mathcal P_i^{(k)} - g_i^{(k)}\|^2 \;\text{is least over all "
    r"constant ratios}\; \rho",
    quote="This formulation yields the least-distorting alignment across modalities …",
    corrected=r"\text{Eq. 11 costs}\; 2N\,(1 - \cos(\varphi_w - \varphi_*)) \;\text{more than the "
    r"best ratio}\; \tan \varphi_*, \quad \sin^2 \varphi_w = w_i",
    depends=("synergy-best-ratio", "synergy-solution"),
    remark="Given ρ the constraints alone fix P; the only thing to choose is ρ, and Eq. 11 takes "
    "it from the cumulative energies, not from the distortion.",
)


@least.counterexample
def _(proof: Proof) -> None:
    proof.let("One block with ‖g_i‖ = ‖g_j‖ = 1, so S = 2; the share is w_i = 4/5")
    lengths = [sp.sqrt(2 * w) for w in (sp.Rational(4, 5), sp.Rational(1, 5))]
    proof.let("Eq. 11 gives the lengths", sp.Symbol("P"), sp.Matrix([lengths]))
    cost = sum((length - 1) ** 2 for length in lengths)
    proof.let("The ratio ρ = 1 keeps the energy too, changes nothing and costs 0")
    proof.refute("Eq. 11 costs no more than that", sp.Le(cost, 0, evaluate=False))


@least.proof
def _(proof: Proof) -> None:
    proof.let(
        "The distortion at the angle φ (claim synergy-best-ratio)", sp.Symbol("D"), closed(phi)
    )
    proof.equal(
        "At the share's angle it exceeds the least one by",
        closed(share) - closed(best),
        2 * N * (1 - sp.cos(share - best)),
        sp.expand,
    )
    gap = sp.Symbol("d", real=True)
    proof.nonnegative(
        "which is positive unless φ_w = φ*; with d = φ_w − φ*",
        2 * N * (1 - sp.cos(gap)),
        4 * N * sp.sin(gap / 2) ** 2,
    )


@least.numeric(
    PRICE,
    oracle="distortion at the share, less SciPy's least distortion",
    tolerance=1e-7,
    because="the least value is flat: an angle off by 1e-6 moves it by 1e-11 of the energy",
    samples=20,
)
def _(formula, rng):
    lengths, w = rng.uniform(0.2, 3, (2, 4)), rng.uniform(0.05, 0.95)
    rescaled = np.outer([np.sqrt(w), np.sqrt(1 - w)], np.hypot(*lengths))
    price = ((rescaled - lengths) ** 2).sum() - best_block_angle(lengths, starts=1).value
    return agree(formula(lengths, w), price, scale=(lengths**2).sum())
