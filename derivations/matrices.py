"""Matrices whose sizes are letters: what is proved with them holds for every width.

Head blocks are W_k (K × d_k) here and vectors are columns, as on paper: logits l = Σ_k W_k z_k.
"""

from collections.abc import Callable

import sympy as sp

K = sp.Symbol("K", integer=True, positive=True)  # classes
d, d_i, d_j = sp.symbols("d d_i d_j", integer=True, positive=True)  # widths

W_i, W_j = sp.MatrixSymbol("W_i", K, d), sp.MatrixSymbol("W_j", K, d)
z_i, z_j = sp.MatrixSymbol("z_i", d, 1), sp.MatrixSymbol("z_j", d, 1)
r = sp.MatrixSymbol("r", K, 1)
Q = sp.MatrixSymbol("Q", d, d)  # orthogonal
T = sp.MatrixSymbol("T", d, d)  # invertible


def product(*factors) -> sp.MatMul:
    """The product as it is written, before anything cancels."""
    return sp.MatMul(*factors, evaluate=False)


def in_range(expression):
    """A `simplify` for proofs: evaluate the sums that a Kronecker delta ends.

    SymPy asks whether the index left over lies in the sum's range; the indices here all do.
    """
    done = expression.doit()
    inside = done.replace(lambda e: isinstance(e, sp.Piecewise), lambda e: e.args[0].expr)
    return sp.simplify(inside)


def settled(*assumptions) -> Callable:
    """A `simplify` for proofs: matrix algebra under the assumptions; a zero matrix becomes 0."""

    def simplify(expression):
        rest = sp.refine(expression.doit(), *assumptions).doit()
        return sp.S.Zero if rest.is_ZeroMatrix else rest

    return simplify
