"""Exercises of 03_plane: a point, opposed gradients, a chosen place, a claim, c_p, a bad head."""

import numpy as np

from course.answers import Exercise
from derivations.plane.formulas import BALANCE, CURVATURE, FIRST_ORDER, NONCONFLICT

PAIR = np.array([[2.0, 2.0, 1.0], [-1.0, 1.0, -1.0]])
ENERGY = (PAIR**2).sum(axis=1)


def _point(w_bar=BALANCE.right, c=NONCONFLICT.right) -> list[float]:
    """(w̄, c) of the exercise's pair, with one of the two formulas exchanged."""
    return [float(w_bar(ENERGY)), float(c(PAIR))]


Exercise(
    id="plane-1",
    right=_point(),
    wrong={
        **{f"in w̄: {mistake}": _point(w_bar=twin) for mistake, twin in BALANCE.twins.items()},
        **{f"in c: {mistake}": _point(c=twin) for mistake, twin in NONCONFLICT.twins.items()},
        "the two coordinates exchanged": _point()[::-1],
    },
    hints=(
        "Energies first: the squared lengths, 4 + 4 + 1 and 1 + 1 + 1.",
        "9 and 3 are the shares 3/4 and 1/4; their difference is 1/2. The inner product is −1.",
    ),
)

OPPOSED = np.array([[3.0], [-1.0]])
SHARED = FIRST_ORDER.twins["with the product of the gradients (shared parameters)"]


def _slopes(scale=1.0, separate=FIRST_ORDER.right) -> list[float]:
    """(own variables, one shared parameter), both scaled, with one formula exchanged."""
    return [scale * float(separate(OPPOSED)), scale * float(SHARED(OPPOSED))]


Exercise(
    id="plane-2",
    right=_slopes(),
    wrong={
        "the two cases exchanged": _slopes()[::-1],
        "the sign: a step down lowers the loss": _slopes(-1),
        "half of it": _slopes(1 / 2),
        "norms for squared norms": [-4.0, -2.0],
        "the inner product in both cases: own variables have no common entry": _slopes(
            separate=SHARED
        ),
        "no inner product in either case: gradients of one shared parameter add up first": [
            -10.0,
            -10.0,
        ],
    },
    hints=(
        "A step −η g changes L by −η g·(the gradient of L in the variable that is moved).",
        "Own variables: every entry adds its own square. One shared θ: its gradient is the sum.",
        "3² + 1² on one side, (3 − 1)² on the other.",
    ),
)

TURN = np.array([[-0.6, -0.8], [0.8, -0.6]])

Exercise(
    id="plane-3",
    arrows=True,
    right=TURN,
    wrong={
        "turned the other way round (the transpose)": TURN.T,
        "aligned instead of opposed, c = 1": -TURN,
        "a reflection, no rotation: its determinant is −1": np.array([[-0.6, -0.8], [-0.8, 0.6]]),
        "Q = −1, which only gives c = −0.6": -np.eye(2),
        "no unit columns: a turn keeps lengths": 3 * TURN,
    },
    hints=(
        "c = −1 means that Q g_j points the other way than g_i, so along (−1, 0).",
        "The columns of Q are where the axes go. A rotation is (p, −q; q, p) with p² + q² = 1.",
        "0.6 p − 0.8 q = −1 and 0.6 q + 0.8 p = 0. So q = −4p/3.",
    ),
)

Exercise(
    id="plane-4",
    right="B",
    wrong={
        "the idea that a small cosine is unimportant: at width 512 all cosines are small": "A",
        "the idea that more steps help: the basis is the same at every step of a run": "C",
        "trust in a sign that a mirrored basis exchanges": "D",
    },
    hints=(
        "How far from zero do cosines lie when the two bases have nothing to do with each other?",
        "The standard deviation is 1/√512 = 0.044. And do two separate runs share their bases?",
    ),
)


def _cases() -> list[tuple]:
    rng = np.random.default_rng(6)
    return [
        (rng.normal(size=(2, 3)), rng.normal(size=(2, 3, K)), rng.dirichlet(np.ones(K)))
        for K in (3, 4, 6)
    ]


Exercise(
    id="plane-5",
    right=CURVATURE.right,
    wrong={
        **CURVATURE.twins,
        "the covariance, divided by the variances instead of their roots": lambda g, heads, p: (
            CURVATURE.twins["not normalised"](g, heads, p)
            / np.prod([p @ (u - p @ u) ** 2 for u in np.einsum("md,mdk->mk", g, heads)])
        ),
        "sign lost": lambda g, heads, p: abs(CURVATURE.right(g, heads, p)),
    },
    inputs=_cases(),
    hints=(
        "First the pushes: u = g[k] @ heads[k] for both, each of shape (K,).",
        "Under y ~ p the mean of a push is p @ u. Take it out of each.",
        "Covariance p @ (u v), variances p @ u² and p @ v² of the centred pushes; divide.",
    ),
    tolerance=1e-9,
)

Exercise(
    id="plane-6",
    right=3.0,
    wrong={
        "the angle multiplied by κ": 2.0,
        "tan 60° alone: divide it by tan 30°, of half the angle between the residuals": np.sqrt(3),
        "the ratio of the squared singular values": 9.0,
        "upside down": 1 / 3,
    },
    hints=(
        "Place the two residuals symmetrically at ±30° and stretch the direction across.",
        "tan 30° = 1/√3 becomes κ/√3, the tangent of half the opened angle.",
        "Half of 120° has the tangent √3.",
    ),
    tolerance=1e-3,
)
