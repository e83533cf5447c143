"""After Eq. 11 the cosine is an energy-weighted mean of the block cosines, whatever the shares."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof, agree
from derivations.symbols import w_i, w_j
from derivations.synergy.cosine_formulas import AFTER
from derivations.synergy.scenes import cosine, draw, eq11, exact_cosine, pair_of, rows, show_pair
from derivations.synergy.sums import S_k, a_k, b_k, kappa, linear, over_blocks, total
from rgm_ref.synergy import project

S = sp.Symbol("S", positive=True)  # Σ_k S_k
ENERGY = over_blocks("S", positive=True)
of_energies = linear({ENERGY: S})

after = Claim(
    id="synergy-cosine",
    place="ours, on Eq. 11",
    title="After Eq. 11 the cosine is the energy-weighted mean of the block cosines",
    statement=r"\cos(\mathcal P_i, \mathcal P_j) = \frac{\sum_k S_k \kappa_k}{\sum_k S_k}, \quad "
    r"S_k = \|g_i^{(k)}\|^2 + \|g_j^{(k)}\|^2",
    condition=r"\text{every block of both gradients is non-zero}",
    remark="The shares drop out: they set the lengths of the two projections, never their angle. "
    "They drop out of the general form too, Σ S_k κ_k / √(Σ' S_k Σ'' S_k), where Σ' and Σ'' leave "
    "out the zero blocks of g_i and of g_j.",
)


@after.proof
def _(proof: Proof) -> None:
    proof.let("The energy of block k, positive as no block is zero", ENERGY, S_k)
    scale_i, scale_j = sp.sqrt(w_i * ENERGY) / a_k, sp.sqrt(w_j * ENERGY) / b_k
    proof.let("Eq. 11 for g_i", sp.Symbol("alpha_i"), scale_i)
    proof.let("and for g_j", sp.Symbol("alpha_j"), scale_j)
    proof.let("All blocks together have the energy", S, total(ENERGY))
    length_i, length_j = (
        sp.sqrt(total(sp.Mul(scale, length, evaluate=False) ** 2))
        for scale, length in ((scale_i, a_k), (scale_j, b_k))
    )
    proof.equal("P_i is as long as the share says", length_i, sp.sqrt(w_i * S), of_energies)
    proof.equal("and P_j", length_j, sp.sqrt(w_j * S), of_energies)
    inner = sp.Mul(scale_i, a_k, scale_j, b_k, kappa, evaluate=False)
    proof.equal(
        "The blocks' inner products α_i a_k · α_j b_k · κ_k over both lengths; the shares cancel",
        total(inner) / (sp.sqrt(w_i * S) * sp.sqrt(w_j * S)),
        total(ENERGY * kappa) / S,
        of_energies,
    )


@after.counterexample
def _(proof: Proof) -> None:
    proof.let("One zero block, which stays zero: its partner keeps the length √(w S)")
    x, y = show_pair(proof, rows([0], [1]), rows([1], [1]))
    proof.let("Block energies S = (1, 2), block cosines κ = (0, 1): the mean is 2/3")
    P_i = [sp.Matrix([[0]]), sp.sqrt(2 * w_i) * x[1]]
    P_j = [sp.sqrt(w_j) * y[0], sp.sqrt(2 * w_j) * y[1]]
    show_pair(proof, P_i, P_j, ("P_i", "P_j"))
    proof.refute(
        "Their cosine is another", sp.Eq(exact_cosine(P_i, P_j), sp.Rational(2, 3), evaluate=False)
    )


@after.numeric(
    AFTER,
    oracle="cosine of the projected vectors, random shares",
    tolerance=1e-12,
    because="four blocks of three entries: about 50 roundings of 1e-16",
)
def _(formula, rng):
    lengths, cosines = draw(rng)
    projected = project(pair_of(lengths, cosines, rng), rng.dirichlet([1, 1]), blocks=4)
    return agree(formula(lengths, cosines), cosine(projected), scale=1)


collinear = Claim(
    id="synergy-collinear",
    place="before Eq. 9",
    title="A constant length ratio in every block makes the two gradients collinear",
    statement=r"\frac{\|\mathcal P_i^{(k)}\|}{\|\mathcal P_j^{(k)}\|} = \rho \;\text{for all}\; k "
    r"\;\Rightarrow\; \mathcal P_i \parallel \mathcal P_j",
    quote="For each block k, we aim to make ‖g_i^(k)‖/‖g_j^(k)‖ ≈ ρ, where ρ is a constant, to "
    "achieve collinearity.",
    corrected=r"\mathcal P_i \parallel \mathcal P_j \;\Leftrightarrow\; \text{all}\; \kappa_k = 1 "
    r"\;\text{or all}\; \kappa_k = -1",
    depends=("synergy-cosine",),
    remark="Proportional lengths are necessary, not sufficient: scaling keeps all angles.",
)


@collinear.counterexample
def _(proof: Proof) -> None:
    proof.let("Equal lengths in both blocks, so ρ = 1 holds already; κ = (1, 3/5)")
    x = rows([1, 0], [1, 0])
    y = rows([1, 0], [sp.Rational(3, 5), sp.Rational(4, 5)])
    x, y = show_pair(proof, x, y)
    P_i, P_j = eq11(x, y, w_i), eq11(y, x, w_j)
    proof.refute("Collinear means cosine 1", sp.Eq(exact_cosine(P_i, P_j), 1, evaluate=False))


@collinear.proof
def _(proof: Proof) -> None:
    short, over = over_blocks("delta", nonnegative=True), over_blocks("epsilon", nonnegative=True)
    m = sp.Symbol("delta_m", positive=True)
    proof.let("Let δ_k = 1 − κ_k ≥ 0 say how far block k is from agreement, S_k its energy")
    proof.nonnegative(
        "After Eq. 11 the pair is this far from parallel",
        1 - total(ENERGY * (1 - short)) / S,
        total(ENERGY * short) / S,
        of_energies,
    )
    proof.nonnegative(
        "and with κ_k = −1 + ε_k this far from opposed",
        1 + total(ENERGY * (over - 1)) / S,
        total(ENERGY * over) / S,
        of_energies,
    )
    proof.positive(
        "A single block m with δ_m > 0 (ε_m > 0 alike) makes its sum positive, so each sum is 0 "
        "only if all its terms are",
        sp.Symbol("S_m", positive=True) * m / S,
    )


@collinear.numeric(
    AFTER,
    oracle="least-squares fit of one projection by the other (NumPy lstsq)",
    tolerance=1e-10,
    because="the fit loses at most half of the digits near collinear pairs, which are rare",
)
def _(formula, rng):
    lengths, cosines = draw(rng)
    P_i, P_j = project(pair_of(lengths, cosines, rng), rng.dirichlet([1, 1]), blocks=4)
    (_, (residual,), *_) = np.linalg.lstsq(P_j[:, None], P_i, rcond=None)
    return agree(1 - formula(lengths, cosines) ** 2, residual / (P_i @ P_i), scale=1)
