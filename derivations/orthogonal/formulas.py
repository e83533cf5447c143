"""The formulas of Orth and their named wrong twins."""

import numpy as np

from derivations.ledger import Formula
from rgm_ref.frame import fixed_length_frame, nearest_frame, polar
from rgm_ref.orthogonal import adjust


def _lengths(g):
    return np.sqrt((g**2).sum(axis=-1, keepdims=True))


def _eq13(denominator):
    """Eq. 13 with another denominator."""

    def twin(g, w):
        return -(g[0] @ g[1]) / denominator(g, w) * (w[::-1, None] * g[::-1])

    return twin


def _own_weight(g, w):
    return -(g[0] @ g[1]) / (w[:, None] * g**2).sum() * (w[:, None] * g[::-1])


LINEAR = Formula(
    "Eq. 13, corrected",
    lambda g, w: adjust(g, w, "linear"),
    {
        "indices swapped in the denominator (as printed)": lambda g, w: adjust(g, w, "printed"),
        "own weight in the numerator": _own_weight,
        "sign of the adjustment": lambda g, w: -adjust(g, w, "linear"),
        "norms for squared norms": _eq13(lambda g, w: (w[:, None] * _lengths(g)).sum()),
        "denominator doubled": _eq13(lambda g, w: 2 * (w[:, None] * g**2).sum()),
        "own gradient subtracted": lambda g, w: adjust(g, w, "linear")[::-1],
    },
)

PRINTED = Formula(
    "Eq. 13, as printed",
    lambda g, w: adjust(g, w, "printed"),
    {
        "indices put right": lambda g, w: adjust(g, w, "linear"),
        "own weight in the numerator": lambda g, w: (
            -(g[0] @ g[1]) / (w[:, None] * g[::-1] ** 2).sum() * (w[:, None] * g[::-1])
        ),
        "norms for squared norms": _eq13(lambda g, w: (w[:, None] * _lengths(g)[::-1]).sum()),
    },
)


def _gap(g, w):
    h = np.sqrt(w)[:, None] * g
    return np.linalg.norm(h[0] + h[1]) * np.linalg.norm(h[0] - h[1])


def _other_root(g, w):
    """The larger root of the quadratic for μ: the dearest orthogonal frame."""
    values, axes = np.linalg.eigh(w[0] * np.outer(g[0], g[0]) - w[1] * np.outer(g[1], g[1]))
    e = axes[:, [np.argmin(values), np.argmax(values)]].T
    return (g * e).sum(axis=-1, keepdims=True) * e - g


EXACT = Formula(
    "problem (12), exact",
    lambda g, w: adjust(g, w, "exact"),
    {
        "linearised constraint": lambda g, w: adjust(g, w, "linear"),
        "weights exchanged": lambda g, w: adjust(g, w[::-1], "exact"),
        "weights squared": lambda g, w: adjust(g, w**2, "exact"),
        "the other root": _other_root,
        "R for A, the part along the own gradient left out": _eq13(_gap),
        "PCGrad, both sides": lambda g, w: -(g[0] @ g[1]) / _lengths(g)[::-1] ** 2 * g[::-1],
    },
)


def _price(form, weigh=True):
    def price(g, w):
        return ((w if weigh else np.ones(2))[:, None] * adjust(g, w, form) ** 2).sum()

    return price


COST = Formula(
    "price of orthogonality",
    _price("exact"),
    {
        "price of the linear form": _price("linear"),
        "price of the printed form": _price("printed"),
        "weights left out": _price("exact", weigh=False),
        "half missing": lambda g, w: 2 * _price("exact")(g, w),
    },
)


def _pcgrad(g):
    """Both projections start from the original gradients; neither acts where g_i·g_j ≥ 0."""
    return g - min(g[0] @ g[1], 0) / (g[::-1] ** 2).sum(axis=-1, keepdims=True) * g[::-1]


def _pcgrad_in_turn(g):
    first = _pcgrad(g)[0]
    return np.stack([first, _pcgrad(np.stack([first, g[1]]))[1]])


PCGRAD = Formula(
    "PCGrad on a pair",
    _pcgrad,
    {
        "the second projection sees the first": _pcgrad_in_turn,
        "acts on agreeing gradients too": lambda g: (
            g - (g[0] @ g[1]) / (g[::-1] ** 2).sum(axis=-1, keepdims=True) * g[::-1]
        ),
        "own norm below the line": lambda g: (
            g - min(g[0] @ g[1], 0) / (g**2).sum(axis=-1, keepdims=True) * g[::-1]
        ),
        "half the projection": lambda g: (g + _pcgrad(g)) / 2,
    },
)

NEAREST = Formula(
    "nearest orthogonal gradients",
    nearest_frame,
    {
        "weights left out": lambda g, w: nearest_frame(g, np.ones(len(g))),
        "weights squared": lambda g, w: nearest_frame(g, w**2),
        "one polar step (Löwdin)": lambda g, w: _onto(g, polar(w[:, None] * g)),
        "lengths kept": fixed_length_frame,
        "Gram–Schmidt": lambda g, w: _onto(g, np.linalg.qr(g.T)[0].T),
    },
)

FIXED = Formula(
    "nearest orthogonal gradients of the same lengths",
    fixed_length_frame,
    {
        "weights left out": lambda g, w: fixed_length_frame(g, np.ones(len(g))),
        "a length missing in the polar factor": lambda g, w: _lengths(g) * polar(w[:, None] * g),
        "lengths projected": nearest_frame,
    },
)


def _onto(g, frame):
    return (g * frame).sum(axis=-1, keepdims=True) * frame


def _ascend(weight):
    """One step of the ascent, from a frame."""
    return lambda g, w, frame: polar(weight(w[:, None], (g * frame).sum(-1, keepdims=True)) * g)


ASCENT = Formula(
    "step of the ascent",
    _ascend(lambda w, along: w * along),
    {
        "weights left out": _ascend(lambda w, along: along),
        "kept lengths left out": _ascend(lambda w, along: w),
        "kept lengths squared": _ascend(lambda w, along: w * along**2),
    },
)
