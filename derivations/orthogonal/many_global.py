"""Where the ascent rests it has found the global optimum, for any number of modalities."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Formula, Proof, agree
from derivations.matrices import d, in_range, settled
from derivations.orthogonal.formulas import NEAREST
from rgm_ref.frame import polar
from rgm_ref.oracles import nearest_orthogonal

M = sp.Symbol("M", integer=True, positive=True)
H, X, Y, E = (sp.MatrixSymbol(name, M, d) for name in "HXYE")
C, K, P, S = (sp.MatrixSymbol(name, M, M) for name in "CKPS")
i = sp.Symbol("i", integer=True, nonnegative=True)

everywhere = Claim(
    id="orth-many-global",
    place="ours, on Eq. 12",
    title="Where the polar ascent rests and no gradient is deleted, it is at the global optimum, "
    "for any number of modalities",
    statement=r"E = \text{polar}[w_i (g_i \cdot e_i)\, g_i]_i, \; g_i \cdot e_i \ne 0 \;\text{for "
    r"all}\; i \;\Rightarrow\; \tilde g_i = (g_i \cdot e_i)\, e_i \;\text{minimises}\; \sum_i w_i "
    r"\|\tilde g_i - g_i\|^2 \;\text{over all}\; \tilde g_i \perp \tilde g_j; \quad \text{the only "
    r"minimum if the}\; g_i \;\text{are linearly independent}",
    depends=("orth-many",),
    remark="The frame carries its own certificate, a correlation matrix C with H = C X: the "
    "multipliers of the constraints. So there are no false summits among the frames that keep "
    "something of every gradient. For M = 2, C has μ/√(w_i w_j) beside its diagonal.",
)


@everywhere.proof
def _(proof: Proof) -> None:
    invertible = settled(sp.Q.invertible(P))
    proof.let("Rows of H are √w_i g_i, rows of E the frame, P = diag(p_i) with p_i = √w_i g_i·e_i")
    proof.let("X = P E has the candidates √w_i g̃_i as rows, Y any orthogonal rows to compare with")
    proof.let("The frame rests: E is the polar factor of P H, so P H = S E with S = Sᵀ ⪰ 0")
    proof.equal("Let C = P⁻¹SP⁻¹; then C X is", P.I * S * P.I * (P * E), P.I * (S * E), invertible)
    proof.equal("and with S E = P H this is H", P.I * (P * H), H, invertible)
    p, q, D = (sp.MatrixSymbol(name, M, 1) for name in "pqD")
    proof.equal(
        "As E Eᵀ = 1, S = P K with K = H Eᵀ, and K_ii = h_i·e_i = p_i. So S_ii is p_i K_ii = p_i²",
        (sp.DiagMatrix(p) * K)[i, i], p[i, 0] * K[i, i], in_range,
    )  # fmt: skip
    proof.equal(
        "and C_ii, with q_i = 1/p_i, is q_i² S_ii = 1",
        (sp.DiagMatrix(q) * S * sp.DiagMatrix(q))[i, i], q[i, 0] ** 2 * S[i, i], in_range,
    )  # fmt: skip
    proof.let("C is positive semidefinite, zᵀCz = (P⁻¹z)ᵀ S (P⁻¹z) ≥ 0: a correlation matrix")
    proof.equal(
        "Complete the square with it",
        ((Y - X).T * C * (Y - X)).expand(),
        Y.T * C * Y - Y.T * (C * X) - (C * X).T * Y + (C * X).T * X,
        settled(sp.Q.symmetric(C)),
    )
    proof.equal(
        "Take the trace: tr YᵀCY = tr C YYᵀ. YYᵀ is diagonal, diag(D); so C YYᵀ has the diagonal",
        (C * sp.DiagMatrix(D))[i, i], C[i, i] * D[i, 0], in_range,
    )  # fmt: skip
    proof.let("As C_ii = 1, tr YᵀCY = Σ D_i = ‖Y‖². Likewise tr XᵀCX = ‖X‖². Elsewhere C X = H")
    y, yh, x, h = sp.symbols("‖Y‖² Y·H ‖X‖² ‖H‖²", real=True)
    proof.equal(
        "The extra price of Y, ‖Y − H‖² − ‖X − H‖², where X·H = ‖X‖², is that trace",
        (y - 2 * yh + h) - (x - 2 * x + h), y - 2 * yh + x,
    )  # fmt: skip
    proof.let("which is ‖√C (Y − X)‖² ≥ 0: no orthogonal Y is cheaper than X")
    proof.let("Independent g_i: H = C X has rank M, C is invertible, and only Y = X costs as much")


def _certificate(g, w, turned):
    """The matrix C with H = C X, from least squares."""
    h, x = np.sqrt(w)[:, None] * g, np.sqrt(w)[:, None] * turned
    return h @ np.linalg.pinv(x)


@everywhere.numeric(
    NEAREST,
    oracle="the certificate: C by least squares is a correlation matrix, M = 3 … 5",
    tolerance=1e-6,
    because="the ascent stops where a hundred steps gain nothing: √eps away at worst",
    samples=20,
)
def _(formula, rng):
    size = int(rng.integers(3, 6))
    g, w = rng.normal(size=(size, 6)), rng.dirichlet([3] * size)
    certificate = _certificate(g, w, formula(g, w))
    lowest = min(np.linalg.eigvalsh((certificate + certificate.T) / 2)[0], 0)
    skew = np.abs(certificate - certificate.T).max()
    return agree([*np.diag(certificate), lowest, skew], [*np.ones(size), 0, 0])


def _price(solve):
    return lambda g, w: (w[:, None] * (solve(g, w) - g) ** 2).sum()


PRICE = Formula(
    "price of the nearest orthogonal gradients",
    _price(NEAREST.right),
    {name: _price(twin) for name, twin in NEAREST.twins.items()},
)


@everywhere.numeric(
    PRICE,
    oracle="the best of 3 starts of SLSQP on problem (12), M = 3 … 5, near-parallel pairs too",
    tolerance=1e-7,
    because="the optimizer is feasible to 1e-7 only, which buys that much",
    samples=6,
)
def _(formula, rng):
    size = int(rng.integers(3, 6))
    g, w = rng.normal(size=(size, 5)), rng.dirichlet([3] * size)
    g += rng.choice([0, 3]) * rng.normal(size=5)
    best = nearest_orthogonal(g, w, rng, starts=3, methods=("SLSQP",)).value
    return agree(formula(g, w), best, scale=(w[:, None] * g**2).sum())


@everywhere.numeric(
    PRICE,
    oracle="the ascent from 3 random frames",
    tolerance=1e-9,
    because="400 steps leave the energy of the slowest sample within 1e-10 of its limit",
    samples=6,
)
def _(formula, rng):
    size = int(rng.integers(3, 6))
    g, w = rng.normal(size=(size, 6)), rng.dirichlet([3] * size)
    prices = []
    for _ in range(3):
        frame = polar(rng.normal(size=g.shape))
        for _ in range(400):
            frame = polar((w * (g * frame).sum(axis=1))[:, None] * g)
        kept = (g * frame).sum(axis=1)
        prices.append(w @ ((g**2).sum(axis=1) - kept**2))
    return agree([formula(g, w)] * 3, prices, scale=(w[:, None] * g**2).sum())
