"""Inequalities on a box by interval arithmetic: rounding goes outward, so «yes» is a proof."""

import sympy as sp
from mpmath import iv, mp

_FUNCTIONS = {
    "mpf": iv.mpf,  # SymPy prints 1/3 as mpf(1)/mpf(3): it becomes an interval around 1/3
    "sqrt": iv.sqrt,
    "exp": iv.exp,
    "log": iv.log,
    "sin": iv.sin,
    "cos": iv.cos,
    "Abs": abs,
}


def prove_positive(expression, box: dict, limit: int) -> int:
    """Number of sub-boxes on which `expression` > 0 was shown; together they cover the box.

    Raises: ValueError where the expression is not positive at some midpoint, or where `limit`
    boxes do not suffice. The longest side is halved first.
    """
    names = list(box)
    function = sp.lambdify(names, expression, modules=[_FUNCTIONS, "mpmath"])
    middle = sp.lambdify(names, expression, modules="mpmath")
    todo = [[(_enclosing(low)[0], _enclosing(high)[1]) for low, high in box.values()]]
    settled = 0
    while todo:
        sides = todo.pop()
        if function(*(iv.mpf(side) for side in sides)).a > 0:
            settled += 1
            continue
        if settled + len(todo) >= limit:
            raise ValueError(f"undecided after {limit} boxes, near {sides}")
        centre = [(low + high) / 2 for low, high in sides]
        if not middle(*centre) > 0:
            raise ValueError(f"not positive at {dict(zip(names, centre, strict=True))}")
        widest = max(range(len(sides)), key=lambda k: sides[k][1] - sides[k][0])
        low, high = sides[widest]
        for half in ((low, centre[widest]), (centre[widest], high)):
            todo.append([*sides[:widest], half, *sides[widest + 1 :]])
    return settled


def _enclosing(number) -> tuple[mp.mpf, mp.mpf]:
    """Floating-point numbers just below and just above an exact number (equal where it is one)."""
    exact = sp.nsimplify(number) if isinstance(number, float) else sp.sympify(number)
    around = iv.mpf(sp.lambdify([], exact, modules=[_FUNCTIONS, "mpmath"])())
    return mp.mpf(around.a), mp.mpf(around.b)
