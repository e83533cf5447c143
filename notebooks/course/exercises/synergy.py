"""Exercises of 05_synergy: P by hand, one side scaled, the floor, the best share."""

import numpy as np

from course.answers import Exercise
from derivations.synergy.cosine_formulas import ONE_SIDED
from derivations.synergy.formulas import PROJECTION
from rgm_ref import alignment, synergy

PAIR = np.array([[0.0, 4.0, 7.0, 0.0], [3.0, 0.0, 0.0, -24.0]])
SHARES = np.array([0.36, 0.64])

Exercise(
    id="syn-1",
    right=PROJECTION.right(PAIR, SHARES, 2),
    wrong={
        **{mistake: twin(PAIR, SHARES, 2) for mistake, twin in PROJECTION.twins.items()},
        "share for its root": np.sqrt(SHARES)[:, None] * PROJECTION.right(PAIR, SHARES, 2),
        "one block instead of two": PROJECTION.right(PAIR, SHARES, 1),
        "the signs of the entries lost": np.abs(PROJECTION.right(PAIR, SHARES, 2)),
    },
    hints=(
        "Per block: S is the energy of both, √S a whole number, √w = (0.6, 0.8).",
        "Block 1: S = 16 + 9 = 25, so the new lengths are 3 and 4. Each keeps its direction.",
        "Block 2: S = 49 + 576 = 625, so the new lengths are 15 and 20.",
    ),
)


def _partners() -> list[tuple]:
    rng = np.random.default_rng(5)
    return [
        (rng.uniform(0.2, 3, blocks), rng.uniform(-1, 1, blocks))
        for blocks in (2, 3, 5)
        for _ in range(3)
    ]


Exercise(
    id="syn-2",
    right=ONE_SIDED.right,
    wrong={
        **ONE_SIDED.twins,
        "not divided by ‖g_j‖²": lambda b, kappa: (b**2 * kappa).sum(),
        "divided by ‖g_j‖ once": lambda b, kappa: (b**2 * kappa).sum() / np.linalg.norm(b),
    },
    inputs=_partners(),
    hints=(
        "A cosine is an inner product over two lengths. Write all three as sums over blocks.",
        "The block inner products are ρ b_k · b_k · κ_k; the whole P_i has the length ρ ‖b‖.",
        "ρ cancels, and what is left is a mean of the κ_k with the weights b_k² / Σ b².",
    ),
)


def less_than_a_tenth(lengths, kappa) -> bool:
    """Does a pair of positive lengths (2, l) and κ ≥ 0 lose nine tenths of its cosine, or more?"""
    lengths, kappa = np.asarray(lengths, float), np.asarray(kappa, float)
    if (lengths <= 0).any() or (kappa < 0).any():
        return False
    before = alignment.cosine_before(lengths, kappa)
    return bool(0 < alignment.cosine_after(lengths, kappa) < before / 10)


Exercise(
    id="syn-3",
    right=True,
    wrong={
        "a pair that does not qualify: some κ_k < 0 or some length ≤ 0, or the cosine keeps a "
        "tenth or more of itself": False
    },
    hints=(
        "The floor 2ab/(a² + b²) must be below a tenth. What does that ask of ‖g_j‖/‖g_i‖?",
        "With r = b/a: 2r/(1 + r²) < 1/10 needs r below 0.0501. And the floor must be reached: "
        "agreement only in blocks with a_k = b_k.",
        "Two blocks are enough: one long in g_i alone with κ = 0, one of length 1 in both, κ = 1.",
    ),
)


def _best_share(lengths) -> float:
    """sin² of the angle of least distortion."""
    return float(np.sin(synergy.best_angle(np.asarray(lengths))) ** 2)


Exercise(
    id="syn-4",
    right=_best_share,
    wrong={
        "the root left in: w is sin², not sin": lambda s: np.sin(synergy.best_angle(s)),
        "the tangent for the share: w is sin² φ, tan φ is the ratio": lambda s: np.tan(
            synergy.best_angle(s)
        ),
        "modalities exchanged": lambda s: 1 - _best_share(s),
        "blocks not weighted by s_k": lambda s: np.sin(np.arctan2(*s.sum(axis=1))) ** 2,
        "the whole gradients' energy share": lambda s: (s[0] ** 2).sum() / (s**2).sum(),
        "one modality's distortion alone, as (9) is printed": lambda s: (
            np.sin(synergy.best_angle_one_sided(s)) ** 2
        ),
    },
    inputs=[(np.random.default_rng(seed).uniform(0.2, 3, (2, 4)),) for seed in range(4)],
    hints=(
        "s = np.hypot(a, b) holds the roots of the block energies, one per block.",
        "tan φ* = X/Y with X = Σ s_k a_k and Y = Σ s_k b_k. And w = sin² φ*.",
        "sin² φ = tan² φ/(1 + tan² φ), so w = X²/(X² + Y²).",
    ),
)

Exercise(
    id="syn-5",
    right="C",
    wrong={
        "the idea that l = d saves the theorem: the random pair of section 9 lost there": "A",
        "the idea that the shares move the cosine: they drop out of it": "B",
        "the idea that the cosine was computed wrongly: it is exactly 1": "D",
    },
    hints=(
        "What is left of a pair of gradients once every block has one entry?",
        "Try two gradients with random positive entries. What is their cosine after Eq. 11?",
    ),
)
