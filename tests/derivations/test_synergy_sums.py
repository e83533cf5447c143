"""Sums over any number of blocks: the simplifier is right in numbers, and refuses what is false."""

import pytest
import sympy as sp

from derivations.ledger import Proof, ProofError
from derivations.symbols import a, b
from derivations.synergy.sums import (
    S_k,
    a_k,
    agreeing,
    b_k,
    by_blocks,
    cosine_after,
    cosine_before,
    kappa,
    l,
    total,
)

NUMBERS = {a_k: (2, 3, 6), b_k: (1, 4, 8), kappa: (1, -1, sp.Rational(1, 2))}
LENGTHS = {a: 7, b: 9}


def in_numbers(expression):
    """The expression for three blocks, whose lengths add up to a = 7 and b = 9."""
    values = {
        name.base[k]: value
        for name, row in NUMBERS.items()
        for k, value in enumerate(row, start=1)
    }  # fmt: skip
    return expression.subs(l, 3).doit().subs(values).subs(LENGTHS)


@pytest.mark.parametrize(
    "expression",
    [
        cosine_before(kappa),
        cosine_after(kappa),
        total((a_k / a - b_k / b) ** 2),
        total(S_k * (1 - kappa)) ** 2 - 3 * total(a_k * b_k),
        sp.sqrt(total(a_k**2)) * total(5 * b_k**2 + a * a_k * kappa),
    ],
)
def test_the_simplifier_keeps_the_value(expression):
    assert in_numbers(by_blocks(expression)) == in_numbers(expression)
    assert by_blocks(expression - expression) == 0


def test_known_sums_are_inserted():
    assert by_blocks(total(S_k)) == a**2 + b**2


@pytest.mark.parametrize(
    ("expression", "certificate"),
    [
        # Theorem 2 as printed: an identity that does not hold.
        (
            cosine_after(agreeing) - cosine_before(agreeing),
            total((a_k - b_k) ** 2 * agreeing) / (a**2 + b**2),
        ),
        # An identity that holds, but a block may disagree: no sign.
        (
            cosine_after(kappa) - 2 * a * b / (a**2 + b**2) * cosine_before(kappa),
            total((a_k - b_k) ** 2 * kappa) / (a**2 + b**2),
        ),
    ],
)
def test_a_false_inequality_is_refused(expression, certificate):
    with pytest.raises(ProofError):
        Proof().nonnegative("false", expression, certificate, by_blocks)
