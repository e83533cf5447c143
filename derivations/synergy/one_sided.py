"""Scaling one gradient only: Theorem 2's other reading, and the best block lengths."""

import numpy as np
import sympy as sp
from scipy.optimize import nnls

from derivations.ledger import Claim, Proof, agree
from derivations.symbols import a, b, c
from derivations.synergy.cosine_formulas import BEST_ONE_SIDED, BEST_ONE_SIDED_COSINE, ONE_SIDED
from derivations.synergy.scenes import (
    cosine,
    draw,
    exact_cosine,
    pair_of,
    rows,
    show_pair,
    stretched,
)
from derivations.synergy.sums import (
    LENGTHS,
    a_k,
    b_k,
    by_blocks,
    cosine_before,
    kappa,
    linear,
    over_blocks,
    total,
    whole_from_blocks,
)
from derivations.synergy.theorem import QUOTE, TENTH, c_after

B, V, X, Y = sp.symbols("b V X Y", positive=True)
x_k, y_k = over_blocks("x", nonnegative=True), over_blocks("y", nonnegative=True)

one_sided = Claim(
    id="synergy-theorem2-one-sided",
    place="Theorem 2",
    title="Making the blocks of one gradient proportional to its partner's never lowers the cosine",
    statement=r"\|\mathcal P_i^{(k)}\| = \rho\, \|g_j^{(k)}\| \;\Rightarrow\; "
    r"\cos(\mathcal P_i, g_j) \ge \cos(g_i, g_j)",
    quote=QUOTE,
    corrected=r"\cos(\mathcal P_i, g_j) = \frac{\sum_k b_k^2 \kappa_k}{\|g_j\|^2}, \quad "
    r"\text{which is} \ge \cos(g_i, g_j) \;\text{if all}\; \kappa_k = \kappa \ge 0",
    remark="This is the first line of constraint (10) taken at its word. The best lengths are not "
    "proportional to the partner's, but to b_k κ_k: claim synergy-one-sided-best.",
)


@one_sided.counterexample
def _(proof: Proof) -> None:
    for text, x, y in (
        ("Blocks that agree and oppose", rows([1], [TENTH]), rows([1], [-1])),
        ("Blocks that never oppose", rows([TENTH, 0], [1]), rows([0, 10], [1])),
    ):
        proof.let(f"{text}, scaled to the lengths of the partner's")
        x, y = show_pair(proof, x, y)
        scaled = [q.norm() / p.norm() * p for p, q in zip(x, y, strict=True)]
        before, after = exact_cosine(x, y), exact_cosine(scaled, y)
        proof.let("Cosine before", c, before)
        proof.let("and after, whatever the factor ρ", c_after, after)
        proof.refute("It fell", sp.Ge(after, before, evaluate=False))


@one_sided.proof
def _(proof: Proof) -> None:
    rho = sp.Symbol("rho", positive=True)
    whole_from_blocks(proof)
    proof.equal(
        "Blocks of length ρ b_k: the inner products are ρ b_k² κ_k, the lengths ρ b and b",
        total(rho * b_k * b_k * kappa) / (sp.sqrt(total(rho**2 * b_k**2)) * b),
        total(b_k**2 * kappa) / b**2,
        by_blocks,
    )
    same = sp.Symbol("kappa", nonnegative=True)
    proof.equal(
        "If every κ_k is one κ ≥ 0, that is κ", total(b_k**2 * same) / b**2, same, by_blocks
    )
    proof.nonnegative(
        "and κ is not below the cosine of the pair (Cauchy–Schwarz as a sum of squares)",
        same - cosine_before(same),
        same / 2 * total((a_k / a - b_k / b) ** 2),
        linear(LENGTHS),
    )


@one_sided.numeric(
    ONE_SIDED,
    oracle="cosine of the vectors after stretching one of them",
    tolerance=1e-12,
    because="four blocks: about 50 roundings of 1e-16",
)
def _(formula, rng):
    lengths, cosines = draw(rng)
    pair = pair_of(lengths, cosines, rng)
    scaled = stretched(pair, np.stack([rng.uniform(0.1, 9) * lengths[1], lengths[1]]))
    return agree(formula(lengths[1], cosines), cosine(scaled), scale=1)


best_lengths = Claim(
    id="synergy-one-sided-best",
    place="ours, on Theorem 2",
    title="The best block lengths for one gradient are its partner's times the positive cosines",
    statement=r"\max_{x \ge 0} \cos = \frac{\sqrt{\sum_k b_k^2 \max(\kappa_k, 0)^2}}{\|g_j\|}, "
    r"\quad x_k \propto b_k \max(\kappa_k, 0), \quad \text{if some}\; \kappa_k > 0",
    remark="The ratio should be ρ κ_k, not a constant ρ: constant is best only where all κ_k are "
    "equal. If both gradients may be rescaled and some κ_k ≥ 0, the maximum is the largest κ_k: "
    "everything goes to one block.",
)


@best_lengths.proof
def _(proof: Proof) -> None:
    up, down = over_blocks("m", nonnegative=True), over_blocks("n", nonnegative=True)
    known = {x_k**2: X**2, b_k**2 * up**2: V**2}
    proof.let(
        "Split κ_k = m_k − n_k into what agrees and what opposes, m_k, n_k ≥ 0, one of them 0"
    )
    proof.let("g_i gets the block lengths x_k ≥ 0, not all zero", X**2, total(x_k**2))
    proof.let("What agrees in g_j; some block does, so V > 0", V**2, total(b_k**2 * up**2))
    proof.let("With b = ‖g_j‖ the cosine is Σ x_k b_k κ_k / (X b)")
    proof.nonnegative(
        "It stays below V/b by a square (Cauchy–Schwarz) and by what opposing blocks cost",
        V / B - total(x_k * b_k * (up - down)) / (X * B),
        V / (2 * B) * total((x_k / X - b_k * up / V) ** 2) + total(x_k * b_k * down) / (X * B),
        linear(known),
    )
    proof.equal(
        "x_k = b_k m_k reaches it (n_k m_k = 0)",
        total(b_k * up * b_k * up) / (sp.sqrt(total((b_k * up) ** 2)) * B),
        V / B,
        linear(known),
    )
    proof.let("The lengths that g_i came with are among those compared: the cosine cannot fall")


@best_lengths.proof
def _(proof: Proof) -> None:
    top, short = sp.Symbol("kappa", nonnegative=True), over_blocks("delta", nonnegative=True)
    proof.let("Both sides free: lengths x_k, y_k, and κ = max κ_k ≥ 0, κ_k = κ − δ_k with δ_k ≥ 0")
    proof.nonnegative(
        "The cosine stays below κ",
        top - total(x_k * y_k * (top - short)) / (X * Y),
        top / 2 * total((x_k / X - y_k / Y) ** 2) + total(x_k * y_k * short) / (X * Y),
        linear({x_k**2: X**2, y_k**2: Y**2}),
    )
    proof.let("and reaches it with all length on the best block")


def _nearest_in_cone(rng):
    """g_j's block lengths, the block cosines, g_j, and the blocks' share in its nearest point."""
    lengths, cosines = draw(rng)
    cosines[0] = abs(cosines[0])  # at least one block agrees
    x, y = stretched(pair_of(lengths, cosines, rng), np.stack([np.ones(4), lengths[1]]))
    cone = np.kron(np.eye(4), np.ones((3, 1))) * x[:, None]
    nearest, _ = nnls(cone, y)
    return lengths[1], cosines, y, cone, nearest


@best_lengths.numeric(
    BEST_ONE_SIDED,
    oracle="SciPy nnls: the point of the cone of g_i's blocks nearest to g_j",
    tolerance=1e-10,
    because="four orthogonal columns: the active-set solver is exact up to rounding",
)
def _(formula, rng):
    partner, cosines, _, _, nearest = _nearest_in_cone(rng)
    return agree(formula(partner, cosines), nearest / np.linalg.norm(nearest))


@best_lengths.numeric(
    BEST_ONE_SIDED_COSINE,
    oracle="cosine of g_j with the nearest point of that cone (SciPy nnls)",
    tolerance=1e-10,
    because="four orthogonal columns: the active-set solver is exact up to rounding",
)
def _(formula, rng):
    partner, cosines, y, cone, nearest = _nearest_in_cone(rng)
    return agree(formula(partner, cosines), cosine((cone @ nearest, y)))
