"""More than two modalities: an ascent for problem (12), and a closed form for fixed lengths."""

import numpy as np
import sympy as sp
from scipy.linalg import orthogonal_procrustes

from derivations.ledger import Claim, Proof, agree, bounded
from derivations.orthogonal.formulas import ASCENT, EXACT, FIXED, NEAREST
from derivations.orthogonal.scene import draw
from rgm_ref.frame import nearest_frame, polar
from rgm_ref.oracles import nearest_orthogonal

many = Claim(
    id="orth-many",
    place="ours, on Eq. 12",
    title="For any number of modalities the polar ascent never loses; fixed lengths have a closed "
    "form",
    statement=r"M \le d: \; \min_{\tilde g_i \perp \tilde g_j} \sum_i w_i\|\tilde g_i - g_i\|^2 = "
    r"\sum_i w_i\|g_i\|^2 - \max_E \sum_i w_i (g_i \cdot e_i)^2; \; E \leftarrow \text{polar}[w_i "
    r"(g_i \cdot e_i)\, g_i]_i \text{ never lowers the maximand}; \quad \tilde g_i = \|g_i\| e_i "
    r"\text{ is nearest for } E = \text{polar}[w_i \|g_i\|\, g_i]_i",
    depends=("orth-exact-global",),
    remark="polar[V] = U Z for V = U Σ Z with singular values Σ: of all orthonormal frames the one "
    "with the largest Σ v_i·e_i (Procrustes). The paper states Orth for pairs only.",
)


@many.proof
def _(proof: Proof) -> None:
    w, size = sp.symbols("w a", positive=True)
    x, along, new = sp.symbols("x p n", real=True)
    proof.let("Any frame E and any M ≤ d. One modality: weight w, ‖g‖ = a, p = g·e, g̃ = x e")
    price = w * (x**2 - 2 * x * along + size**2)
    proof.nonnegative(
        "Its price w‖x e − g‖² is least at x = p, where it is w(a² − p²): sum over the modalities",
        price - w * (size**2 - along**2), w * (x - along) ** 2, sp.expand,
    )  # fmt: skip
    proof.nonnegative(
        "Another frame, n = g·e': its kept energy w n² lies above the tangent at p",
        w * new**2 - (w * along**2 + 2 * w * along * (new - along)), w * (new - along) ** 2,
        sp.expand,
    )  # fmt: skip
    proof.let("Summed: it grows by at least 2 Σ v_i·(e'_i − e_i) with v_i = w_i p_i g_i, which is")
    proof.let("not negative if E' is the frame with the largest Σ v_i·e'_i. That is polar[V]:")
    sigma = sp.Symbol("sigma", nonnegative=True)
    inner, length = sp.symbols("x n", real=True)
    proof.let("with V = U Σ Z, Σ v_i·e_i = Σ_k σ_k u_k·y_k with y_k = E z_k, and E Eᵀ = 1, so")
    proof.equal(
        "‖y‖² =: n is at most ‖z‖² = 1: the rest is ‖z − Eᵀy‖², where z·Eᵀy = ‖Eᵀy‖² = n",
        1 - 2 * length + length, 1 - length,
    )  # fmt: skip
    square, rest = sp.symbols("D r", nonnegative=True)
    proof.let("With x = u·y let D = ‖u − y‖² = 1 − 2x + n ≥ 0 and r = 1 − n ≥ 0. For each σ:")
    closeness = sp.solve([square - (1 - 2 * inner + length), rest - (1 - length)], [inner, length])
    proof.nonnegative(
        "σ x is at most σ, which E = U Z attains",
        (sigma - sigma * inner).subs(closeness), sigma * (square + rest) / 2, sp.expand,
    )  # fmt: skip
    proof.equal(
        "Lengths kept: w‖a e − g‖² depends on E only through −2 w a g·e: Procrustes with w a g",
        price.subs(x, size), 2 * w * size**2 - 2 * (w * size * along), sp.expand,
    )  # fmt: skip


@many.numeric(
    NEAREST,
    oracle="SciPy SLSQP and trust-constr on problem (12), M = 3, 2 starts each",
    tolerance=1e-5,
    because="the optimizers stop at 1e-12 in the cost, √ of that and a gap in the argument",
    samples=6,
)
def _(formula, rng):
    g, w = rng.normal(size=(3, 4)), rng.dirichlet([2, 2, 2])
    return agree(formula(g, w) - g, nearest_orthogonal(g, w, rng, starts=2).point)


@many.numeric(
    EXACT,
    oracle="the ascent for M = 2 (nearest_frame)",
    tolerance=1e-7,
    because="the ascent stops where a hundred steps gain nothing: √eps away at worst",
    samples=10,
)
def _(formula, rng):
    g, w = draw(rng)
    return agree(g + formula(g, w), nearest_frame(g, w))


@many.numeric(
    ASCENT,
    oracle="the kept energy before the step, from random frames and from near the top",
    tolerance=1e-13,
    because="a few products, relative to the whole energy",
    samples=60,
)
def _(formula, rng):
    size = int(rng.integers(2, 6))
    g, w = rng.normal(size=(size, 6)) * rng.uniform(0.3, 3, (size, 1)), rng.dirichlet([1] * size)

    def kept(frame):
        return w @ (g * frame).sum(axis=1) ** 2

    frame = polar(rng.normal(size=(size, 6)))
    for _ in range(rng.integers(30)):
        frame = ASCENT.right(g, w, frame)
    return bounded(kept(frame), kept(formula(g, w, frame)), scale=w @ (g**2).sum(axis=1))


@many.numeric(
    FIXED,
    oracle="SciPy's orthogonal Procrustes, turning the first M axes",
    tolerance=1e-10,
    because="a polar factor loses the ratio of its singular values",
    samples=20,
)
def _(formula, rng):
    g, w = rng.normal(size=(3, 5)), rng.dirichlet([2, 2, 2])
    lengths, axes = np.linalg.norm(g, axis=1, keepdims=True), np.eye(3, 5)
    return agree(
        formula(g, w), lengths * (axes @ orthogonal_procrustes(axes, w[:, None] * lengths * g)[0])
    )


TRIPLE = np.random.default_rng(0).normal(size=(3, 128))
SHARES = np.array([0.5, 0.3, 0.2])
many.speed(
    "three orthogonal gradients of width 128 (ascent)",
    lambda: nearest_frame(TRIPLE, SHARES),
    lambda: nearest_orthogonal(
        TRIPLE, SHARES, np.random.default_rng(0), starts=1, methods=("SLSQP",)
    ),
)
