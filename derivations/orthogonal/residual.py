"""What Eq. 13, put right, leaves of the conflict: little of a small one, all of a total one."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof, agree, bounded
from derivations.orthogonal.formulas import LINEAR
from derivations.orthogonal.scene import (
    LINEAR_I,
    LINEAR_J,
    LOAD,
    A,
    cosine,
    draw,
    inner,
    s,
    square,
    theta,
    written_out,
)
from derivations.symbols import W, a, b, c, w_i, w_j

quarter = Claim(
    id="orth-residual-quarter",
    place="ours, on Eq. 13",
    title="Eq. 13, put right, leaves at most a quarter of the inner product, and of the same sign",
    statement=r"\tilde g_i^\top \tilde g_j = s\, \frac{w_i w_j s^2}{A^2}, \quad 0 \le "
    r"\frac{w_i w_j s^2}{A^2} \le \frac{1}{4}, \quad s = g_i^\top g_j",
    depends=("orth-denominator",),
    remark="A quarter of the inner product is not a quarter of the cosine, since both gradients "
    "become shorter: see orth-residual-cosine. The quarter is left only of parallel gradients "
    "with w_i‖g_i‖² = w_j‖g_j‖².",
)


@quarter.proof
def _(proof: Proof) -> None:
    proof.equal(
        "The product of the two adjusted gradients",
        inner(LINEAR_I, LINEAR_J), s * W * s**2 / A**2, written_out,
    )  # fmt: skip
    proof.nonnegative("Its sign is that of s: the factor is a square", W * s**2 / A**2)
    proof.nonnegative(
        "With c = cos θ, a quarter exceeds the factor by two terms that are never negative",
        sp.Rational(1, 4) - (W * s**2 / A**2).subs({A: LOAD, s: a * b * sp.cos(theta)}),
        ((w_i * a**2 - w_j * b**2) ** 2 + 4 * W * a**2 * b**2 * sp.sin(theta) ** 2) / (4 * LOAD**2),
        lambda rest: sp.factor(rest.subs(sp.sin(theta) ** 2, 1 - sp.cos(theta) ** 2)),
    )
    proof.let("Both are 0 iff sin θ = 0 and w_i‖g_i‖² = w_j‖g_j‖²: equality there and nowhere else")


@quarter.numeric(
    LINEAR,
    oracle="the inner product of the adjusted vectors, predicted from norms alone",
    tolerance=1e-12,
    because="a few products, relative to the lengths",
)
def _(formula, rng):
    g, w = draw(rng)
    turned, product, A = g + formula(g, w), g[0] @ g[1], w @ (g**2).sum(axis=1)
    left = w.prod() * product**3 / A**2
    return agree(turned[0] @ turned[1], left, scale=np.linalg.norm(g, axis=1).prod())


@quarter.numeric(
    LINEAR,
    oracle="the quarter, on near-parallel and near-balanced pairs too",
    tolerance=1e-12,
    because="the quotient of two inner products that do not cancel, |c| > 0.1",
    samples=200,
)
def _(formula, rng):
    angle = rng.uniform(0, np.arccos(0.1)) * rng.choice([1, 1e-3])
    g = np.array([[1, 0], [np.cos(angle), np.sin(angle)]]) * rng.uniform(0.1, 3, (2, 1))
    balanced = 1 / (g**2).sum(axis=1)
    w = balanced * np.exp(rng.normal(size=2) * rng.choice([1, 1e-3]))
    turned = g + formula(g * [[1], [-1]], w) * [[1], [-1]]
    share = turned[0] @ turned[1] / (g[0] @ g[1])
    return bounded([share, -share], [0.25, 0])


residual = Claim(
    id="orth-residual-cosine",
    place="ours, on Eq. 13",
    title="Eq. 13, put right, leaves a cosine of at most |c|³/(4 − 3c²)",
    statement=r"c' = \frac{c^3\, t(1-t)}{\sqrt{(1 - c^2(1-(1-t)^2))\,(1 - c^2(1-t^2))}}, \quad t = "
    r"\frac{w_j\|g_j\|^2}{A}; \quad |c'| \le \frac{|c|^3}{4-3c^2} \le |c|",
    depends=("orth-denominator",),
    remark="Sharp at w_i‖g_i‖² = w_j‖g_j‖². Repeated, Eq. 13 converges cubically, unless c = ±1: "
    "then it never moves.",
)


@residual.proof
def _(proof: Proof) -> None:
    t = w_j * b**2 / A
    proof.let("Let t be the share of g_j in A", sp.Symbol("t"), t)
    proof.equal(
        "‖g̃_i‖² as a part of ‖g_i‖²",
        square(LINEAR_I).subs(s, a * b * c) / a**2, (1 - c**2) + c**2 * (1 - t) ** 2, written_out,
    )  # fmt: skip
    proof.equal(
        "‖g̃_j‖² as a part of ‖g_j‖²",
        square(LINEAR_J).subs(s, a * b * c) / b**2, (1 - c**2) + c**2 * t**2, written_out,
    )  # fmt: skip
    proof.equal(
        "and the inner product as a part of ‖g_i‖‖g_j‖: together they are the closed form",
        inner(LINEAR_I, LINEAR_J).subs(s, a * b * c) / (a * b), c**3 * t * (1 - t), written_out,
    )  # fmt: skip
    x, k, m, n = sp.symbols("x k m n", positive=True)
    t, rest = n / (m + n), m / (m + n)
    proof.let("Write x = |c|, k = 1 − c², and m : n for w_i‖g_i‖² : w_j‖g_j‖², so t = n/(m + n)")
    P, Q = k + x**2 * rest**2, k + x**2 * t**2
    proof.nonnegative(
        "Cauchy–Schwarz: the product PQ of the two length factors exceeds (k + x² t(1 − t))² by",
        P * Q - (k + x**2 * t * rest) ** 2, k * x**2 * ((m - n) / (m + n)) ** 2, sp.factor,
    )  # fmt: skip
    proof.nonnegative(
        "so |c'| ≤ x³ t(1 − t)/(k + x² t(1 − t)), and x³/(4k + x²) exceeds that by",
        x**3 / (4 * k + x**2) - x**3 * t * rest / (k + x**2 * t * rest),
        x**3 * k * (m - n) ** 2 / ((4 * k + x**2) * (k * (m + n) ** 2 + x**2 * m * n)),
        sp.factor,
    )
    proof.equal("where 4k + x² is", 4 * (1 - x**2) + x**2, 4 - 3 * x**2)
    half = {m: 1, n: 1}
    proof.equal(
        "At t = 1/2 the bound is attained",
        (x**3 * t * rest).subs(half) / sp.sqrt((P * Q).subs(half)), x**3 / (4 * k + x**2),
    )  # fmt: skip
    proof.positive(
        "It is less than |c| by this: 0 only where k = 0, that is |c| = 1 (or where c = 0)",
        x - x**3 / (4 * k + x**2), 4 * k * x / (4 * k + x**2), sp.factor,
    )  # fmt: skip
    proof.positive(
        "and since 1 = k + x², it is less than |c|³: repeating converges cubically",
        x**3 / (k + x**2) - x**3 / (4 * k + x**2),
        3 * k * x**3 / ((k + x**2) * (4 * k + x**2)), sp.factor,
    )  # fmt: skip


@residual.numeric(
    LINEAR,
    oracle="cosine of the adjusted vectors, predicted from c and t",
    tolerance=1e-11,
    because="|c| < 0.99 keeps a hundredth of the lengths at least: two digits of sixteen",
)
def _(formula, rng):
    g, w = draw(rng)
    before, loads = cosine(g), w * (g**2).sum(axis=1)
    t = loads[1] / loads.sum()
    lengths = (1 - before**2 * (1 - (1 - t) ** 2)) * (1 - before**2 * (1 - t**2))
    return agree(cosine(g + formula(g, w)), before**3 * t * (1 - t) / np.sqrt(lengths), scale=1)


@residual.numeric(
    LINEAR,
    oracle="the bound |c|³/(4 − 3c²), half of the pairs with equal w‖g‖²",
    tolerance=1e-11,
    because="|c| < 0.99 keeps a hundredth of the lengths at least: two digits of sixteen",
    samples=200,
)
def _(formula, rng):
    before = rng.uniform(-0.99, 0.99)
    g = np.array([[1, 0], [before, np.sqrt(1 - before**2)]]) * rng.uniform(0.1, 3, (2, 1))
    w = 1 / (g**2).sum(axis=1) if rng.integers(2) else rng.dirichlet([1, 1])
    return bounded(abs(cosine(g + formula(g, w))), abs(before) ** 3 / (4 - 3 * before**2))
