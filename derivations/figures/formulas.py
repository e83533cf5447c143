"""What the figures' one-step theorems speak of, and the named mistakes."""

import numpy as np

from derivations.ledger import Formula
from rgm_ref._scaled import norm, unit
from rgm_ref.descent import descend
from rgm_ref.orthogonal import adjust
from rgm_ref.plane import nonconflict
from rgm_ref.rebalance import ratio
from rgm_ref.rules import equalize
from rgm_ref.toys import Quadratic


def _kept(adjusted):
    """‖g̃_k‖² / ‖g_k‖² for a rule that gives the adjusted pair."""
    return lambda g, w: (np.square(norm(adjusted(g, w))) / np.square(norm(g)))[:, 0]


KEPT = Formula(
    "energy kept by Orth",
    _kept(lambda g, w: g + adjust(g, w, "linear")),
    {
        "modalities exchanged": lambda g, w: _kept(lambda h, v: h + adjust(h, v))(g, w)[::-1],
        "printed Eq. 13": _kept(lambda g, w: g + adjust(g, w, "printed")),
        "PCGrad": _kept(
            lambda g, w: g - (g * unit(g[::-1])).sum(-1, keepdims=True) * unit(g[::-1])
        ),
        "lengths instead of energies": lambda g, w: np.sqrt(
            _kept(lambda h, v: h + adjust(h, v))(g, w)
        ),
    },
)


def _column(factors):
    return np.asarray(factors)[:, None]


SCALED_COSINE = Formula(
    "cosine after rebalancing",
    lambda g, energy: nonconflict(_column(ratio(energy)) * g),
    {
        "ratio added": lambda g, energy: nonconflict(_column(ratio(energy)) + g),
        "raised to the ratio": lambda g, energy: nonconflict(
            np.sign(g) * np.abs(g) ** _column(ratio(energy))
        ),
        "inner product for cosine": lambda g, energy: (
            (_column(ratio(energy)) * g) @ (_column(ratio(energy)) * g).T
        ),
    },
)


def _rerun(change):
    """(energies, cosines) of a short balance-only run from a changed start."""

    def run(problem):
        history = descend(problem, 10, 1.0, equalize, start=change(problem, problem.start()))
        return history.applied, history.before[0, 1]

    return run


MIRRORED = Formula(
    "run from the mirrored start",
    _rerun(lambda problem, start: problem.mirror(start)),
    {
        "nothing mirrored": _rerun(lambda problem, start: start),
        "encoder alone mirrored": _rerun(
            lambda problem, start: problem.mirror(start)[:2] + start[2:]
        ),
        "head alone mirrored": _rerun(lambda problem, start: start[:2] + problem.mirror(start)[2:]),
        "both modalities mirrored": _rerun(lambda problem, start: [-p for p in start]),
    },
)


def _ratio(measure):
    """Ratio of what the two modalities spend in a long joint run on the quadratic."""

    def run(imbalance, rate):
        history = descend(Quadratic(imbalance), 200, rate)
        spent_i, spent_j = measure(history.raw)
        return spent_i / spent_j

    return run


ENERGY_RATIO = Formula(
    "cumulative energy ratio on the quadratic",
    _ratio(lambda energy: energy.sum(axis=-1)),
    {
        "first step alone": _ratio(lambda energy: energy[:, 0]),
        "path lengths instead of energies": _ratio(lambda energy: np.sqrt(energy).sum(axis=-1)),
        "modalities exchanged": _ratio(lambda energy: energy.sum(axis=-1)[::-1]),
    },
)


def _information(table: np.ndarray) -> float:
    """I(y; x_j | x_i) in nats of a table of joint probabilities (x_i, x_j, y)."""
    x_i, x_i_x_j, x_i_y = (table.sum(axis=axes, keepdims=True) for axes in ((1, 2), 2, 1))
    return float((table * np.log(table * x_i / (x_i_x_j * x_i_y))).sum())


DROP_BOUND = Formula(
    "√(I(y; x_j | x_i)/2), at least the accuracy that x_j adds",
    lambda table: np.sqrt(_information(table) / 2),
    {
        "half outside the root": lambda table: np.sqrt(_information(table)) / 2,
        "no root": lambda table: _information(table) / 2,
        "the other modality not given": lambda table: np.sqrt(
            max(0.0, _information(table.sum(axis=0, keepdims=True))) / 2
        ),
    },
)
