"""Exercises of 01_fusion: slices, FiLM, widths, difference fusion, the head's norm, batches."""

import numpy as np

from course.answers import Exercise
from derivations.fusion.formulas import FILM
from rgm_ref.fusion import sigmoid

HEADS = np.array([[[1.0, 2], [-2, -2]], [[-1.0, 1], [1, 1]]])  # W_i and W_j, (K, d)
P, Y = np.array([0.8, 0.2]), np.array([0.0, 1])


def _through(residual) -> np.ndarray:
    """Rows W_iᵀ r and W_jᵀ r."""
    return np.swapaxes(HEADS, 1, 2) @ residual


Exercise(
    id="fuse-1",
    arrows=True,
    right=_through(P - Y),
    wrong={
        "slices in the wrong order: the first two entries of g are audio's": _through(P - Y)[::-1],
        "sign of the residual, y − p for p − y": _through(Y - P),
        "the label left out, p for p − y": _through(P),
        "the label of class 1": _through(P - Y[::-1]),
        "W r for Wᵀ r": HEADS @ (P - Y),
    },
    hints=(
        "First the residual r = p − y. What is y for class 2?",
        "r = (0.8, −0.8): a multiple of the residual of the text. Need W be used again?",
        "g = 0.8 · (row 1 − row 2) of W = [W_i, W_j]. Then cut it after two entries.",
    ),
)


def _film_cases() -> list[tuple]:
    rng = np.random.default_rng(1)
    return [
        (*rng.normal(size=(2, samples, 3)), *rng.normal(size=(2, 3, 3)),
         rng.normal(size=(samples, 3)))
        for samples in (1, 4)
    ]  # fmt: skip


Exercise(
    id="fuse-2",
    right=FILM.right,
    wrong=FILM.twins,
    inputs=_film_cases(),
    hints=(
        "z_j enters through one factor, entry by entry; z_i through two matrices.",
        "∂f_m/∂z_i[p] = Γ_mp z_j[m] + B_mp. Multiply by g_m and sum over m.",
        "For one sample g_i = Γᵀ(g ∘ z_j) + Bᵀ g. For samples in rows, Γᵀv becomes v @ Γ.",
    ),
)

Exercise(
    id="fuse-3",
    right=np.array([True, True, False, True, False, True, False, False]),
    wrong={
        "the cosine in Eq. 8 overlooked: the exponent is (1 + c)/2": np.array(
            [True, True, False, True, True, True, False, False]
        ),
        "the idea that Syn compares directions: Eq. 11 asks for lengths of blocks": np.array(
            [True, True, False, True, False, False, False, False]
        ),
        "the gates overlooked: they hold block cosines": np.array(
            [True, True, False, True, False, True, False, True]
        ),
        "the idea that Orth only changes lengths: it adds a multiple of g_j to g_i": np.array(
            [True, True, False, True, False, True, True, False]
        ),
    },
    hints=(
        "Lengths exist in every width. Which of the eight need an inner product or a sum?",
        "Two of the eight hold the cosine without naming it: look at Eqs. 8 and 14.",
        "Energies, balance, r and Syn need lengths alone.",
    ),
)


def _remaining(adjustment, gate) -> float:
    """1 − adjustment · (1 − gate)."""
    return float(1 - adjustment * (1 - gate))


OPEN, CLOSED = sigmoid(np.array(4.0)), sigmoid(np.array(-4.0))

Exercise(
    id="fuse-4",
    right=_remaining(0.5, CLOSED),
    wrong={
        "the gate of sum fusion, σ(4): here c = −1": _remaining(0.5, OPEN),
        "the gate left out: Orth acts with 1 − σ(−4), not with 1": 0.5,
        "missing half: Orth takes half of g_i away": _remaining(1.0, CLOSED),
        "missing half, and the gate of sum fusion": _remaining(1.0, OPEN),
        "the sign of Orth: it shortens an opposed gradient": 2 - _remaining(0.5, CLOSED),
    },
    tolerance=1e-4,
    hints=(
        "J_i = 1 and J_j = −1. What are g_j, c, and the two energies?",
        "c = −1, w̄ = 1, r̃ = 1, P = g. And O_i = −(w_j s/A) g_j with s = −a², A = a².",
        "O_i = −g_i/2, and γ_g = σ(4 · w̄ · c) = σ(−4).",
    ),
)

Exercise(
    id="fuse-5",
    right=True,
    wrong={
        "a pair that does not qualify: the norms differ, or some residual gives less than 100": (
            False
        )
    },
    hints=(
        "What can be added to a head block that no residual will ever notice?",
        "A residual sums to zero. Add the same number to every class: rows (a, a, a).",
        "Try head_j = 1 + 6 · ones((3, 3)) with 1 the unit matrix, and head_i a multiple of 1.",
    ),
)


def _cosine(x, y) -> float:
    return float((x * y).sum() / np.sqrt((x * x).sum() * (y * y).sum()))


def readings(g) -> np.ndarray:
    """Mean of the cosines, cosine of the means, cosine of the stacked samples; g (2, n, d)."""
    each = [_cosine(x, y) for x, y in zip(*g, strict=True)]
    return np.array([np.mean(each), _cosine(*g.mean(axis=1)), _cosine(*g)])


Exercise(
    id="fuse-6",
    right=readings,
    wrong={
        "the first two readings exchanged": lambda g: readings(g)[[1, 0, 2]],
        "the last two readings exchanged": lambda g: readings(g)[[0, 2, 1]],
        "modalities and samples exchanged": lambda g: readings(np.asarray(g).swapaxes(1, 2)),
        "the third reading from means: stack the samples, do not add them": lambda g: readings(g)[
            [0, 1, 1]
        ],
        "lengths forgotten: inner products for cosines": lambda g: np.array(
            [
                (g[0] * g[1]).sum(axis=1).mean(),
                g[0].mean(axis=0) @ g[1].mean(axis=0),
                (g[0] * g[1]).sum(),
            ]
        ),
    },
    inputs=[(np.random.default_rng(seed).normal(size=(2, 5, 3)),) for seed in range(3)],
    hints=(
        "Write cosine(x, y) once, with sums over all entries. Then call it three times.",
        "Means: g.mean(axis=1) has the shape (2, d). Stacked: g[k] as one long vector of n·d.",
        "The first is a mean over n cosines; the other two are one cosine each.",
    ),
)
