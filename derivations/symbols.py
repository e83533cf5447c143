"""The letters of the course as SymPy symbols, and vectors known only by their inner products.

A pair of gradients enters every formula through its Gram matrix. So a vector of their plane is a
row of two coefficients, v = x g_i + y g_j, and `inner` is all the geometry there is: what is
proved with it holds in every dimension.
"""

import sympy as sp

a, b = sp.symbols("a b", positive=True)  # ‖g_i‖, ‖g_j‖
c = sp.Symbol("c", real=True)  # cosine of the pair
w_i, w_j = sp.symbols("w_i w_j", positive=True)  # weights of the pair
s = a * b * c  # g_i · g_j
A = w_i * a**2 + w_j * b**2
B = w_i * b**2 + w_j * a**2
W = w_i * w_j

g_i = sp.Matrix([[1, 0]])
g_j = sp.Matrix([[0, 1]])
GRAM = sp.Matrix([[a**2, s], [s, b**2]])


def inner(u: sp.Matrix, v: sp.Matrix) -> sp.Expr:
    """Inner product of x g_i + y g_j and x' g_i + y' g_j."""
    return (u * GRAM * v.T)[0, 0]


def square(u: sp.Matrix) -> sp.Expr:
    """Squared length of a vector of the plane."""
    return inner(u, u)
