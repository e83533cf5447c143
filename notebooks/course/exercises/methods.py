"""Exercises of 10_methods: cosines, an update, one side, a broken promise, a test, costs."""

import numpy as np

from course.answers import Exercise
from rgm_ref.baselines import mgda, mmpareto, pcgrad

MM, U = np.array([3.0, 0]), np.array([-1.0, 2])
PAIR = np.stack([MM, U])
MIX = 2 * mgda.mgda(PAIR)
OTHER = 2 * mgda.weights(PAIR)[::-1] @ PAIR

Exercise(
    id="methods-2",
    arrows=True,
    right=mmpareto.mmpareto(MM, U, gamma=1.0),
    wrong={
        "κ forgotten: the mix as it is": MIX,
        "half of the mix, and κ forgotten": MIX / 2,
        "γ = 1.5, which is 1 here": mmpareto.mmpareto(MM, U),
        "the plain sum: the two are in conflict": PAIR.sum(axis=0),
        "the two weights exchanged": OTHER,
        "the two weights exchanged, and the right length": OTHER
        * np.sqrt(8)
        / np.linalg.norm(OTHER),
        "PCGrad": pcgrad.pcgrad(PAIR),
        "equal weights, as without conflict, and no factor 2": PAIR.mean(axis=0),
    },
    hints=(
        "In conflict the weights are MGDA's: λ = (‖g_u‖² − s)/‖g_mm − g_u‖² for g_mm.",
        "s = −3 and ‖g_mm − g_u‖² = 9 + 5 + 6, so λ = 0.4 and h = (1.2, 2.4).",
        "The plain sum is (2, 2). Make h as long as that.",
    ),
)


def _grams() -> list[tuple]:
    rng = np.random.default_rng(10)
    pairs = [[[2.0, 0], [-1, 1]], [[1.0, 2], [2, 1]], *rng.normal(size=(4, 2, 3))]
    return [(np.array(pair) @ np.array(pair).T,) for pair in pairs]


def _one_sided(G, cut=lambda s: min(s, 0), below=1, where=(0, 1)):
    matrix = np.eye(2)
    matrix[where] = -cut(G[0, 1]) / G[below, below]
    return matrix


Exercise(
    id="methods-3",
    right=_one_sided,
    wrong={
        "both sides projected, which is PCGrad": lambda G: (
            _one_sided(G) + _one_sided(G, below=0, where=(1, 0)) - np.eye(2)
        ),
        "the teaching projected, and not the task": lambda G: _one_sided(G, below=0, where=(1, 0)),
        "divided by the task's own squared length": lambda G: _one_sided(G, below=0),
        "projected also where the two agree": lambda G: _one_sided(G, lambda s: s),
        "projected where they agree, and left where they fight": lambda G: _one_sided(
            G, lambda s: max(s, 0)
        ),
        "the sign: conflict doubled": lambda G: _one_sided(G, lambda s: -min(s, 0)),
        "the entry in row two: rows are what becomes of a gradient": lambda G: _one_sided(
            G, where=(1, 0)
        ),
    },
    inputs=_grams(),
    hints=(
        "The projection takes (g_T · g_kl / ‖g_kl‖²) g_kl away from g_T, if the product is < 0.",
        "Only one entry differs from the identity: the part of g_kl in row one.",
        "It is −min(G[0, 1], 0) / G[1, 1].",
    ),
)

CHANGES = np.array([False, False, True, False, True, False])

Exercise(
    id="methods-1",
    right=CHANGES,
    wrong={
        "(3) taken for a positive factor: Σ = 0.03, and one of the two B is negative": CHANGES
        & (np.arange(6) != 2),
        "(6): without conflict PCGrad does nothing": CHANGES | (np.arange(6) == 5),
        "(4): EAR reads the cosine, but it multiplies each gradient by a number": CHANGES
        | (np.arange(6) == 3),
        "(5) forgotten: Orth adds a part of the partner": CHANGES & (np.arange(6) != 4),
        "(2): AGM amplifies one side and damps the other, with positive factors": CHANGES
        | (np.arange(6) == 1),
    },
    hints=(
        "A positive diagonal matrix changes no cosine.",
        "And a diagonal with one negative entry? Compute B of (3): Δ = (−0.05, 0.08).",
        "B = (0.08/0.03, −0.05/0.03): one gradient is turned round.",
    ),
)

Exercise(
    id="methods-4",
    right=True,
    wrong={"a pair that does not qualify: too long, or both products at least −0.1": False},
    hints=(
        "c = ½ allows a detour of half of the mean's length. When is that too short?",
        "Take a long and a shorter gradient that are nearly opposed.",
        "Then the mean goes along the long one. Try g_1 = (2, 0) and g_2 = (−t, 0.1) for some t.",
    ),
)

EPOCHS = np.array([60.0, 60, 20, 45])

Exercise(
    id="methods-6",
    right=EPOCHS,
    wrong={
        "the forward pass forgotten": 90 / np.array([2, 2, 8, 3]),
        "one backward pass per coalition in GMD: 2^M − 1; they share": 180
        / np.array([3.0, 4, 16, 4]),
        "one backward pass per coalition and modality": 180 / np.array([3.0, 5, 17, 4]),
        "BalGrad with two backward passes: it has three kinds of gradient": np.array(
            [60.0, 60, 20, 60]
        ),
        "joint training counted as one traversal per step: it is 1 + 1": EPOCHS / 2,
    },
    hints=(
        "90 epochs of joint training are 180 traversals of the data, forward and backward.",
        "PCGrad: 1 + 2. GMD: 1 + 2^(M − 1). BalGrad: 1 + 3.",
    ),
)


def _port(g_mm, g_u):
    return 3 * (g_mm + g_u)


def _quarter(g_mm, g_u):
    return 0.25 * (g_mm + g_u)


def _surgery(g_mm, g_u):
    return pcgrad.pcgrad(np.stack([g_mm, g_u]))


def _shortest(g_mm, g_u):
    return mgda.mgda(np.stack([g_mm, g_u]))


def _cosine(x, y) -> float:
    return float(x @ y / (np.linalg.norm(x) * np.linalg.norm(y)))


def _blind(rule, first=(2.0, 0.3), second=(-1.0, 1.0)) -> bool:
    a, b = np.array(first), np.array(second)
    return bool(_cosine(rule(a, b), a + b) > 0.999)


def _by_length(rule) -> bool:
    a, b = np.array([2.0, 0.3]), np.array([-1.0, 1.0])
    return bool(np.allclose(rule(a, b), a + b))


Exercise(
    id="methods-5",
    right=_blind,
    wrong={
        "a pair that agrees: there every one of these rules is the sum": lambda rule: _blind(
            rule, second=(1.0, 1.0)
        ),
        "the vectors compared and not their directions: three times the sum escapes": _by_length,
        "a pair of equal lengths: by symmetry all of these rules give the sum": lambda rule: _blind(
            rule, (1.0, 0.0), (-0.6, 0.8)
        ),
        "true and false exchanged": lambda rule: not _blind(rule),
    },
    inputs=[(_port,), (mmpareto.mmpareto,), (_surgery,), (_quarter,), (_shortest,)],
    hints=(
        "Compare directions: the cosine between the update and g_mm + g_u.",
        "If g_mm and g_u are equally long, the shortest mix is their mean. Take unlike lengths.",
        "g_mm = (2, 0.3), g_u = (−1, 1) are in conflict. Blind means: a cosine above 0.999.",
    ),
)
