"""The exact form is the global optimum, in any dimension: a parallelogram becomes a rectangle."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof, agree, bounded
from derivations.orthogonal.formulas import COST, EXACT
from derivations.orthogonal.scene import (
    EXACT_I,
    EXACT_J,
    A,
    R,
    draw,
    inner,
    s,
    vectors,
    with_gap,
)
from derivations.symbols import W, a, b, g_i, g_j, w_i, w_j
from rgm_ref.oracles import nearest_orthogonal

optimum = Claim(
    id="orth-exact-global",
    place="ours, on Eq. 12",
    title="Unless the pair is degenerate, the exact form is the only global optimum of problem "
    "(12), in every dimension",
    statement=r"R > 0 \;\Rightarrow\; \sqrt{w_i}\,\tilde g_i = "
    r"\frac{\|u\|+\|v\|}{4}\left(\frac{u}{\|u\|} + \frac{v}{\|v\|}\right), \; \sqrt{w_j}\,\tilde "
    r"g_j = \frac{\|u\|+\|v\|}{4}\left(\frac{u}{\|u\|} - \frac{v}{\|v\|}\right), \; u, v = "
    r"\sqrt{w_i}\,g_i \pm \sqrt{w_j}\,g_j; \quad \text{these are eigenvectors of}\; K = w_i g_i "
    r"g_i^\top - w_j g_j g_j^\top",
    depends=("orth-exact", "orth-exact-cost"),
    remark="Two vectors are orthogonal iff the diagonals of their parallelogram are equally long. "
    "So problem (12) asks for two equally long vectors nearest to u and v: keep both directions, "
    "take the mean length. If a diagonal is 0, which is R = 0, there are many optima "
    "(orth-degenerate).",
)


@optimum.proof
def _(proof: Proof) -> None:
    (h, k, x, y), dot = vectors("h k x y")
    proof.let("Let h = √w_i g_i, k = √w_j g_j, and x = √w_i g̃_i, y = √w_j g̃_j for any g̃ at all")
    u, v, X, Y = h + k, h - k, x + y, x - y
    proof.let("Diagonals: u = h + k, v = h − k, and X = x + y, Y = x − y")
    proof.equal(
        "‖X‖² − ‖Y‖²; so x ⟂ y iff the diagonals are equally long",
        dot(X, X) - dot(Y, Y), 4 * dot(x, y), sp.expand,
    )  # fmt: skip
    price = dot(x - h, x - h) + dot(y - k, y - k)
    proof.equal(
        "The price; by the parallelogram law it is ½‖X − u‖² + ½‖Y − v‖²",
        price, (dot(X - u, X - u) + dot(Y - v, Y - v)) / 2, sp.expand,
    )  # fmt: skip
    p, q, rho = sp.symbols("p q rho", positive=True)
    alpha, beta = sp.symbols("alpha beta", nonnegative=True)
    (X, Y, u, v), dot = vectors("X Y u v")
    lengths = {dot(X, X): rho**2, dot(Y, Y): rho**2, dot(u, u): q**2, dot(v, v): p**2}
    proof.let("Let ‖u‖ = q, ‖v‖ = p, and ‖X‖ = ‖Y‖ = ρ (ρ = 0 only makes what follows easier)")
    proof.equal(
        "Let α = ½ρq ‖X/ρ − u/q‖², which is 0 iff X points along u (Cauchy–Schwarz). It is",
        sp.expand(dot(X / rho - u / q, X / rho - u / q) * rho * q / 2).subs(lengths),
        rho * q - dot(X, u), sp.expand,
    )  # fmt: skip
    proof.let("Likewise β = ½ρp ‖Y/ρ − v/p‖² = ρp − Y·v, which is 0 iff Y points along v")
    price = sp.expand(dot(X - u, X - u) + dot(Y - v, Y - v)).subs(lengths) / 2
    proof.nonnegative(
        "So every orthogonal pair pays this much more than ¼(q − p)²",
        price.subs({dot(X, u): rho * q - alpha, dot(Y, v): rho * p - beta}) - (q - p) ** 2 / 4,
        (rho - (p + q) / 2) ** 2 + alpha + beta, sp.expand,
    )  # fmt: skip
    proof.let("It is 0 iff X = ½(p + q) u/q and Y = ½(p + q) v/p: one minimum, the rectangle")
    q2, p2 = A + 2 * sp.sqrt(W) * s, A - 2 * sp.sqrt(W) * s
    proof.equal("Here q² p² is", sp.expand(q2 * p2), R**2, with_gap)
    proof.equal("so pq = R, q² + p² = 2A, and ¼(q − p)² is", (q2 + p2 - 2 * R) / 4, (A - R) / 2)
    proof.let("the price of orth-exact, which is therefore this minimum")


@optimum.proof
def _(proof: Proof) -> None:
    proof.let("The rectangle is the form of orth-exact: write q = ‖u‖, p = ‖v‖")
    p, q = sp.symbols("p q", positive=True)
    total, gap, root = (p**2 + q**2) / 2, p * q, (q**2 - p**2) / 4  # A, R, √W s
    along = 1 + 2 * root**2 / (gap * (total + gap))
    proof.equal(
        "Along h: ¼(p + q)(1/q + 1/p) is 1 + 2Ws²/(R(A + R))", (p + q) / 4 * (1 / q + 1 / p), along,
        sp.factor,
    )  # fmt: skip
    proof.equal(
        "Along k: ¼(p + q)(1/q − 1/p) is −√W s/R", (p + q) / 4 * (1 / q - 1 / p), -root / gap,
        sp.factor,
    )  # fmt: skip


@optimum.proof
def _(proof: Proof) -> None:
    proof.let("The same optimum by eigenvectors: K z = w_i (g_i·z) g_i − w_j (g_j·z) g_j")

    def K(z):
        return w_i * inner(g_i, z) * g_i - w_j * inner(g_j, z) * g_j

    top, bottom = ((w_i * a**2 - w_j * b**2 + sign * R) / 2 for sign in (1, -1))
    proof.equal("g̃_i is an eigenvector of K", K(EXACT_I), top * EXACT_I, with_gap)
    proof.equal("and so is g̃_j", K(EXACT_J), bottom * EXACT_J, with_gap)
    proof.equal(
        "The product of the two eigenvalues is −w_i w_j (‖g_i‖²‖g_j‖² − s²), never positive",
        top * bottom, -W * (a**2 * b**2 - s**2), with_gap,
    )  # fmt: skip
    proof.equal("so the first is the top one; their difference is the gap", top - bottom, R)
    proof.let("Along unit vectors e ⟂ f the best lengths are the projections (orth-many, one line)")
    proof.let("By Bessel (g_j·f)² ≤ ‖g_j‖² − (g_j·e)², so what is kept is at most w_j‖g_j‖² + eᵀKe")
    proof.let("and so at most w_j‖g_j‖² plus the top eigenvalue, attained by the eigenvectors")
    proof.equal("Not kept is then", A - (w_j * b**2 + top), (A - R) / 2, with_gap)


@optimum.numeric(
    EXACT,
    oracle="top and bottom eigenvectors of K from LAPACK, d = 2 … 6",
    tolerance=1e-8,
    because="eigenvectors of a d × d matrix lose digits where norms differ: eps A / (w‖g‖²)",
    samples=100,
)
def _(formula, rng):
    g, w = draw(rng, width=int(rng.integers(2, 7)))
    values, axes = np.linalg.eigh(w[0] * np.outer(g[0], g[0]) - w[1] * np.outer(g[1], g[1]))
    frame = axes[:, [np.argmax(values), np.argmin(values)]].T
    return agree(formula(g, w), (g * frame).sum(axis=1, keepdims=True) * frame - g)


@optimum.numeric(
    COST,
    oracle="the best of 5 starts of SLSQP and trust-constr: none is cheaper",
    tolerance=1e-9,
    because="the optimizers are feasible to 1e-12 only, which buys that much",
    samples=8,
)
def _(formula, rng):
    g, w = draw(rng, width=int(rng.integers(2, 6)))
    return bounded(formula(g, w), nearest_orthogonal(g, w, rng, starts=5).value)


@optimum.numeric(
    COST,
    oracle="10 000 random orthogonal frames per pair, projected on: none is cheaper",
    tolerance=1e-12,
    because="a few products, relative to A",
    samples=10,
)
def _(formula, rng):
    g, w = draw(rng, width=3)
    e = rng.normal(size=(10_000, 3))
    f = np.cross(e, rng.normal(size=(10_000, 3)))
    kept = w[0] * (e @ g[0]) ** 2 / (e**2).sum(1) + w[1] * (f @ g[1]) ** 2 / (f**2).sum(1)
    A = w @ (g**2).sum(axis=1)
    return bounded(formula(g, w), A - kept.max(), scale=A)
