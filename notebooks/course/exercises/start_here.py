"""Exercises of 00_start_here: how a prediction, a number and a function are checked."""

import numpy as np

from course.answers import Exercise
from derivations.orthogonal.formulas import LINEAR
from derivations.plane.formulas import BALANCE, NONCONFLICT

Exercise(
    id="start-1",
    right="b",
    wrong={
        "agreement taken for a force: on the quadratic each gradient depends on its own features "
        "alone, so neither direction ever changes": "a",
        "agreement taken for shared work: on the quadratic the energies depend on the lengths "
        "alone, and these are what they were": "c",
    },
    hints=(
        "Look at the formula of g_k(t). Which part of it contains the cosine of the targets?",
        "The lengths are λ_k (1 − ηλ_k)^t, whatever the directions. The directions never change.",
    ),
)

ENERGY = np.array([3.0, 1.0])
PAIR = np.array([[4.0, 3.0], [0.0, -2.0]])
POINT = np.array([BALANCE.right(ENERGY), NONCONFLICT.right(PAIR)])

Exercise(
    id="start-2",
    right=POINT,
    wrong={
        **{f"balance: {name}": [twin(ENERGY), POINT[1]] for name, twin in BALANCE.twins.items()},
        **{f"conflict: {name}": [POINT[0], twin(PAIR)] for name, twin in NONCONFLICT.twins.items()},
        "the two coordinates exchanged: balance comes first": POINT[::-1],
    },
    hints=(
        "The shares are w = (3/4, 1/4). Put them into Eq. 5.",
        "w̄ = 8 · 3/16 − 1. For c: the gradients are 5 and 2 long.",
        "g_i · g_j = 4 · 0 + 3 · (−2) = −6, to be divided by 5 · 2.",
    ),
)


def _pairs() -> list[tuple]:
    """Pairs in conflict and in agreement, of several widths and with uneven weights."""
    rng = np.random.default_rng(0)
    pairs = [(rng.normal(size=(2, d)), rng.dirichlet([1, 1])) for d in (2, 3, 5, 8)]
    return [(np.array([[3.0, 1.0], [-1.0, 1.0]]), np.array([0.8, 0.2])), *pairs]


Exercise(
    id="start-3",
    arrows=True,
    right=LINEAR.right,
    wrong=dict(LINEAR.twins),
    inputs=_pairs(),
    hints=(
        "One line for A, a number; one line for both O as an array of two rows.",
        "w[::-1, None] * g[::-1] has the rows w_j g_j and w_i g_i: partner's weight, partner's g.",
        "A is (w[:, None] * g**2).sum(): each weight beside its own squared norm.",
    ),
)
