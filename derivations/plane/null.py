"""What the conflict axis shows when it shows nothing: the cosine in an arbitrary basis."""

from itertools import permutations, product

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Proof, agree, bounded
from derivations.matrices import d, in_range
from derivations.plane.formulas import NULL_VARIANCE
from rgm_ref.plane import nonconflict

null_model = Claim(
    id="plane-null-model",
    place="ours, on Fig. 3",
    title="In an arbitrary basis the cosine scatters around zero with variance 1/d",
    statement=r"Q \text{ uniform on the orthogonal group of } \mathbb R^d: \quad "
    r"\mathbb E\, c(g_i, Q g_j) = 0, \quad \mathbb E\, c(g_i, Q g_j)^2 = \frac{1}{d}",
    quote="the conflict factor remains widely distributed around zero, indicating unresolved "
    "interference",
    depends=("plane-gauge",),
    remark="So a cloud around zero is what the axis shows when it shows nothing: a finding on this "
    "axis has to be compared with 1/d first. At d = 512 the standard deviation is 0.044.",
)


@null_model.proof
def _(proof: Proof) -> None:
    m, n = sp.symbols("m n", integer=True)
    e = sp.IndexedBase("e", real=True)
    mean, square, mixed = sp.symbols("E_u E_u2 E_uv", real=True)

    def total(term, *indices):
        return sp.Sum(term, *((index, 1, d) for index in indices))

    proof.let(
        "Write c = Σ_m e_m u_m with e and u the directions of g_i and of Q g_j; u is as likely "
        "as what becomes of it when a coordinate changes sign or two coordinates are exchanged"
    )
    proof.solves(
        "Changing a sign: E u_m = −E u_m, so E u_m vanishes, and with it E c",
        mean + mean, mean, 0,
    )  # fmt: skip
    proof.solves(
        "Changing the sign of u_m alone: E u_m u_n = −E u_m u_n vanishes for m ≠ n",
        mixed + mixed, mixed, 0,
    )  # fmt: skip
    proof.solves(
        "Exchanging: all E u_m² are one number, and they sum to 1",
        total(square, m).doit() - 1, square, 1 / d,
    )  # fmt: skip
    second = sp.KroneckerDelta(m, n) / d
    proof.equal(
        "So E c², the sum of e_m e_n E u_m u_n, is a d-th part of ‖e‖² = 1",
        total(e[m] * e[n] * second, n, m), total(e[m] ** 2, m) / d, in_range,
    )  # fmt: skip


@null_model.numeric(
    NULL_VARIANCE,
    oracle="the mean of c² over every signed permutation of d = 1 … 4 coordinates",
    tolerance=1e-14,
    because="exact but for the rounding of a mean over up to 384 terms",
    samples=4,
)
def _(formula, rng):
    width = int(rng.integers(1, 5))
    x, y = rng.normal(size=(2, width))
    found = [
        nonconflict(np.stack([x, np.multiply(signs, y[list(order)])]))[0, 1] ** 2
        for order in permutations(range(width))
        for signs in product([1, -1], repeat=width)
    ]
    return agree(formula(width), np.mean(found))


@null_model.numeric(
    NULL_VARIANCE,
    oracle="10 000 uniform directions (Monte Carlo), to five standard errors",
    tolerance=1e-9,
    because="a bound: the deviation in standard errors is at most 5, with probability 1 − 6e-7",
    samples=4,
)
def _(formula, rng):
    width, draws = int(rng.integers(2, 40)), 10_000
    u = rng.normal(size=(draws, width))
    c2 = nonconflict(np.stack([np.broadcast_to(np.eye(width)[0], u.shape), u]))[0, 1] ** 2
    return bounded(abs(formula(width) - c2.mean()), 5 * c2.std() / np.sqrt(draws))
