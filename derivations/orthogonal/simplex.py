"""Orth, averaged over pairs, against the frame that orthogonalises all modalities at once."""

import numpy as np
import sympy as sp

from derivations.ledger import Claim, Formula, Proof, agree
from derivations.orthogonal.formulas import NEAREST
from derivations.orthogonal.scene import GAP, LINEAR_I, O_I, A, R, s
from derivations.symbols import a, b, w_i, w_j
from rgm_ref.orthogonal import adjust

M = sp.Symbol("M", positive=True)

simplex = Claim(
    id="orth-pairwise-simplex",
    place="ours, on Eq. 12",
    title="Averaging Orth over pairs leaves a balanced simplex of gradients as conflicting as "
    "before; the polar frame resolves it",
    statement=r"\|g_i\| = a, \; c_{ij} = -\frac{1}{M-1}, \; w_i = w_j \;\Rightarrow\; g_i + "
    r"\frac{1}{M-1} \sum_{j \ne i} \mathcal O_i^{(j)} = \lambda\, g_i, \; \lambda > 0; \quad "
    r"\text{the nearest orthogonal gradients have}\; \|\tilde g_i\|^2 = \frac{M-1}{M} a^2",
    depends=("orth-exact", "orth-many-global"),
    remark="The partners of g_i add up to −g_i, so pushing it off all of them shortens it and "
    "turns nothing. All cosines stay −1/(M − 1), with the exact form too. The polar frame leaves "
    "the space that the simplex spans, so it needs d ≥ M.",
)


@simplex.proof
def _(proof: Proof) -> None:
    proof.let("M gradients of length a, all cosines −1/(M − 1), all weights equal")
    proof.equal(
        "The squared length of their sum", M * a**2 + M * (M - 1) * a**2 * (-1 / (M - 1)), 0
    )
    proof.let("so Σ_{j≠i} g_j = −g_i. By symmetry O_i^(j) = x g_i + y g_j with one x and one y")
    x, y = sp.symbols("x y", real=True)
    proof.equal(
        "Averaged, g_i gets the factor",
        1 + ((M - 1) * x + y * (-1)) / (M - 1), 1 + x - y / (M - 1), sp.factor,
    )  # fmt: skip
    n, r = sp.Symbol("n", nonnegative=True), sp.Symbol("r", positive=True)
    half = sp.Rational(1, 2)
    pair = {b: a, A: a**2, s: -(a**2) / (M - 1), w_i: half, w_j: half}
    factor = 1 - LINEAR_I[1].subs(pair) / (M - 1)
    proof.positive(
        "which for the linear form, x = 0, and M = 2 + n is positive",
        factor.subs(M, 2 + n), (2 * (1 + n) ** 2 - 1).expand() / (2 * (1 + n) ** 2), sp.factor,
    )  # fmt: skip
    proof.let("The exact form, M > 2, with r = √(1 − c²):")
    proof.equal("R² is then a⁴ (1 − c²)", GAP.subs(pair), a**4 * (1 - 1 / (M - 1) ** 2), sp.factor)
    row = O_I.subs(R, a**2 * r).subs(pair)
    proof.equal(
        "so the factor is ½(1 + r), once c² = 1 − r² is put in",
        1 + row[0] - row[1] / (M - 1), (1 + r) / 2,
        lambda rest: sp.factor(sp.factor(rest).subs(M, 1 + 1 / sp.sqrt(1 - r**2))),
    )  # fmt: skip


@simplex.proof
def _(proof: Proof) -> None:
    proof.let("The frame: let f_i = g_i/a, and n a unit vector orthogonal to all of them (d ≥ M)")
    proof.let("Try e_i = x f_i + y n with y = 1/√M and x² = (M − 1)/M")
    x = sp.sqrt((M - 1) / M)
    proof.equal("Its length is 1", x**2 + 1 / M, 1, sp.factor)
    proof.equal("and two of them are orthogonal", x**2 * (-1 / (M - 1)) + 1 / M, 0, sp.factor)
    proof.let("g_i·e_i = a x for all i, so the ascent maps E to polar[F], F with the rows f_i")
    proof.equal(
        "F = S E with the matrix S of entries S_ij = f_i·e_j = x f_i·f_j; f_i keeps its own",
        x * (x + x / (M - 1) ** 2 * (M - 1)), 1, sp.factor,
    )  # fmt: skip
    proof.let("and nothing along n, as Σ_j f_i·f_j = 0. S, a Gram matrix times x, is symmetric ⪰ 0")
    proof.let("So E is the polar factor of F: the ascent rests, at the optimum (orth-many-global)")
    proof.equal("There ‖g̃_i‖² = (g_i·e_i)²", (a * x) ** 2, (M - 1) / M * a**2, sp.factor)


def corners(rng, size: int, width: int):
    """A simplex: the centred axes of a random orthogonal frame, of random size."""
    frame = np.linalg.qr(rng.normal(size=(width, size)))[0].T
    return rng.uniform(0.3, 3) * (frame - frame.mean(axis=0))


def _averaged(form, weight=1.0):
    """g_i plus the mean over j of O_i^(j)."""

    def average(g):
        turned = g.copy()
        for i in range(len(g)):
            for j in range(len(g)):
                if i != j:
                    step = adjust(g[[i, j]], np.array([0.5, 0.5 * weight]), form)[0]
                    turned[i] += step / (len(g) - 1)
        return turned

    return average


AVERAGED = Formula(
    "exact Orth averaged over pairs",
    _averaged("exact"),
    {
        "linear form": _averaged("linear"),
        "one partner only": lambda g: (
            g + np.stack([adjust(g[[i, i - 1]], np.ones(2), "exact")[0] for i in range(len(g))])
        ),
        "unequal weights": _averaged("exact", weight=3.0),
    },
)


@simplex.numeric(
    AVERAGED,
    oracle="½(1 + √(1 − c²)) g_i, M = 3 … 6",
    tolerance=1e-12,
    because="the corners have cosines right to a few eps",
    samples=10,
)
def _(formula, rng):
    size = int(rng.integers(3, 7))
    g = corners(rng, size, 7)
    return agree(formula(g), (1 + np.sqrt(1 - 1 / (size - 1) ** 2)) / 2 * g)


@simplex.numeric(
    NEAREST,
    oracle="orthogonal rows that each keep (M − 1)/M of their energy",
    tolerance=1e-12,
    because="the polar factor of a matrix whose other singular values are equal",
    samples=10,
)
def _(formula, rng):
    size = int(rng.integers(3, 7))
    g = corners(rng, size, 7)
    turned = formula(g, np.full(size, 1 / size))
    return agree(turned @ turned.T, (size - 1) / size * (g[0] @ g[0]) * np.eye(size))
