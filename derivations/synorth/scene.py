"""Eqs. 14–15 in letters, for one pair: what every proof here starts from.

The letters are block lengths, block cosines and the share; nothing is imported from the reference,
so that the same expressions, turned into functions, are an oracle for it.
"""

from functools import cache

import numpy as np
import sympy as sp

HALF = sp.Rational(1, 2)


def sigma(x: sp.Expr) -> sp.Expr:
    """σ(x) = 1 / (1 + e^{-x})."""
    return 1 / (1 + sp.exp(-x))


def near(exact: sp.Expr, value: str) -> sp.Rel:
    """`exact` rounds to the decimal `value`: less than half a unit of its last place away."""
    unit = sp.Rational(1, 10 ** len(value.partition(".")[2]))
    return sp.Lt(sp.Abs(sp.sympify(exact) - sp.Rational(value)), unit / 2, evaluate=False)


def balance(share: sp.Expr, eight: sp.Expr | int = 8) -> sp.Expr:
    """w̄ = 8 w (1 − w) − 1; with another constant in place of 8, still 1 at w = ½."""
    return eight * share * (1 - share) - sp.Rational(1, 4) * eight + 1


def row(a, b, kappa, share, *, four=4, eight=8, half=HALF) -> tuple[list[sp.Expr], sp.Expr]:
    """Eq. 15 with the corrected Orth: g_i^mod(k) = own[k] g_i^(k) + partner g_j^(k).

    `a`, `b`, `kappa`: lists of block lengths and cosines; `share` = w_i. The constants that the
    paper sets by hand can be varied: the slope 4, the 8 of Eq. 5, the exponent ½ of Eq. 8.
    """
    four, eight, half = sp.sympify(four), sp.sympify(eight), sp.sympify(half)
    s = sum(x * y * k for x, y, k in zip(a, b, kappa, strict=True))
    a2, b2 = sum(x**2 for x in a), sum(y**2 for y in b)
    c = s / (sp.sqrt(a2) * sp.sqrt(b2))
    q = four * balance(share, eight)
    r = (1 / (2 * share)) ** (half * (1 + c))
    own = []
    for x, y, k in zip(a, b, kappa, strict=True):
        alpha = sp.sqrt(share * (x**2 + y**2)) / x
        own.append(r * (sigma(q * k) * alpha + 1 - sigma(q * k)))
    partner = -(1 - sigma(q * c)) * (1 - share) * s / (share * a2 + (1 - share) * b2)
    return own, partner


@cache
def numeric_row(blocks: int):
    """`row` as a function of numbers: (a, b, κ, w, four, eight, half) → (own, partner)."""
    a, b, kappa = (sp.symbols(f"{name}:{blocks}") for name in "abk")
    share, four, eight, half = sp.symbols("w four eight half")
    expression = row(a, b, kappa, share, four=four, eight=eight, half=half)
    return sp.lambdify([a, b, kappa, share, four, eight, half], expression, "numpy")


def step(g, energy, blocks: int, four: float = 4, eight: float = 8, half: float = 0.5):
    """Eq. 15 for a pair (2, d), computed by the symbolic row."""
    lengths = [[np.linalg.norm(part) for part in np.array_split(v, blocks)] for v in g]
    products = [x @ y for x, y in zip(*(np.array_split(v, blocks) for v in g), strict=True)]
    kappa = [p / (x * y) for p, x, y in zip(products, *lengths, strict=True)]
    out = []
    for i, j in ((0, 1), (1, 0)):
        share = energy[i] / (energy[i] + energy[j])
        own, partner = numeric_row(blocks)(lengths[i], lengths[j], kappa, share, four, eight, half)
        scaled = [x * part for x, part in zip(own, np.array_split(g[i], blocks), strict=True)]
        out.append(np.concatenate(scaled) + partner * g[j])
    return np.stack(out)


def random_pair(rng, width: int = 6):
    """A pair of gradients of unlike length, (2, d), and energies (2,) that differ as much."""
    g = rng.normal(size=(2, width)) * np.exp(rng.normal(size=(2, 1)))
    return g, np.exp(rng.normal(size=2) * 1.5)
