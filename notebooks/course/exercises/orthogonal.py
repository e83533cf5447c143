"""Exercises of 06_orthogonal: Eq. 13 by hand, fair weights, the misprint, rectangle, PCGrad, M."""

import numpy as np

from course.answers import Exercise
from derivations.orthogonal.formulas import ASCENT, EXACT, LINEAR
from rgm_ref.frame import polar
from rgm_ref.orthogonal import adjust

PAIR = np.array([[3.0, 1.0], [-2.0, 1.0]])
WEIGHTS = np.array([0.6, 0.4])
ADJUSTED = LINEAR.right(PAIR, WEIGHTS)

Exercise(
    id="orth-1",
    arrows=True,
    right=ADJUSTED,
    wrong={
        **{mistake: twin(PAIR, WEIGHTS) for mistake, twin in LINEAR.twins.items()},
        "the gradients after the step, g + O, instead of O alone": PAIR + ADJUSTED,
        "the two adjustments exchanged": ADJUSTED[::-1],
    },
    hints=(
        "Three numbers first: s = g_i·g_j (mind its sign), ‖g_i‖² and ‖g_j‖².",
        "s = −5, the squared lengths are 10 and 5, so A = 0.6 · 10 + 0.4 · 5 = 8.",
        "O_i is −w_j s/A = 0.4 · 5/8 = 0.25 times g_j. For O_j take w_i and g_i.",
    ),
)


def _fair(g) -> np.ndarray:
    """Weights with equal loads w‖g‖²."""
    weights = 1 / (np.asarray(g) ** 2).sum(axis=1)
    return weights / weights.sum()


Exercise(
    id="orth-2",
    right=_fair,
    wrong={
        "the energy shares: with these the longer gradient is turned less": lambda g: _fair(g)[
            ::-1
        ],
        "equal absolute adjustments instead of relative ones": lambda g: (
            np.sqrt(_fair(g)) / np.sqrt(_fair(g)).sum()
        ),
        "lengths for inverse lengths": lambda g: np.sqrt(_fair(g))[::-1] / np.sqrt(_fair(g)).sum(),
        "equal weights: these are not fair to unequal lengths": lambda g: np.full(2, 0.5),
        "not divided by their sum": lambda g: 1 / (np.asarray(g) ** 2).sum(axis=1),
    },
    inputs=[
        (np.random.default_rng(seed).normal(size=(2, 3)) * [[scale], [1]],)
        for seed, scale in enumerate((1, 3, 0.2))
    ],
    hints=(
        "The relative adjustments are |c| t and |c| (1 − t). For which t are they equal?",
        "t = w_j b²/(w_i a² + w_j b²) = ½ means w_i a² = w_j b²: equal loads.",
        "So w is in proportion to 1/a² and 1/b²; divide by the sum.",
    ),
)


def worse_than_nothing(gradients) -> bool:
    """Does Eq. 13 as printed, with energy shares, leave this pair with more |cosine| than it had?

    The pair must conflict, −0.5 ≤ c < 0, and its lengths may differ by a factor of 2 at most.
    """
    g = np.asarray(gradients, float)
    lengths = np.linalg.norm(g, axis=1)
    if g.shape[0] != 2 or lengths.min() == 0 or lengths.max() > 2 * lengths.min():
        return False
    before = g[0] @ g[1] / lengths.prod()
    after = g + adjust(g, lengths**2 / (lengths**2).sum(), "printed")
    remains = after[0] @ after[1] / np.linalg.norm(after, axis=1).prod()
    return bool(-0.5 <= before < 0 and abs(remains) > -before)


Exercise(
    id="orth-3",
    right=True,
    wrong={
        "a pair that does not qualify (−0.5 ≤ c < 0, lengths at most 2 : 1), or one that the "
        "printed form does not make worse": False
    },
    hints=(
        "For a mild conflict what is left is c (1 − A/B), nearly. When is that larger than c?",
        "A/B = (ρ⁴ + 1)/(2ρ²) must exceed 2. Solve for ρ².",
        "ρ² > 2 + √3, so ρ > 1.932. A ratio of 2 and a small angle beyond 90° will do.",
    ),
)


def _draws() -> list[tuple]:
    rng = np.random.default_rng(6)
    widths = (2, 3, 5, 8)
    return [(rng.normal(size=(2, d)) * [[2], [1]], rng.dirichlet([2, 2])) for d in widths]


Exercise(
    id="orth-4",
    arrows=True,
    right=EXACT.right,
    wrong={
        **EXACT.twins,
        "g + O returned instead of O": lambda g, w: g + EXACT.right(g, w),
        "the step of h = √w g, not divided by √w again": lambda g, w: (
            np.sqrt(w)[:, None] * EXACT.right(g, w)
        ),
        "diagonals of g instead of √w g": lambda g, w: EXACT.right(g, np.ones(2)),
        "diagonals of w g instead of √w g": lambda g, w: EXACT.right(g, w**2),
    },
    inputs=_draws(),
    hints=(
        "h = √w g; u and v are its sum and its difference. New diagonals: same directions, the "
        "mean of the two lengths.",
        "With ρ = (‖u‖ + ‖v‖)/2, X = ρ u/‖u‖ and Y = ρ v/‖v‖, the sides are (X + Y)/2 and "
        "(X − Y)/2.",
        "The sides are √w_i g̃_i and √w_j g̃_j. Divide by √w, subtract g.",
    ),
)

Exercise(
    id="orth-5",
    right="B",
    wrong={
        "the idea that PCGrad aims at alignment: it does nothing at all where c ≥ 0": "A",
        "the idea that the positive cosine is an error: it is exactly −c": "C",
        "the idea that a longer run or other weights would change it: PCGrad has no weights and "
        "this is one step": "D",
    },
    hints=(
        "What is the inner product of the new g_i with the OLD g_j? And what does PCGrad do to a "
        "pair at c = +0.1?",
        "Each side removes all of the conflict. How often is it removed in the end?",
    ),
)


def _frames() -> list[tuple]:
    rng = np.random.default_rng(8)
    return [
        (rng.normal(size=(m, 5)), rng.dirichlet([2] * m), polar(rng.normal(size=(m, 5))))
        for m in (2, 3, 4)
    ]


def _new_lengths(g, w, frame):
    """The gradients along the new frame, not the frame."""
    new = ASCENT.right(g, w, frame)
    return (g * new).sum(axis=1, keepdims=True) * new


Exercise(
    id="orth-6",
    right=ASCENT.right,
    wrong={
        **ASCENT.twins,
        "the gradients along the new frame, not the frame itself": _new_lengths,
        "the matrix before its polar factor is taken": lambda g, w, frame: (
            (w * (g * frame).sum(axis=1))[:, None] * g
        ),
    },
    inputs=_frames(),
    hints=(
        "Three steps: the kept lengths p_i = g_i·e_i, the rows w_i p_i g_i, the polar factor.",
        "(g * frame).sum(axis=1, keepdims=True) is the column of the p_i; w[:, None] that of the "
        "weights.",
    ),
)
