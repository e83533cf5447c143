"""What claims on Orth share: the angle, the gap R, and vectors known by their inner products."""

from collections.abc import Callable

import numpy as np
import sympy as sp

from derivations.symbols import A, W, s

theta = sp.Symbol("theta", real=True)  # angle of the pair, c = cos θ
R = sp.Symbol("R", positive=True)  # √(A² − 4 w_i w_j s²)
GAP = A**2 - 4 * W * s**2


def with_gap(expression: sp.Expr) -> sp.Expr:
    """A `simplify` for proofs: R² stands for A² − 4 w_i w_j s²."""
    numerator, _ = sp.fraction(sp.together(expression))
    return sp.rem(sp.expand(numerator), R**2 - GAP, R)


def vectors(names: str) -> tuple[list[sp.Matrix], Callable[[sp.Matrix, sp.Matrix], sp.Expr]]:
    """Vectors of any dimension as rows of coefficients, and the inner product of two such rows.

    Inner products of the named vectors are letters ("x·y"), so what holds holds everywhere.
    """
    letters = names.split()
    size = len(letters)
    gram = sp.Matrix(
        size, size, lambda m, n: sp.Symbol("·".join(sorted(letters[m] + letters[n])), real=True)
    )
    return [sp.eye(size).row(m) for m in range(size)], lambda x, y: (x * gram * y.T)[0, 0]


def draw(rng, width: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """A pair of gradients with norms in about 3 : 1, and shares."""
    return rng.normal(size=(2, width)) * [[3], [1]], rng.dirichlet([1, 1])


def cosine(pair) -> float:
    """Cosine of two vectors, the plain way."""
    x, y = pair
    return float(x @ y / np.sqrt((x @ x) * (y @ y)))
