"""Sums over the blocks k = 1 … l with l a symbol: what is proved with them holds for every l.

A pair enters Syn only through its block lengths a_k, b_k and its block cosines κ_k. Two facts carry
every proof here, and SymPy has both: a sum is linear, and a sum of non-negative terms is
non-negative.
"""

from collections.abc import Callable

import sympy as sp

from derivations.symbols import a, b

k = sp.Symbol("k", integer=True)
l = sp.Symbol("l", integer=True, positive=True)  # noqa: E741  (the paper's letter)


def over_blocks(name: str, **assumptions) -> sp.Indexed:
    """The k-th of l numbers that share their assumptions."""
    return sp.IndexedBase(name, **assumptions)[k]


a_k, b_k = over_blocks("a", positive=True), over_blocks("b", positive=True)  # ‖g_i^(k)‖, ‖g_j^(k)‖
kappa = over_blocks("kappa", real=True)  # block cosines
agreeing = over_blocks("kappa", nonnegative=True)  # block cosines, where none is negative
S_k = a_k**2 + b_k**2  # energy of the block


def total(term: sp.Expr) -> sp.Sum:
    """Σ_k term, k from 1 to l."""
    return sp.Sum(term, (k, 1, l))


def linear(known: dict[sp.Expr, sp.Expr]) -> Callable[[sp.Expr], sp.Expr]:
    """A `simplify` for proofs: split every sum into monomials, pull constants out, insert `known`.

    `known` maps a monomial of the blocks to the name of its sum, such as a_k² to ‖g_i‖².
    """

    def sum_of(monomial):
        return known[monomial] if monomial in known else total(monomial)

    def split(found: sp.Sum) -> sp.Expr:
        terms = sp.Add.make_args(sp.expand(found.function))
        parts = (term.as_independent(k, as_Add=False) for term in terms)
        return sp.Add(*(constant * sum_of(monomial) for constant, monomial in parts))

    def simplify(expression: sp.Expr) -> sp.Expr:
        return sp.factor(expression.replace(lambda part: isinstance(part, sp.Sum), split))

    return simplify


LENGTHS = {a_k**2: a**2, b_k**2: b**2}  # ‖g_i‖² and ‖g_j‖² are the sums over their blocks
by_blocks = linear(LENGTHS)


def cosine_before(kappa: sp.Expr) -> sp.Expr:
    """Cosine of the pair, from its blocks."""
    return total(a_k * b_k * kappa) / (a * b)


def cosine_after(kappa: sp.Expr) -> sp.Expr:
    """Cosine after Eq. 11: claim synergy-cosine."""
    return total(S_k * kappa) / (a**2 + b**2)


def whole_from_blocks(proof) -> None:
    """The two opening lines of most proofs: a² = Σ a_k² and b² = Σ b_k²."""
    proof.let("The squared length of a gradient is the sum over its blocks", a**2, total(a_k**2))
    proof.let("and so for its partner; the number l of blocks is any", b**2, total(b_k**2))
