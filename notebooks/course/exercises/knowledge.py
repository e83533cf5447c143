"""Exercises of 13_what_each_modality_knows: atoms, drops, heads, levels, two judgements."""

import numpy as np

from course.answers import Exercise

Exercise(
    id="know-1",
    right=[0, 1, 1, 0],
    wrong={
        "XOR counted as synergy: but who knows y knows v, so video tells a bit": [0, 1, 0, 1],
        "audio's bit alone: y has two bits": [0, 1, 0, 0],
        "everything as synergy: audio alone tells its bit": [0, 0, 0, 2],
        "the shared a counted as redundant: video does not show a": [1, 0, 0, 1],
        "audio and video exchanged, with XOR as synergy": [0, 0, 1, 1],
    },
    hints=(
        "From y, can you compute v?",
        "a ⊕ (a ⊕ v) = v. So y and (a, v) determine each other.",
        "It is the toy 'each its own' with its classes renamed.",
    ),
)


def _laws() -> list[tuple]:
    rng = np.random.default_rng(13)
    shapes = ((2, 2, 2), (3, 2, 4), (4, 3, 2))
    laws = [rng.dirichlet(np.full(np.prod(shape), 0.4)).reshape(shape) for shape in shapes]
    return [(law, axis) for law in laws for axis in (1, 2)]


def _best_drop(law, axis):
    return law.max(axis=0).sum() - law.sum(axis=axis).max(axis=0).sum()


Exercise(
    id="know-2",
    right=_best_drop,
    wrong={
        "the other modality removed": lambda law, axis: _best_drop(law, 3 - axis),
        "the accuracy that is left, not what is lost": lambda law, axis: (
            law.sum(axis=axis).max(axis=0).sum()
        ),
        "the sign: what removing gains": lambda law, axis: -_best_drop(law, axis),
        "the gain over guessing from nothing, with the other removed": lambda law, axis: (
            law.sum(axis=3 - axis).max(axis=0).sum() - law.sum(axis=(1, 2)).max()
        ),
        "the best value of the removed sense taken, as if one could choose it": lambda law, axis: (
            law.max(axis=0).sum() - law.max(axis=axis).max(axis=0).sum()
        ),
    },
    inputs=_laws(),
    hints=(
        "The best guess takes, for everything it can see, the likeliest y.",
        "Seeing both: law.max(axis=0).sum(). Removing means to sum over that axis first.",
        "law.sum(axis=axis) is p(y, the other): two axes, y first.",
    ),
)

Exercise(
    id="know-3",
    right="impossible",
    wrong={
        "video's drop is 1, but then 1 − τ > 1 > |β|: video alone answers all, audio's is 0": (
            -1,
            0,
        ),
        "the roles exchanged: here audio's drop is 1": (1.5, 0),
        "both drops are ½ here": (0.5, 0.8),
        "here |β| ≥ 1, and the whole model is no longer right": (-0.5, 1),
    },
    hints=(
        "Without video o = τ a + β. When is that wrong for both signs of a?",
        "It asks for τ < −|β|, so τ < 0.",
        "And then without audio o = (1 − τ) v + β with 1 − τ > 1 > |β|. Who wins?",
    ),
)

Exercise(
    id="know-4",
    right="C",
    wrong={
        "the paper's reading; but what fell differs less than what is left": "A",
        "a ratio of the same two numbers still depends on what video can do": "B",
        "accuracy of both together says nothing about audio's encoder": "D",
    },
    hints=(
        "A drop is a difference. Which of its two terms differs more between P and Q?",
        "88 and 92 are near each other; 40 and 65 are not. Whose doing is the second number?",
    ),
)


def _brier(answer) -> float:
    """Mean of ‖p − y‖² over labels that are even and independent of the answer."""
    return float(((answer - np.eye(len(answer))) ** 2).sum(axis=1).mean())


SURE, TORN = np.eye(8)[0], (np.eye(8)[0] + np.eye(8)[1]) / 2
LEVELS = [_brier(SURE), _brier(TORN)]

Exercise(
    id="know-5",
    right=LEVELS,
    wrong={
        "only the label's entry counted": [7 / 8, 2 / 8 * 1 / 4 + 6 / 8],
        "the level of the prior, for both": [7 / 8, 7 / 8],
        "as if always wrong": [2, 1.5],
        "lengths, not squared lengths": [
            7 / 8 * np.sqrt(2),
            2 / 8 * np.sqrt(0.5) + 6 / 8 * np.sqrt(1.5),
        ],
        "averaged over the eight classes": [level / 8 for level in LEVELS],
        "the two exchanged": LEVELS[::-1],
    },
    hints=(
        "Split by whether the label is among the classes it names.",
        "The sure one is right with 1/8 and has then e = 0; else e = 1 + 1.",
        "The torn one: label among its two (2/8): ¼ + ¼. Else: ¼ + ¼ + 1.",
    ),
)

Exercise(
    id="know-6",
    right="C",
    wrong={
        "starved features still show above chance in a probe; these do not": "A",
        "then why does removing it cost 30 points? A probe asks about video alone": "B",
        "late fusion uses only what each tells alone, and video alone tells nothing": "D",
    },
    hints=(
        "Which of the three cases of section 7 has this pattern?",
        "Probe at chance: not starved. Removing it is dear: not empty, for this head.",
        "What did own losses do in the setting 'dependent'?",
    ),
)
