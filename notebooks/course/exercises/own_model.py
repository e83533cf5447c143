"""Exercises of 14_your_own_model: a simplex of four, a new conflict, what is refused, levels."""

import numpy as np

from course.answers import Exercise


def _kept(partners: int, turn: float = 0.5, gate_of: float = 4.0) -> float:
    """Factor of a balanced simplex of 1 + partners gradients after the averaged pair rule."""
    gate = 1 / (1 + np.exp(-gate_of / partners))  # 1 − γ_g at the cosine −1/partners
    return 1 - gate * turn / partners / partners


Exercise(
    id="own-1",
    right=_kept(3),
    wrong={
        "three modalities: with four the cosines are −1/3": _kept(2),
        "two modalities: the pair's own factor": _kept(1),
        "partners summed, not averaged": 1 - 3 * (1 - _kept(3)),
        "the gate turned round, γ for 1 − γ": _kept(3, gate_of=-4),
        "Orth without its gate": 1 - 0.5 / 9,
        "the weight ½ in Orth left out": _kept(3, turn=1),
    },
    hints=(
        "All cosines are −1/3 and all shares equal, so w̄ = 1, q = 4 and 1 − γ = σ(4/3).",
        "One partner j puts (1 − γ) · ½ · ⅓ of g_j beside g_i. The partners' sum is −g_i.",
        "λ = 1 − σ(4/3) · (1/6) / 3.",
    ),
)

Exercise(
    id="own-2",
    right=True,
    wrong={"three gradients that do not qualify: two are orthogonal, or c_12 is wrong": (False)},
    hints=(
        "Each of two gradients takes something of every partner that it conflicts with.",
        "What do g_1 and g_2 have in common after both have taken a part of g_3?",
        "Orthogonal g_1 and g_2, and g_3 against both: say (1, 0), (0, 1) and (−1, −1).",
    ),
)

RATE, EFFECTIVE = np.array([1.0, 1.0]), np.array([0.01 * 10 / 2, 0.01 * 20 / 8])
FELT = np.array([3.0, 1.0])  # lengths of the features' gradients


def _share(rates, power: int = 2) -> float:
    spent = (rates * FELT) ** power
    return float(spent[0] / spent.sum())


BOTH = [_share(RATE), _share(EFFECTIVE)]

Exercise(
    id="own-3",
    right=BOTH,
    wrong={
        "lengths not squared": [_share(RATE, 1), _share(EFFECTIVE, 1)],
        "Adam's step taken as η, not η √n: every one of n entries moves by η": [
            BOTH[0],
            _share(np.array([1 / 2, 1 / 8])),
        ],
        "the lengths of the parameters' gradients not divided by": [
            BOTH[0],
            _share(np.array([10.0, 20.0])),
        ],
        "the parameters' energies, where the features' are asked for": [
            4 / 68,
            100 / 500,
        ],
        "video's shares": [1 - BOTH[0], 1 - BOTH[1]],
        "the two answers exchanged": BOTH[::-1],
    },
    hints=(
        "With one rate for all, the rate cancels: 3² against 1².",
        "Adam's first step is η in every entry: ‖Δθ‖ = 0.01 √100 and 0.01 √400.",
        "Effective rates 0.1/2 = 0.05 and 0.2/8 = 0.025. Multiply by 3 and by 1, square.",
    ),
)

REFUSED = np.array([True, True, False, True, False, True, True, False])


def _changed(*places: int) -> np.ndarray:
    flipped = REFUSED.copy()
    flipped[list(places)] ^= True
    return flipped


Exercise(
    id="own-4",
    right=REFUSED,
    wrong={
        "1: the layer is built for a number of modalities": _changed(0),
        "2: gradients of 9 and of 16 rows cannot be paired": _changed(1),
        "3: a frozen encoder is legal, and nobody's partner": _changed(2),
        "4: modality first, (M, B), as everywhere in the course": _changed(3),
        "5: blocks need not be equal; at most d of them": _changed(4),
        "6: a modality has one rate in Eq. 3, so the layer must know which": _changed(5),
        "7: without the head it cannot carry a gradient to the logits": _changed(6),
        "8: mixed precision is what autocast makes; gradients go back in the dtype they came": (
            _changed(7)
        ),
        "the opposite: these are accepted": ~REFUSED,
    },
    hints=(
        "Refused is what has no meaning, not what is unusual. Five of the eight are refused.",
        "A cosine needs rows that belong together, of one width. A share needs one rate each.",
    ),
)


def _softmax(x) -> np.ndarray:
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def _levels(z, W, b, labels, *, bias=1.0, power=2, mean=False, root=False) -> np.ndarray:
    """Joint level, then each modality's own; with one thing or another changed."""
    own = [zk @ Wk.T for zk, Wk in zip(z, np.split(W, len(z), axis=1), strict=True)]
    logits = [sum(own) + b, *(part + bias * b for part in own)]
    y = np.eye(len(b))[labels]
    rows = [np.abs(_softmax(one) - y) ** power for one in logits]
    levels = np.array([(row.mean(-1) if mean else row.sum(-1)).mean() for row in rows])
    return np.sqrt(levels) if root else levels


def _summed(z, W, b, labels) -> np.ndarray:
    return _levels(z, W, b, labels) * len(labels)


def _entry(z, W, b, labels) -> np.ndarray:
    own = [zk @ Wk.T for zk, Wk in zip(z, np.split(W, len(z), axis=1), strict=True)]
    p = [
        _softmax(one)[np.arange(len(labels)), labels]
        for one in [sum(own) + b, *(o + b for o in own)]
    ]
    return np.array([((1 - x) ** 2).mean() for x in p])


def _cases() -> list[tuple]:
    rng = np.random.default_rng(14)
    return [
        (
            list(rng.normal(size=(M, 6, 4))),
            rng.normal(size=(3, 4 * M)),
            rng.normal(size=3),
            np.array([0, 1, 2, 2, 1, 0]),
        )
        for M in (2, 3)
    ]


Exercise(
    id="own-5",
    right=_levels,
    wrong={
        "b/M: a prediction of its own has the whole bias": lambda z, W, b, y: _levels(
            z, W, b, y, bias=1 / len(z)
        ),
        "the bias left out of the own predictions": lambda z, W, b, y: _levels(
            z, W, b, y, bias=0.0
        ),
        "absolute values, not squares": lambda z, W, b, y: _levels(z, W, b, y, power=1),
        "the mean over classes: a squared length is their sum": lambda z, W, b, y: _levels(
            z, W, b, y, mean=True
        ),
        "a root too many: levels are mean squared lengths": lambda z, W, b, y: _levels(
            z, W, b, y, root=True
        ),
        "the sum over the clips, not their mean": _summed,
        "the label's entry alone": _entry,
        "the joint level left out": lambda z, W, b, y: _levels(z, W, b, y)[1:],
        "the joint level last; first was asked for": lambda z, W, b, y: np.roll(
            _levels(z, W, b, y), -1
        ),
    },
    inputs=_cases(),
    hints=(
        "W is (K, M·d): its columns, cut into M parts, are the W_k. np.split(W, M, axis=1).",
        "Own logits z_k W_kᵀ + b; joint logits Σ_k z_k W_kᵀ + b. Then softmax, minus one-hot.",
        "Square, sum over classes, mean over clips: ((p − y)**2).sum(1).mean().",
    ),
)

Exercise(
    id="own-6",
    right="C",
    wrong={
        "shares and cosines taken for learning: they say nothing of the own residuals": "A",
        "a cure that has no signal to work with: the joint residual is nearly 0": "B",
        "a conclusion about the data: what video could say, this training did not ask": "D",
    },
    hints=(
        "What can a bounded modulation make of gradients that are nearly 0?",
        "e_v is high because video learnt little, or because there is little to learn. Which "
        "experiment tells the two apart?",
    ),
)
