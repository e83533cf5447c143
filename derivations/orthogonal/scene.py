"""What claims on Orth share: compact letters for a pair, and vectors known by inner products."""

from collections.abc import Callable

import numpy as np
import sympy as sp

from derivations.symbols import W, a, b, g_i, g_j, w_i, w_j

theta = sp.Symbol("theta", real=True)  # angle of the pair, c = cos θ
s = sp.Symbol("s", real=True)  # g_i · g_j
A, R = sp.symbols("A R", positive=True)  # w_i a² + w_j b², and √(A² − 4 w_i w_j s²)
LOAD = w_i * a**2 + w_j * b**2  # what A stands for
GAP = A**2 - 4 * W * s**2  # what R² stands for

# Eq. 13 put right, and the exact form: claims orth-denominator and orth-exact.
LINEAR_I, LINEAR_J = g_i - w_j * s / A * g_j, g_j - w_i * s / A * g_i
O_I = 2 * W * s**2 / (R * (A + R)) * g_i - w_j * s / R * g_j
O_J = 2 * W * s**2 / (R * (A + R)) * g_j - w_i * s / R * g_i
EXACT_I, EXACT_J = g_i + O_I, g_j + O_J
MU = 2 * s * W / (A + R)


def inner(x: sp.Matrix, y: sp.Matrix) -> sp.Expr:
    """Inner product of two combinations of g_i and g_j."""
    return (x * sp.Matrix([[a**2, s], [s, b**2]]) * y.T)[0, 0]


def square(x: sp.Matrix) -> sp.Expr:
    """Squared length."""
    return inner(x, x)


def written_out(expression: sp.Expr) -> sp.Expr:
    """A `simplify` for proofs: A stands for w_i a² + w_j b²."""
    return sp.factor(expression.subs(A, LOAD))


def with_gap(expression: sp.Expr) -> sp.Expr:
    """A `simplify` for proofs: also R² stands for A² − 4 w_i w_j s²."""
    numerator, _ = sp.fraction(sp.together(expression))
    return sp.rem(sp.expand(numerator.subs(A, LOAD)), R**2 - GAP.subs(A, LOAD), R)


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
