"""More than two modalities: the pair rule, averaged over the partners, and what it keeps."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof, agree
from derivations.synorth.formulas import STEP
from derivations.synorth.scene import HALF, row, step

M, N = sp.symbols("M N", positive=True)

many = Claim(
    id="synorth-many",
    place="ours, on Eq. 15",
    title="For more than two modalities the pair rule can be averaged; joint descent carries over",
    statement=r"g_i^{\mathrm{mod}} = \frac{1}{M-1} \sum_{j \ne i} g_i^{\mathrm{mod}(i,j)}, \; "
    r"r_{ij} = \frac{E_i + E_j}{2 E_i} \;\Rightarrow\; \sum_i g_i \cdot g_i^{\mathrm{mod}} = "
    r"\frac{1}{M-1} \sum_{i<j} F_{ij}",
    remark="The paper writes c_ij in Eq. 15 without saying which j. With Eq. 7's r over all M the "
    "summands are not those of a pair any more, and the sum is not known to stay positive. "
    "Averaging does not resolve a balanced simplex of conflicting gradients.",
)


@many.proof
def _(proof: Proof) -> None:
    E_i, E_j = sp.symbols("E_i E_j", positive=True)
    proof.let("M = 2: one partner, an average of one; Eq. 7 gives (E_i + E_j)/(2 E_i) = r_ij")
    proof.equal("and it is 1/(2 w_i)", (E_i + E_j) / (2 * E_i), 1 / (2 * (E_i / (E_i + E_j))))
    proof.let("Joint descent of a pair: F_ij = g_i·g_i^mod(i,j) + g_j·g_j^mod(j,i) = F_ji")
    proof.let("Σ_i Σ_{j≠i} counts each pair {i, j} twice, once from either side: Σ_{i<j} F_ij")
    proof.let("Let every pair satisfy F_ij ≥ m(‖g_i‖² + ‖g_j‖²), and N = Σ_i ‖g_i‖²")
    proof.let("Claimed: Σ_{i<j} (‖g_i‖² + ‖g_j‖²) = (M − 1) N. It is so for one modality, 0 = 0")
    new = sp.Symbol("n", nonnegative=True)
    proof.equal(
        "One more modality, of squared length n, adds M pairs: N + M n. Induction closes",
        (M - 1) * N + (N + M * new), M * (N + new), sp.expand,
    )  # fmt: skip
    proof.let(
        "So Σ_i g_i·g_i^mod = Σ_{i<j} F_ij / (M − 1) ≥ m N: the worst pair's constant is kept"
    )


@many.numeric(
    STEP,
    oracle="the mean over partners of the pair step from SymPy; M = 3, 4",
    tolerance=1e-12,
    because="two orders of the same few operations",
    samples=20,
)
def _(formula, rng):
    size, blocks = int(rng.integers(3, 5)), int(rng.integers(1, 4))
    g, energy = rng.normal(size=(size, 6)), rng.gamma(1, size=size)
    means = []
    for i in range(size):
        partners = [j for j in range(size) if j != i]
        means.append(
            np.mean([step(g[[i, j]], energy[[i, j]], blocks)[0] for j in partners], axis=0)
        )
    return agree(formula(g, energy, blocks), means)


simplex = Claim(
    id="synorth-simplex",
    place="ours, on Eq. 15",
    title="With one block, the averaged pair rule leaves a balanced simplex of gradients as "
    "conflicting as it was",
    statement=r"l = 1, \; \|g_i\| = \|g_j\|, \; c_{ij} = -\frac{1}{M-1}, \; E_i = E_j "
    r"\;\Rightarrow\; g_i^{\mathrm{mod}} = \lambda\, g_i, \; \lambda > 0",
    depends=("synorth-many",),
    remark="The partners of g_i add up to −g_i: what each pair turns, the average turns back. It "
    "is so for every form of Orth. With more blocks Syn also changes lengths, block by block, and "
    "so the cosines. Orthogonalising all M at once resolves it (claim orth-many).",
)


@simplex.proof
def _(proof: Proof) -> None:
    size, a = sp.symbols("M a", positive=True)
    own, partner = sp.symbols("p x", real=True)
    proof.let("M gradients of length a with all cosines −1/(M − 1), one block, equal energies")
    squared = size * a**2 + size * (size - 1) * a**2 * (-1 / (size - 1))
    proof.equal("Their sum has squared length M a² + M(M − 1)·(−a²/(M − 1)), which is", squared, 0)
    proof.let("so Σ_{j≠i} g_j = −g_i. Every pair has the same step p g_i + x g_j (synorth-mixing)")
    factor = own - partner / (size - 1)
    proof.equal(
        "and the average over partners, p g_i + x Σ g_j / (M − 1), is a multiple of g_i",
        (own * (size - 1) + partner * (-1)) / (size - 1), factor,
    )  # fmt: skip
    (p,), x = row([a], [a], [-1 / (size - 1)], HALF)
    proof.equal("At equal lengths and shares P_i = g_i and r = 1, so p is", p, 1)
    more, u = sp.symbols("n u", positive=True)
    opening = 1 / (1 + sp.exp(-4 / (size - 1)))  # 1 − γ_g, between 0 and 1
    proof.equal("and with 1 − γ_g in letters x is", x, opening / (2 * (size - 1)))
    proof.positive(
        "The multiple is positive: for M = 2 + n and 1 − γ_g = 1/(1 + u) it is",
        factor.subs({own: 1, partner: 1 / (1 + u) / (2 * (size - 1))}).subs(size, 2 + more),
        sp.expand(2 * (1 + u) * (1 + more) ** 2 - 1) / (2 * (1 + u) * (1 + more) ** 2),
    )  # fmt: skip


@simplex.numeric(
    STEP,
    oracle="the Gram matrix of a random simplex, unchanged up to its scale",
    tolerance=1e-12,
    because="the centred QR frame has cosines right to a few eps",
    samples=10,
)
def _(formula, rng):
    size = int(rng.integers(3, 6))
    frame = np.linalg.qr(rng.normal(size=(size, size)))[0]
    g = frame - frame.mean(axis=0)
    turned = formula(g, np.ones(size), 1)
    gram = turned @ turned.T
    return agree(gram / gram[0, 0], (size * np.eye(size) - 1) / (size - 1))
