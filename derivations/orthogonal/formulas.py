"""The formulas of Orth and their named wrong twins."""

import numpy as np

from derivations.ledger import Formula
from rgm_ref._scaled import norm
from rgm_ref.orthogonal import adjust


def _inner(g):
    return (g[0] * g[1]).sum()


def _solve(denominator):
    """Eq. 13 with another denominator."""

    def twin(g, w):
        return -_inner(g) / denominator(g, w) * (w[::-1, None] * g[::-1])

    return twin


LINEAR = Formula(
    "Eq. 13, corrected",
    lambda g, w: adjust(g, w, "linear"),
    {
        "indices swapped in the denominator (as printed)": lambda g, w: adjust(g, w, "printed"),
        "own weight in the numerator": lambda g, w: (
            -_inner(g) / (w[:, None] * norm(g) ** 2).sum() * (w[:, None] * g[::-1])
        ),
        "sign of the adjustment": lambda g, w: -adjust(g, w, "linear"),
        "norms for squared norms": _solve(lambda g, w: (w[:, None] * norm(g)).sum()),
        "missing half": _solve(lambda g, w: 2 * (w[:, None] * norm(g) ** 2).sum()),
        "own gradient subtracted": lambda g, w: adjust(g, w, "linear")[::-1],
    },
)

EXACT = Formula(
    "problem (12), exact",
    lambda g, w: adjust(g, w, "exact"),
    {
        "linearised constraint": lambda g, w: adjust(g, w, "linear"),
        "weights exchanged": lambda g, w: adjust(g, w[::-1], "exact"),
        "weights squared": lambda g, w: adjust(g, w**2, "exact"),
        "PCGrad, both sides": lambda g, w: -_inner(g) / np.square(norm(g))[::-1] * g[::-1],
    },
)
