"""Exercises of 11_tables: a sentence, an interval, five of five, Holm, luck."""

import numpy as np

from course.answers import Exercise

OURS, JOINT = np.array([90.0, 88, 93, 91]), np.array([89.0, 88, 91, 88])
STUDENT = 3.182446  # 0.975 quantile, 3 degrees of freedom
SPREAD = (OURS - JOINT).std(ddof=1)


def _pair(half_width: float) -> np.ndarray:
    return np.array([1.5, half_width])


Exercise(
    id="tables-2",
    right=_pair(STUDENT * SPREAD / 2),
    wrong={
        "1.96, the normal quantile: three degrees of freedom ask for 3.18": _pair(
            1.96 * SPREAD / 2
        ),
        "not divided by √n: that is about where the next seed will be, not the mean": _pair(
            STUDENT * SPREAD
        ),
        "divided by n in the standard deviation, and not by n − 1": _pair(
            STUDENT * (OURS - JOINT).std() / 2
        ),
        "the quantile 0.95, which leaves 5 % on each side": _pair(2.353363 * SPREAD / 2),
        "four degrees of freedom: one is spent on the mean": _pair(2.776445 * SPREAD / 2),
        "not paired: the luck of the seeds is still in it": _pair(
            2.446912 * np.sqrt(OURS.var(ddof=1) / 4 + JOINT.var(ddof=1) / 4)
        ),
        "Joint minus ours": np.array([-1.5, STUDENT * SPREAD / 2]),
    },
    hints=(
        "Take the differences seed by seed first: 1, 0, 2, 3.",
        "Their standard deviation, with n − 1 = 3 below, is √(5/3) = 1.291.",
        "The half-width is 3.182 · 1.291 / √4.",
    ),
    tolerance=1e-3,
)


def _holm(p, factor=lambda m, place: m - place, running=True, capped=True, back=True):
    p = np.asarray(p, float)
    order = np.argsort(p, kind="stable")
    weighted = np.array([factor(len(p), place) for place in range(len(p))]) * p[order]
    weighted = np.minimum(weighted, 1) if capped else weighted
    weighted = np.maximum.accumulate(weighted) if running else weighted
    adjusted = np.empty_like(p)
    adjusted[order] = weighted
    return adjusted if back else weighted


def _step_up(p):
    """Benjamini and Hochberg: the false discovery rate, which is another promise."""
    p = np.asarray(p, float)
    order = np.argsort(p, kind="stable")
    weighted = len(p) * p[order] / np.arange(1, len(p) + 1)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(1, np.minimum.accumulate(weighted[::-1])[::-1])
    return adjusted


Exercise(
    id="tables-4",
    right=_holm,
    wrong={
        "Bonferroni: every p times m": lambda p: _holm(p, lambda m, place: m),
        "m − i where m − i + 1 belongs: the smallest p must be multiplied by m": lambda p: _holm(
            p, lambda m, place: m - place - 1
        ),
        "no running maximum: a larger p may not become more significant than a smaller one": (
            lambda p: _holm(p, running=False)
        ),
        "values above 1": lambda p: _holm(p, capped=False),
        "sorted, and not in the order given": lambda p: _holm(p, back=False),
        "Benjamini and Hochberg's, which promises something else": _step_up,
    },
    inputs=[
        ([0.01, 0.04, 0.03],),
        ([0.2, 0.001, 0.02, 0.019],),
        ([0.6, 0.7, 0.04],),
        ([0.03],),
    ],
    hints=(
        "Sort, multiply the i-th smallest by m − i + 1, i = 1, 2, …, m.",
        "Then np.maximum.accumulate, and np.minimum with 1.",
        "order = np.argsort(p); adjusted = np.empty(m); adjusted[order] = … puts them back.",
    ),
)

LUCK = np.array([True, True, False, True, True, False])

Exercise(
    id="tables-5",
    right=LUCK,
    wrong={
        "(1): fewer seeds, more noise in every mean, and the largest of 21 gets larger": LUCK
        & (np.arange(6) != 0),
        "(2) forgotten: the largest of more draws is larger": LUCK & (np.arange(6) != 1),
        "(3): more test clips, less noise": LUCK | (np.arange(6) == 2),
        "(4) forgotten: the largest of ten epochs is above the last one": LUCK
        & (np.arange(6) != 3),
        "(5) forgotten: who tries more, finds more": LUCK & (np.arange(6) != 4),
        "(6): more seeds, less noise": LUCK | (np.arange(6) == 5),
    },
    hints=(
        "Everything that adds noise to the gains makes their largest larger, as does choice.",
        "Choice that Joint is not given: of epochs, of settings, of rules.",
    ),
)

Exercise(
    id="tables-3",
    right=True,
    wrong={
        "not five positive numbers with 0 in their interval: one of the two fails": False,
    },
    hints=(
        "The half-width grows with the spread. One seed may be far above the others.",
        "Four differences of 0.1 and one of 3: mean 0.68, standard deviation 1.3.",
    ),
)

BEST = np.array([True, False, True, True, True, True])

Exercise(
    id="tables-1",
    right=BEST,
    wrong={
        "all six, as the sentences say": np.ones(6, bool),
        "the columns in another order: ResNet-18 first, each with KS, CREMA-D, UCF-51": BEST[
            [0, 2, 1, 3, 4, 5]
        ],
        "the ViT columns first": BEST[[3, 4, 5, 0, 1, 2]],
        "exchanged: where RGM is not the best": ~BEST,
    },
    hints=(
        "One column is enough: printed('Table 1')[('ResNet-18', 'crema-d')] is a dictionary.",
        "Join the two tables, t1[key] | t2[key], and ask who has the maximum.",
    ),
)
