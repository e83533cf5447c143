"""Joint descent: to first order, a step of the features along the modulated gradients descends."""

from itertools import combinations

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof, agree, bounded
from derivations.synorth.descent_case1 import case1
from derivations.synorth.descent_case2 import case2
from derivations.synorth.descent_formulas import DECREASE, MANY
from derivations.synorth.descent_lemma1 import lemma1
from derivations.synorth.descent_lemma2 import lemma2
from derivations.synorth.descent_pairs import FORMS, adversaries, decrease, guaranteed, total
from derivations.synorth.descent_symbols import HALF, S, sigma
from rgm_ref.energy import pair_shares

theorem = Claim(
    id="synorth-descent",
    place="ours, on Eq. 15",
    title="With EAR and Syn on, the modulated gradients of a pair descend jointly in feature space",
    statement=r"F = \sum_i g_i^\top g_i^{\mathrm{mod}} \ge \sigma(-4) \min\left(\sqrt{w_{\min}}, "
    r"\frac12\right) \sum_i \|g_i\|^2 > 0",
    depends=(lemma1.id, lemma2.id, case1.id, case2.id),
    remark="Two modalities, any blocks, the paper's slope or the clamped one, Orth linear or "
    "exact, both energies positive, not both gradients zero. It is a statement on the features, "
    "not on the encoders' weights (synorth-descent-weights), and on the sum, not on each "
    "modality.",
)


@theorem.proof
def _(proof: Proof) -> None:
    root_w = sp.Symbol("s", positive=True)
    proof.let(
        "Call i the modality with the smaller share w = w_min ≤ 1/2; F is symmetric in the two"
    )
    proof.let(
        "If q c ≤ 0, this is case 1. The clamped slope max(q, 0) gives q ≥ 0, covered by both cases"
    )
    proof.let(
        "If q c > 0, case 2 gives F ≥ min(√w/2, 1/√2 − 1/2) S with S = Σ‖g_i‖², which is more, "
        "because"
    )
    proof.positive("√w/2 exceeds σ(−4) √w by", root_w * (HALF - sigma(-4)))
    proof.true(
        "and 1/√2 − 1/2 exceeds σ(−4)/2",
        sp.Gt(1 / sp.sqrt(2) - HALF, sigma(-4) / 2, evaluate=False),
    )
    proof.positive(
        "The bound is positive, as 0 < w: with √w = s", sigma(-4) * sp.Min(root_w, HALF) * S
    )


@theorem.numeric(
    DECREASE,
    oracle="the bound, adversarial pairs, shares down to 1e-6, both orders, both slopes, both "
    "forms",
    tolerance=1e-12,
    because="F/Σ‖g‖² is a sum of a few dozen numbers of size one, each good to some eps",
    samples=8,
)
def _(formula, rng):
    g, energy = adversaries(rng)
    order = rng.choice([1, -1])
    least = [formula(g[::order], energy[::order], 3, form) for form in FORMS]
    least += [decrease(g, energy, 3, orth=form, slope="clamped") for form in FORMS]
    return bounded(guaranteed(energy[0]), np.min(least, axis=0) / total(g))


many = Claim(
    id="synorth-descent-many",
    place="ours, on Eq. 15",
    title="The pair rule averaged over partners, with pairwise r, descends jointly for any "
    "number of modalities",
    statement=r"\sum_{i=1}^M g_i^\top g_i^{\mathrm{mod}} \ge \sigma(-4) "
    r"\min\left(\sqrt{w_{\min}}, \frac12\right) \sum_{i=1}^M \|g_i\|^2, \quad w_{\min} = \min_{i "
    r"\ne j} \frac{E_i}{E_i + E_j}",
    depends=("synorth-descent",),
    remark="With Eq. 7's r over all modalities it is no longer a sum of pairs, and open.",
)


@many.proof
def _(proof: Proof) -> None:
    M, i, j = sp.symbols("M i j", integer=True, positive=True)
    N, T = sp.IndexedBase("N", nonnegative=True), sp.Symbol("T", nonnegative=True)
    proof.let(
        "g_i^mod is the mean over j ≠ i of the pair's Eq. 15, so F = Σ_{i<j} F_ij / (M − 1), "
        "where F_ij is the pair's own F: r_ij and w_ij are those of the pair alone"
    )
    proof.let("By the pair theorem F_ij ≥ μ(N_i + N_j), N_i = ‖g_i‖², μ = σ(−4) min(√w_min, 1/2)")
    proof.equal(
        "For one i, summed over all j,",
        sp.Sum(N[i] + N[j], (j, 1, M)), M * N[i] + sp.Sum(N[j], (j, 1, M)),
        lambda f: sp.expand(f.expand().doit()),
    )  # fmt: skip
    proof.equal(
        "Summed over i too, with T = Σ N_i, halved, and less the terms i = j: the pairs add up to",
        (M * T + M * T) / 2 - (T + T) / 2, (M - 1) * T, sp.expand,
    )  # fmt: skip
    proof.let("so F ≥ μ(M − 1)T / (M − 1) = μ Σ_i ‖g_i‖²")


def _several(rng, count=100):
    """Three or five gradients that oppose one another, with shares over six decades."""
    modalities = rng.choice([3, 5])
    g = rng.normal(size=(modalities, count, 6)) * np.exp(rng.normal(size=(modalities, count, 1)))
    g[1:] -= rng.uniform(0, 3, (count, 1)) * g[0]
    return g, 10 ** rng.uniform(-6, 0, (modalities, count))


@many.numeric(
    MANY,
    oracle="the sum over pairs",
    tolerance=1e-11,
    because="F is at least 1e-3 of the largest term, and each term is good to some eps",
    samples=4,
)
def _(formula, rng):
    g, energy = _several(rng)
    pairs = combinations(range(len(g)), 2)
    expected = sum(decrease(g[[i, j]], energy[[i, j]], 3) for i, j in pairs) / (len(g) - 1)
    return agree(formula(g, energy, 3) / expected, np.ones_like(expected))


@many.numeric(
    MANY,
    oracle="the bound",
    tolerance=1e-12,
    because="F/Σ‖g‖² is a sum of a few dozen numbers of size one, each good to some eps",
    samples=6,
)
def _(formula, rng):
    g, energy = _several(rng)
    smallest = pair_shares(energy).min(axis=(0, 1))
    return bounded(guaranteed(smallest), formula(g, energy, 3) / total(g))
