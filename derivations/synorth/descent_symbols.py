"""The letters of the joint-descent proof, and F itself in letters.

The modality with the smaller share is called i: w_i = ½ − h and w_j = ½ + h with h ≥ 0. F does not
change when the two modalities change names, so nothing is lost.
"""

import sympy as sp

from derivations.symbols import a, b, w_i, w_j
from derivations.synorth.scene import HALF, balance, sigma

h, t = sp.symbols("h t", nonnegative=True)
u = sp.Symbol("u", nonnegative=True)  # 1 − γ_g, in [0, 1]
m = sp.Symbol("m", positive=True)  # σ(−|q|), in (0, ½]
S = a**2 + b**2
FLIP = (2 - sp.sqrt(2)) / 4  # below this share of i the slope q is negative


def with_shares(expression):
    """A `simplify` for proofs: uses w_i = ½ − h, w_j = ½ + h."""
    return sp.cancel(expression.subs({w_i: HALF - h, w_j: HALF + h}))


def own_decrease(lengths, partners, cosines, w, form="linear", ear=True):
    """g_i·g_i^mod of Eq. 15 from block lengths and cosines; exact where these are.

    lengths, partners: ‖g_i^(k)‖ and ‖g_j^(k)‖; w: the share of i; form: that of Orth.
    """
    blocks = list(zip(lengths, partners, cosines, strict=True))
    a2, b2 = sum(x**2 for x in lengths), sum(y**2 for y in partners)
    s = sum(x * y * kappa for x, y, kappa in blocks)
    c, q = s / (sp.sqrt(a2) * sp.sqrt(b2)), 4 * balance(w)
    base = sum(
        sigma(-q * kappa) * x**2 + sigma(q * kappa) * sp.sqrt(w * (x**2 + y**2)) * x
        for x, y, kappa in blocks
    )
    r = (2 * w) ** (-(1 + c) / 2) if ear else 1
    return r * base - sigma(-q * c) * own_lost(w, a2, b2, s, form)


def joint_decrease(lengths, partners, cosines, w, form="linear", ear=True):
    """F = g_i·g_i^mod + g_j·g_j^mod, with the arguments of `own_decrease`."""
    return own_decrease(lengths, partners, cosines, w, form, ear) + own_decrease(
        partners, lengths, cosines, 1 - w, form, ear
    )


def own_lost(w, a2, b2, s, form):
    """−g_i·O_i from the share of i, the squared lengths and the inner product."""
    p, r = w * a2, (1 - w) * b2
    if form == "exact":  # a² sin² of the turning angle, see Lemma 1
        twice = 1 - 2 * (s / (sp.sqrt(a2) * sp.sqrt(b2))) ** 2  # cos 2δ
        R = sp.sqrt(p**2 + r**2 + 2 * p * r * twice)
        return a2 * (R - p - r * twice) / (2 * R)
    denominator = p + r if form == "linear" else w * b2 + (1 - w) * a2
    return (1 - w) * s**2 / denominator
