"""Exercises of 04_rebalance: the ratio, its square, the settled laws, pairs, and a stable step."""

import numpy as np

from course.answers import Exercise
from derivations.rebalance.formulas import PAIR_RATIO, RATIO, SETTLED
from rgm_ref.rebalance import temper

ENERGIES = np.array([12.0, 3.0, 3.0])

Exercise(
    id="ear-1",
    right=RATIO.right(ENERGIES),
    wrong={mistake: twin(ENERGIES) for mistake, twin in RATIO.twins.items()},
    hints=(
        "Eq. 7 is the mean energy over the own energy.",
        "The mean of 12, 3 and 3 is 6. Check your answer: the harmonic mean of the ratios is 1.",
    ),
)

Exercise(
    id="ear-2",
    right=np.array([0.25, -0.5]),
    wrong={
        "energies that grow with the factor itself: they grow with its square": [0.5, 0.0],
        "the order reversed as well, 100 : 1 to 1 : 10": [0.75, 0.5],
        "the sign of the power: r is large where the energy is small": [-0.25, -1.5],
        "p in the place of c: solve (1 + c)/2 = p for c": [0.25, 0.25],
    },
    hints=(
        "How does ‖x g‖² grow with the factor x? Put x = r^p.",
        "r is proportional to 1/E. So r^(2p) E is proportional to E to which power?",
        "E^(1 − 2p) must be E^(1/2). Then solve (1 + c)/2 = p for c.",
    ),
)


def settled_pair(exponent) -> np.ndarray:
    """Settled ratios of raw energies 1024 : 1 at c = ½, for both accumulations."""
    return 1024.0 ** np.array([exponent(0.5, accumulate) for accumulate in ("raw", "applied")])


Exercise(
    id="ear-3",
    right=settled_pair(SETTLED.right),
    wrong={mistake: settled_pair(twin) for mistake, twin in SETTLED.twins.items()},
    hints=(
        "1024 is 2 to the power 10. Which exponents belong to c = ½?",
        "Raw accumulation: the exponent is −c. Applied: it is 1/(2 + c).",
    ),
)


def tempered(pair_ratio):
    """(energies, cosines) → pair by pair, r̃_ij = r_ij^((1 + c_ij)/2)."""
    return lambda energy, cosines: temper(pair_ratio(np.asarray(energy)), np.asarray(cosines))


def _cases() -> list[tuple]:
    rng = np.random.default_rng(4)
    cases = []
    for modalities in (2, 3, 4):
        vectors = rng.normal(size=(modalities, 5))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        cosines = np.clip(vectors @ vectors.T, -1, 1)
        cases.append((10 ** rng.uniform(-1, 1, modalities), cosines))
    return cases


def untempered(energy, cosines):
    """Pair by pair, Eq. 7 alone."""
    return PAIR_RATIO.right(np.asarray(energy))


Exercise(
    id="ear-4",
    right=tempered(PAIR_RATIO.right),
    wrong={
        **{mistake: tempered(twin) for mistake, twin in PAIR_RATIO.twins.items()},
        "Eq. 7 without Eq. 8: no tempering": untempered,
        "missing half in the exponent": lambda energy, cosines: (
            untempered(energy, cosines) ** (1 + np.asarray(cosines))
        ),
        "sign of the conflict": lambda energy, cosines: tempered(PAIR_RATIO.right)(
            energy, -np.asarray(cosines)
        ),
    },
    inputs=_cases(),
    hints=(
        "Row i, column j: the mean energy of the two over E_i, then Eq. 8 with c_ij.",
        "energy[:, None] is a column (the own energy), energy[None, :] a row (the partner's).",
    ),
)


def power_between(ratio_behind) -> float:
    """Power x with R_RGM = R_joint^x, for Kinetics-Sounds with CNNs: w̄ from −0.56 to 0.77."""
    return float(np.log(ratio_behind(0.77)) / np.log(ratio_behind(-0.56)))


def from_gap(gap):
    """Energy ratio of two shares that differ by `gap`."""
    return (1 + gap) / (1 - gap)


Exercise(
    id="ear-5",
    right=power_between(lambda w_bar: from_gap(np.sqrt((1 - w_bar) / 2))),
    wrong={
        "the logarithms exchanged": 1
        / power_between(lambda w_bar: from_gap(np.sqrt((1 - w_bar) / 2))),
        "the square root left out of |w_i − w_j| = √((1 − w̄)/2)": power_between(
            lambda w_bar: from_gap((1 - w_bar) / 2)
        ),
        "the ½ outside the root, |w_i − w_j| = √(1 − w̄)/2": power_between(
            lambda w_bar: from_gap(np.sqrt(1 - w_bar) / 2)
        ),
    },
    hints=(
        "energy_ratio_behind turns each w̄ into a ratio of energies.",
        "R_RGM = R_joint^x. Take the logarithm of both sides.",
    ),
    tolerance=5e-3,
)

Exercise(
    id="ear-6",
    right=0.72,
    wrong={
        "the bound 2/(L r̃_max), which is enough for every start but not sharp for this one": 0.4,
        "plain descent: r̃ left out": 2.0,
        "the bound for the audio alone": 3.6,
        "the rate with the least loss, where it has fallen most": 0.36,
    },
    hints=(
        "The new features are (1 − η r_k) z_k. Write down the new loss and subtract the old one.",
        "The difference is −η Σ r_k z_k² + η² Σ r_k² z_k² / 2. It is zero at two rates.",
        "η = 2 Σ r_k z_k² / Σ r_k² z_k², with r = (5/9, 5) and z² = (9, 1).",
    ),
)
