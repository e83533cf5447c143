"""Exercises of 07_synorth: gates, rows of Table 3, Orth as a matrix, what is left, the mirror."""

import numpy as np

from course.answers import Exercise
from derivations.synorth.formulas import GATE

AGREEMENT = np.array([1.0, 0.0, -1.0])
BALANCE = 8 * 0.9 * 0.1 - 1

# Where w̄ < 0 the size of the slope turns the gate round: one answer, and the likelier mistake.
SLIPS = {mistake: twin for mistake, twin in GATE.twins.items() if "turned round" not in mistake}

Exercise(
    id="step-1",
    right=GATE.right(AGREEMENT, BALANCE),
    wrong={
        **{mistake: twin(AGREEMENT, BALANCE) for mistake, twin in SLIPS.items()},
        "the clamped slope, which does not flip": GATE.right(AGREEMENT, BALANCE, slope="clamped"),
        "w̄ = 8 w_i w_j, the −1 forgotten": GATE.right(AGREEMENT, BALANCE + 1),
    },
    hints=(
        "First w̄ = 8 · 0.9 · 0.1 − 1. Mind its sign.",
        "q = 4 w̄ = −1.12. The middle gate needs no computation: σ(0) = ½.",
        "The outer two are σ(−1.12) and σ(1.12), and they sum to 1.",
    ),
)

UNTURNED = np.array([True, True, True, False, True, False, False, False])

Exercise(
    id="step-2",
    right=UNTURNED,
    wrong={
        "Syn taken for a turn: it stretches the blocks, and here there is only one": np.array(
            [True, True, False, False, False, False, False, False]
        ),
        "EAR taken for a turn: it is one positive factor": np.array(
            [True, False, True, False, False, False, False, False]
        ),
        "the opposite: these are the rows that change it": ~UNTURNED,
        "'none' left out": UNTURNED & (np.arange(8) > 0),
    },
    hints=(
        "Which of the three parts can turn a gradient if there is one block?",
        "EAR multiplies the whole gradient. Syn multiplies each block. Orth adds a multiple of the "
        "other gradient.",
    ),
)


def _orth_matrix(gram, shares) -> np.ndarray:
    """I + (the coefficients of O_i and O_j), Eq. 13 put right."""
    turn = gram[0, 1] / (shares @ np.diag(gram))
    return np.array([[1, -shares[1] * turn], [-shares[0] * turn, 1]])


def _orth_printed(gram, shares) -> np.ndarray:
    """The same with each weight beside the other norm."""
    turn = gram[0, 1] / (shares[::-1] @ np.diag(gram))
    return np.array([[1, -shares[1] * turn], [-shares[0] * turn, 1]])


def _grams() -> list[tuple]:
    rng = np.random.default_rng(7)
    pairs = [rng.normal(size=(2, 3)) * [[1], [scale]] for scale in (1, 3, 0.2)]
    return [(g @ g.T, rng.dirichlet([1, 1])) for g in pairs]


Exercise(
    id="step-3",
    right=_orth_matrix,
    wrong={
        "indices swapped in the denominator (Eq. 13 as printed)": _orth_printed,
        "rows and columns exchanged": lambda gram, w: _orth_matrix(gram, w).T,
        "O alone, without the gradient it is added to": lambda gram, w: (
            _orth_matrix(gram, w) - np.eye(2)
        ),
        "the sign of O": lambda gram, w: 2 * np.eye(2) - _orth_matrix(gram, w),
        "no shares: each gradient projected off the other (PCGrad's rows)": lambda gram, w: (
            np.eye(2) - gram[0, 1] * np.array([[0, 1 / gram[1, 1]], [1 / gram[0, 0], 0]])
        ),
        "lengths for squared lengths": lambda gram, w: (
            np.eye(2) - gram[0, 1] / (w @ np.sqrt(np.diag(gram))) * np.array([[0, w[1]], [w[0], 0]])
        ),
    },
    inputs=_grams(),
    hints=(
        "Row i holds the coefficients of g_i and g_j in g_i + O_i. The diagonal is 1.",
        "O_i = −(w_j s / A) g_j with s = gram[0, 1] and A = w_i gram[0, 0] + w_j gram[1, 1].",
        "So the entry in row 0, column 1 is −w[1] s / A, and below it stands −w[0] s / A.",
    ),
)


def _after(c, u):
    return c * (1 - u + (u * c) ** 2 / 4) / (1 - u * c**2 + (u * c) ** 2 / 4)


Exercise(
    id="step-4",
    right=_after,
    wrong={
        "the inner product, not divided by the new lengths": lambda c, u: (
            c * (1 - u + (u * c) ** 2 / 4)
        ),
        "the whole turn c for half of it: at balance each side gets c/2": lambda c, u: _after(
            c, 2 * u
        ),
        "only one of the two turned": lambda c, u: (
            (c - u * c / 2) / np.sqrt(1 - u * c**2 + (u * c) ** 2 / 4)
        ),
        "the product of the two turns left out": lambda c, u: c * (1 - u) / (1 - u * c**2),
        "the gate forgotten, u = 1": lambda c, u: _after(c, 1.0),
        "γ for 1 − γ": lambda c, u: _after(c, 1 - u),
    },
    inputs=[(-0.2, 0.7), (-0.5, 0.88), (-0.9, 0.97), (0.4, 0.2), (-1.0, 0.98)],
    hints=(
        "Write v_i = g_i − (u c/2) g_j and v_j = g_j − (u c/2) g_i, with unit gradients.",
        "v_i·v_j = c − u c + (u c/2)² c. And ‖v_i‖² = 1 − 2 (u c/2) c + (u c/2)².",
        "Both lengths are equal, so the cosine is the inner product over one squared length.",
    ),
)

Exercise(
    id="step-5",
    right=True,
    wrong={"a pair that does not qualify: no conflict before, or not above ½ after": False},
    hints=(
        "Syn equalises the lengths within a block. Which block can gain weight by that?",
        "Let the first block agree (κ = 1) but be very unequal, say 30 against 1; equalised it "
        "counts far more than 30 · 1.",
        "The second block disagrees and has equal lengths x, x with x² a little above 30.",
    ),
)

Exercise(
    id="step-6",
    right="C",
    wrong={
        "the idea that a longer run decides it: both runs stay what they are, one network": "A",
        "the idea that the loss decides it: the two networks have the same loss throughout": "B",
        "the idea that lengths decide it: balancing changes no cosine in the step": "D",
    },
    hints=(
        "Which of these changes the sign of the finding and nothing that a user could see?",
        "Section 10: two networks that compute the same function at every step.",
    ),
)
