"""Exercises of 09_train_a_model: residuals by hand, who feels what, Fig. 5, intervals, the pull."""

import numpy as np
from scipy import stats

from course.answers import Exercise

# Three classes, label the first, no bias: audio's odds are 8 : 1 : 1, video's 1 : 2 : 1.
LABEL = np.array([1.0, 0, 0])
ODDS = {"audio": np.array([8.0, 1, 1]), "video": np.array([1.0, 2, 1])}
JOINT = ODDS["audio"] * ODDS["video"]


def _brier(odds, power=2) -> float:
    return float((np.abs(odds / odds.sum() - LABEL) ** power).sum())


def _levels(level, joint=JOINT) -> list[float]:
    return [level(joint), level(ODDS["audio"]), level(ODDS["video"])]


RIGHT = _levels(_brier)
MEAN = ODDS["audio"] / 10 + ODDS["video"] / 4

Exercise(
    id="train-1",
    right=RIGHT,
    wrong={
        "lengths, not squared lengths": list(np.sqrt(RIGHT)),
        "absolute values, not squares": _levels(lambda odds: _brier(odds, 1)),
        "the label's entry alone: the other classes count, too": _levels(
            lambda odds: (1 - odds[0] / odds.sum()) ** 2
        ),
        "the loss −log p, not the residual": _levels(lambda odds: -np.log(odds[0] / odds.sum())),
        "the probabilities averaged: the model adds logits": _levels(_brier, MEAN),
        "the odds added: adding logits multiplies odds": _levels(
            _brier, ODDS["audio"] + ODDS["video"]
        ),
        "audio and video exchanged": [RIGHT[0], RIGHT[2], RIGHT[1]],
    },
    hints=(
        "Adding logits multiplies odds: the joint odds are 8·1 : 1·2 : 1·1.",
        "p = (8, 2, 1)/11, so r = (−3, 2, 1)/11. Now square and add.",
        "Audio alone: p = (8, 1, 1)/10. Video alone: p = (1, 2, 1)/4, r = (−3, 2, 1)/4.",
    ),
)

FEELS = np.array([True, False, False, False, True, True])

Exercise(
    id="train-2",
    right=FEELS,
    wrong={
        "joint training: audio's features enter the residual, which is video's signal": FEELS
        & (np.arange(6) > 0),
        "the logits of case 2, which are what they were: the residual is, too": FEELS
        | (np.arange(6) == 1),
        "late fusion: its losses share nothing": FEELS | (np.arange(6) == 2),
        "frozen or not: the forward pass of this step is the same": FEELS | (np.arange(6) == 3),
        "RGM: it reads the lengths of the gradients, and audio's is halved": FEELS
        & (np.arange(6) < 5),
        "the belief that late fusion never changes: a label is everybody's": FEELS
        & (np.arange(6) != 4),
    },
    hints=(
        "Joint: g_v = W_vᵀ r. Late fusion: V_vᵀ r_v, with r_v video's own residual. What changes?",
        "In 2 and 6 the logits stay. So does r, and with it g_v, before anyone modulates it.",
        "In 6, g_a = W_aᵀ r is halved. What does RGM make its shares of?",
    ),
)

Exercise(
    id="train-3",
    right="B",
    wrong={
        "the step from 'no more gradient' to 'learned': look at e_v": "A",
        "a theorem about noise that stays: here the gradient of every batch vanishes": "C",
        "the schedule: counted at a constant rate the curves are flat as well": "D",
    },
    hints=(
        "What is g_k = W_kᵀ r when r is 0, and what does its running sum do?",
        "The cell after the figure counted the energies a second time, at a constant rate.",
        "Where stood video's own residual when its energy stopped to grow?",
    ),
)


def _interval(x, y, quantile=None, ddof=1, root=True) -> list[float]:
    """Mean and half-width of the differences x − y, with one thing or another changed."""
    d = np.asarray(x) - np.asarray(y)
    n = len(d)
    t = stats.t.ppf(0.975, n - 1) if quantile is None else quantile(n)
    return [d.mean(), t * d.std(ddof=ddof) / (np.sqrt(n) if root else 1)]


def _unpaired(x, y) -> list[float]:
    """Both samples as if they had nothing to do with each other, pooled variance."""
    x, y = np.asarray(x), np.asarray(y)
    spread = np.sqrt((x.var(ddof=1) + y.var(ddof=1)) / len(x))
    return [x.mean() - y.mean(), stats.t.ppf(0.975, 2 * len(x) - 2) * spread]


Exercise(
    id="train-4",
    right=_interval,
    wrong={
        "the two samples taken apart: pairing is what removes the seed's part": _unpaired,
        "1.96, the normal quantile: with few seeds it is far too small": lambda x, y: _interval(
            x, y, lambda n: stats.norm.ppf(0.975)
        ),
        "the one-sided quantile: 95 % between two ends leaves 2.5 % at each": lambda x, y: (
            _interval(x, y, lambda n: stats.t.ppf(0.95, n - 1))
        ),
        "n degrees of freedom: one is spent on the mean": lambda x, y: _interval(
            x, y, lambda n: stats.t.ppf(0.975, n)
        ),
        "division by n in the variance, not by n − 1": lambda x, y: _interval(x, y, ddof=0),
        "the spread of one difference, not of their mean: √n is missing": lambda x, y: _interval(
            x, y, root=False
        ),
        "the standard error without its quantile": lambda x, y: _interval(x, y, lambda n: 1.0),
        "y − x, not x − y": lambda x, y: _interval(y, x),
        "the two ends: mean and half-width were asked for": lambda x, y: [
            _interval(x, y)[0] - _interval(x, y)[1],
            _interval(x, y)[0] + _interval(x, y)[1],
        ],
    },
    inputs=[
        (np.array([3.0, 5, 5, 7]), np.zeros(4)),
        (np.array([71.0, 74, 69.5]), np.array([70.0, 70.5, 69])),
        (np.array([1.0, 4, 2, 8, 5.5]), np.array([2.0, 3, 0, 9, 1])),
    ],
    hints=(
        "First the differences; then forget where they came from.",
        "Standard error: differences.std(ddof=1) / √n. Quantile: student.ppf(0.975, n − 1).",
    ),
)


def _pull(W, r, r_own, alpha, own=None, joint=None) -> np.ndarray:
    own, joint = alpha if own is None else own, 1 - alpha if joint is None else joint
    return 2 * (joint * r + own * r_own) @ W


def _cases() -> list[tuple]:
    rng = np.random.default_rng(9)
    return [(*(rng.normal(size=s) for s in ((4, 3), (5, 4), (5, 4))), a) for a in (0.5, 0.2, 0.9)]


Exercise(
    id="train-5",
    right=_pull,
    wrong={
        "α and 1 − α exchanged": lambda W, r, r_own, a: _pull(W, r, r_own, 1 - a),
        "the factor 2 forgotten": lambda W, r, r_own, a: _pull(W, r, r_own, a) / 2,
        "the own residual alone: that is late fusion": lambda W, r, r_own, a: 2 * r_own @ W,
        "the joint residual at full weight": lambda W, r, r_own, a: _pull(W, r, r_own, a, joint=1),
        "the difference of the residuals": lambda W, r, r_own, a: _pull(W, r, r_own, a, own=-a),
    },
    inputs=_cases(),
    hints=(
        "Build the residual ρ_k (B, K) first; it replaces r in g_k = r W_k.",
        "ρ_k = 2 ((1 − α) r + α r_k), and the gradient is ρ_k @ W_k, of shape (B, d).",
    ),
)
