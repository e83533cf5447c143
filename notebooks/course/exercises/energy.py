"""Exercises of 02_energy: two steps by hand, the limit, drift, a rescaled feature, a plateau."""

import numpy as np

from course.answers import Exercise
from derivations.energy.formulas import ENERGY, NOISY

GRADIENTS = np.array([[[4.0], [2.0]]] * 2)  # of the bowl 2θ² from θ = 1 with η = 1/8, twice

Exercise(
    id="cge-1",
    right=ENERGY.right(GRADIENTS, 1 / 8)[0, -1],
    wrong={mistake: twin(GRADIENTS, 1 / 8)[0, -1] for mistake, twin in ENERGY.twins.items()}
    | {"the bowl θ²/2 of the table with η = 1/8: here the gradient is 4θ": (1 + 49 / 64) / 64},
    hints=(
        "The gradient of 2θ² is 4θ. Make the table of section 2 again, two rows.",
        "The steps are ηg = 4/8 and then 2/8. The energy is the sum of their squares.",
    ),
)

Exercise(
    id="cge-2",
    right=lambda x: x / (2 - x),
    wrong={
        "the bound 2ηΔL for E, or θ summed and not θ²: a step multiplies θ² by (1 − x)²": (
            lambda x: x
        ),
        "gradients summed, not steps: every g² comes with η²": lambda x: 1 / (x * (2 - x)),
        "the first step alone": lambda x: x**2,
        "E/(ηΔL) for E: multiply by η times the drop of the loss": lambda x: 2 / (2 - x),
        "the first step forgotten: the sum starts at t = 0": lambda x: x * (1 - x) ** 2 / (2 - x),
    },
    inputs=[(0.1,), (0.5,), (1.0,), (1.5,), (1.9,)],
    hints=(
        "In units of L = 1 the gradient is θ and a step multiplies θ by 1 − x.",
        "E is the sum of x²(1 − x)^(2t) over t = 0, 1, 2 …: a geometric series.",
        "Its sum is x² divided by 1 − (1 − x)². Expand the square.",
    ),
)


def drift(noisy_bounds):
    """(η, L, σ²) → the upper bound's growth per step, where the loss no longer falls."""
    return lambda rate, smoothness, variance: noisy_bounds(0.0, rate, smoothness, variance, 1)[1]


Exercise(
    id="cge-3",
    right=drift(NOISY.right),
    wrong={
        mistake: drift(NOISY.twins[mistake])
        for mistake in ("deviation for variance", "rate not squared before the noise")
    }
    | {
        "the noise alone: it also pushes θ about, and those gradients are booked too": (
            lambda rate, smoothness, variance: rate**2 * variance
        ),
        "the lower bound: a bowl attains the upper one": (
            lambda rate, smoothness, variance: noisy(rate, smoothness, variance)[0]
        ),
        "missing half": (
            lambda rate, smoothness, variance: rate**2 * variance / (1 - rate * smoothness)
        ),
    },
    inputs=[(0.1, 1.0, 1.0), (0.2, 3.0, 2.0), (0.05, 8.0, 0.5)],
    hints=(
        "On the bowl the upper bound of the noisy theorem is an equality. What is E[ΔL] between"
        " two steps when the loss has stopped falling?",
        "Put E[ΔL] = 0 and T = 1: only η²σ² is left above the fraction bar.",
    ),
)


def noisy(rate, smoothness, variance):
    """Both sides of one step's energy where the loss no longer falls."""
    return NOISY.right(0.0, rate, smoothness, variance, 1)


Exercise(
    id="cge-4",
    right=0.2,
    wrong={
        "1/ε for 1/ε²: energies are squares": 0.04,
        "the encoder the other way round: a small ε makes the feature's gradient large": 5.0,
        "the factor itself for ε": 25.0,
        "η = 1/(2L) for η = 1/L: there the weight uses two thirds of the bound": (
            np.sqrt(2 / 3) / 5
        ),
    },
    hints=(
        "How much of the bound does the weight's energy use at η = 1/L?",
        "All of it. And the feature's energy is 1/ε² times the weight's.",
    ),
)

Exercise(
    id="cge-5",
    right=np.array([True, False, True, True]),
    wrong={
        "the idea that a flat curve means that the loss is low: run 3 is flat because of its"
        " schedule": np.array([True, False, False, True]),
        "the idea that mini-batches never flatten: what counts is the sum of η_t²σ_t²": (
            np.array([True, False, False, False])
        ),
        "the noise of run 2 forgotten: what is booked at every step there?": (
            np.array([True, True, True, True])
        ),
        "the idea that only a full batch or a schedule flattens: in run 4 the noise dies out": (
            np.array([True, False, True, False])
        ),
    },
    hints=(
        "The energy stays bounded exactly when the sum of η_t²σ_t² does, beside the part that"
        " comes from descent.",
        "Ask of each run: does η_t go to zero fast enough, or does the noise σ_t go to zero?",
        "Where every sample is fitted, every sample's gradient is zero, and so is any batch's.",
    ),
)
