"""Exercises of 08_from_numpy_to_torch: a matrix by hand, a backward pass, rates, bases, digits."""

import numpy as np

from course.answers import Exercise
from rgm_ref.mixing import mixing_matrix
from rgm_ref.rules import pcgrad

GRAM, ENERGY = np.array([[9.0, -6.0], [-6.0, 16.0]]), np.array([16.0, 9.0])
OWN = np.eye(2)


def _matrix(**options) -> np.ndarray:
    return mixing_matrix(GRAM[..., None], ENERGY, **options)[..., 0]


RIGHT = _matrix()
W, C = ENERGY / ENERGY.sum(), -0.5
Q = 4 * (8 * W[0] * W[1] - 1)
GATE = 1 / (1 + np.exp(-Q * C))
ALPHA = np.sqrt(W * 25 / np.diag(GRAM))
TURN = RIGHT * (1 - OWN)  # what stands beside the diagonal


def _diagonal(gate, exponent) -> np.ndarray:
    """The matrix with another gate or exponent on its diagonal."""
    return np.diag((1 / (2 * W)) ** exponent * (gate * ALPHA + 1 - gate)) + TURN


Exercise(
    id="torch-1",
    right=RIGHT,
    wrong={
        "rows and columns exchanged": RIGHT.T,
        "Eq. 13 as printed: each weight beside the other norm": _matrix(orth="printed"),
        "r̃ on Orth too (scale='all')": _matrix(scale="all"),
        "the gate of Orth turned round, γ for 1 − γ": RIGHT * OWN + TURN * GATE / (1 - GATE),
        "the gate of Syn turned round, 1 − γ for γ": _diagonal(1 - GATE, (1 + C) / 2),
        "Orth without its gate": RIGHT * OWN + TURN / (1 - GATE),
        "r without its exponent (1 + c)/2": _diagonal(GATE, 1),
        "EAR left out": _diagonal(GATE, 0),
        "the sign of Orth": RIGHT * OWN - TURN,
        "energies exchanged": mixing_matrix(GRAM[..., None], ENERGY[::-1].copy())[..., 0],
    },
    hints=(
        "Shares 0.64 and 0.36, so q = 3.3728. The cosine is −6/12 = −½, the exponent of r is ¼.",
        "One gate serves both, as there is one block: γ = σ(−1.6864). α_i = 0.8 · 5/3, "
        "α_j = 0.6 · 5/4; the diagonal is r̃ (γ α + 1 − γ).",
        "Below the line of Orth: 0.64 · 9 + 0.36 · 16 = 11.52. The entry of row i is "
        "(1 − γ) w_j · 6 / 11.52, with the weight of the partner.",
    ),
)


def _pairs() -> list[tuple]:
    rng = np.random.default_rng(8)
    return [tuple(rng.normal(size=(2, 6, 3)) * [[[1]], [[scale]]]) for scale in (1, 4, 0.3)]


def _inner(x, y) -> np.ndarray:
    return (x * y).sum(axis=-1, keepdims=True)


def _surgery(a, v, cut=lambda inner: np.minimum(inner, 0), own=False):
    inner = cut(_inner(a, v))
    below_a, below_v = (_inner(a, a), _inner(v, v)) if own else (_inner(v, v), _inner(a, a))
    return [a - inner / below_a * v, v - inner / below_v * a]


def _one_after_the_other(a, v):
    new = _surgery(a, v)[0]
    return [new, _surgery(new, v)[1]]


def _whole_batch(a, v):
    inner = min((a * v).sum(), 0)
    return [a - inner / (v**2).sum() * v, v - inner / (a**2).sum() * a]


Exercise(
    id="torch-2",
    right=lambda a, v: pcgrad(np.stack([a, v]), np.ones(2)),
    wrong={
        "every pair projected, also those that agree": lambda a, v: _surgery(a, v, lambda s: s),
        "pairs that agree projected, and those in conflict left": lambda a, v: _surgery(
            a, v, lambda s: np.maximum(s, 0)
        ),
        "divided by the own squared length, not the partner's": lambda a, v: _surgery(
            a, v, own=True
        ),
        "one after the other: to the new audio gradient video is orthogonal already": (
            _one_after_the_other
        ),
        "one inner product for the whole batch, not one per sample": _whole_batch,
        "lengths for squared lengths": lambda a, v: [
            a - np.minimum(_inner(a, v), 0) / np.sqrt(_inner(v, v)) * v,
            v - np.minimum(_inner(a, v), 0) / np.sqrt(_inner(a, a)) * a,
        ],
        "the sign: conflict doubled": lambda a, v: _surgery(a, v, lambda s: -np.minimum(s, 0)),
    },
    inputs=_pairs(),
    hints=(
        "One inner product per sample: (g_audio * g_video).sum(dim=-1, keepdim=True).",
        "Where it is positive nothing happens: .clamp_max(0) makes it 0 there.",
        "Audio loses inner / ‖g_video‖² of g_video, and video inner / ‖g_audio‖² of g_audio.",
    ),
)

Exercise(
    id="torch-3",
    right="B",
    wrong={
        "the belief that Eq. 15 has no singular place: a zero block has no direction": "A",
        "thresholds seen where there are none: a sigmoid is smooth everywhere": "C",
        "the Jacobian forgotten: that of a gradient is symmetric, this one is not": "D",
    },
    hints=(
        "What does α do as a block of g_i goes to zero while its partner stays?",
        "The cell before showed a Jacobian. What would it be for the gradient of any loss?",
        "Does the optimizer ever need the derivative of g^mod?",
    ),
)

RATES, AUDIO, VIDEO = np.array([1, 0.5, 0.25]), np.array([4.0, 4, 4]), np.array([2.0, 4, 12])


def _share(audio, video) -> float:
    return float(audio.sum() / (audio.sum() + video.sum()))


Exercise(
    id="torch-4",
    right=_share((RATES * AUDIO) ** 2, (RATES * VIDEO) ** 2),
    wrong={
        "no learning rates: a layer that does not follow": _share(AUDIO**2, VIDEO**2),
        "the learning rates not squared": _share(RATES * AUDIO**2, RATES * VIDEO**2),
        "lengths not squared": _share(RATES * AUDIO, RATES * VIDEO),
        "video's share": _share((RATES * VIDEO) ** 2, (RATES * AUDIO) ** 2),
    },
    hints=(
        "E = Σ (η ‖g‖)², so a rate counts with its square, too.",
        "Audio: 16 + 16/4 + 16/16. Video: 4 + 16/4 + 144/16.",
    ),
)

SAME = np.array([True, True, False, False, False, True])

Exercise(
    id="torch-5",
    right=SAME,
    wrong={
        "the idea that one model has one training: all the same": np.ones(6, bool),
        "the lengths of g_v forgotten: a rotation keeps them": SAME & (np.arange(6) != 1),
        "the idea that EAR needs no cosine: r̃ has c in its exponent": SAME | (np.arange(6) == 4),
        "the last one: the pushes on the logits do not change with the basis": SAME
        & (np.arange(6) < 5),
        "the head forgotten, which turns the features back": SAME & (np.arange(6) > 0),
    },
    hints=(
        "Video's gradient becomes Q g_v. What of a vector survives an orthogonal Q?",
        "EAR has the exponent (1 + c)/2. Which c does it look at in 5, and which in 6?",
        "u_v = g_v W_vᵀ becomes (g_v Qᵀ)(W_v Qᵀ)ᵀ = g_v Qᵀ Q W_vᵀ.",
    ),
)

Exercise(
    id="torch-6",
    right=True,
    wrong={"a pair that does not qualify: off by less than 1 %, or inside the wedge": False},
    hints=(
        "Two unit vectors with a small angle θ between them: R/A = sin θ, error up to ε/θ².",
        "ε is 1.2e-7 in float32. For which θ is ε/θ² above 0.01, and θ still above 0.00138?",
        "θ = 0.002 can do. How much is really lost depends on how the coordinates are rounded, so "
        "try several directions of the pair, say (cos t, sin t) and (cos(t + θ), sin(t + θ)).",
    ),
)
