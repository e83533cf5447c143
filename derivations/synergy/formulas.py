"""The formulas of Syn, Eqs. 9–11, and their named wrong twins."""
# ruff: noqa: E741  (l is the paper's letter for the number of blocks)

import numpy as np

from derivations.ledger import Formula
from rgm_ref import synergy
from rgm_ref.blocks import block_cosines, block_norms
from rgm_ref.synorth import synorth

ALPHA = Formula(
    "Eq. 11, the scaling α",
    synergy.alpha,
    {
        "shares exchanged": lambda g, w, l: synergy.alpha(g, w[::-1], l),
        "share without its root": lambda g, w, l: synergy.alpha(g, w, l) * np.sqrt(w)[:, None],
        "norm squared in the denominator": lambda g, w, l: (
            synergy.alpha(g, w, l) / block_norms(g, l)
        ),
        "partner's norm in the denominator": lambda g, w, l: (
            synergy.alpha(g, w, l) * block_norms(g, l) / block_norms(g, l)[::-1]
        ),
        "lengths added, not squared lengths": lambda g, w, l: (
            np.sqrt(w)[:, None] * block_norms(g, l).sum(axis=0) / block_norms(g, l)
        ),
    },
)

PROJECTION = Formula(
    "Eq. 11, the projection P",
    synergy.project,
    {
        "shares exchanged": lambda g, w, l: synergy.project(g, w[::-1], l),
        "own energy for the energy of both": lambda g, w, l: np.sqrt(w)[:, None] * g,
        "direction of the partner": lambda g, w, l: synergy.project(g[::-1], w, l),
    },
)

PRINTED = Formula(
    "lengths that constraint (10) demands",
    synergy.printed_lengths,
    {
        "Eq. 11 itself": lambda s, ratio, reading: (
            np.hypot(*s) * np.array([[ratio], [1]]) / np.hypot(ratio, 1)
        ),
        "modalities exchanged": lambda s, ratio, reading: synergy.printed_lengths(
            s[::-1], ratio, reading
        )[::-1],
        "nothing changed": lambda s, ratio, reading: s,
    },
)

PRICE = Formula(
    "price of the share",
    synergy.price,
    {
        "factor 2 missing": lambda s, w: synergy.price(s, w) / 2,
        "share for its root": lambda s, w: synergy.price(s, w**2),
        "modalities exchanged": lambda s, w: synergy.price(s, 1 - w),
    },
)

BEST_ANGLE = Formula(
    "angle of least distortion",
    synergy.best_angle,
    {
        "blocks not weighted by s": lambda s: np.arctan2(*s.sum(axis=1)),
        "squared lengths": lambda s: np.arctan2(*(s**2).sum(axis=1)),
        "modalities exchanged": lambda s: synergy.best_angle(s[::-1]),
        "one modality's distortion alone": synergy.best_angle_one_sided,
    },
)

ONE_ANGLE = Formula(
    "angle of least distortion, one modality",
    synergy.best_angle_one_sided,
    {
        "both modalities' distortion": synergy.best_angle,
        "tangent for sine": lambda s: np.arctan(np.sin(synergy.best_angle_one_sided(s))),
        "blocks not weighted by s": lambda s: np.arcsin(s[0].sum() / np.hypot(*s).sum()),
    },
)

DISTORTION = Formula(
    "distortion at an angle",
    synergy.distortion,
    {
        "energy counted once": lambda s, angle: synergy.distortion(s, angle) - (s**2).sum(),
        "sine and cosine exchanged": lambda s, angle: synergy.distortion(s, np.pi / 2 - angle),
        "factor 2 missing": lambda s, angle: synergy.distortion(s, angle) / 2,
    },
)

CURVATURE = Formula(
    "curvature of Eq. 9 in α",
    lambda g: np.diag(2 * np.linalg.norm(g, axis=1) ** 2),
    {
        "neighbours coupled (a Dirichlet energy)": lambda g: (
            2 * (2 * np.eye(len(g)) - np.eye(len(g), k=1) - np.eye(len(g), k=-1)) * (g @ g.T)
        ),
        "norm for squared norm": lambda g: np.diag(2 * np.linalg.norm(g, axis=1)),
        "missing 2": lambda g: np.diag(np.linalg.norm(g, axis=1) ** 2),
    },
)

BLOCK_COSINES = Formula(
    "block cosines",
    block_cosines,
    {
        "inner products, not divided by the lengths": lambda g, l: (
            block_cosines(g, l) * block_norms(g, l).prod(axis=0)
        ),
        "the whole cosine in every block": lambda g, l: np.repeat(block_cosines(g, 1), l),
        "sign lost": lambda g, l: np.abs(block_cosines(g, l)),
    },
)

SYN = Formula(
    "Syn without EAR",
    lambda g, energy, blocks: synorth(g, energy, blocks, parts={"syn"}),
    {
        "EAR left on": lambda g, energy, blocks: synorth(g, energy, blocks, parts={"syn", "ear"}),
        "projection added, not blended": lambda g, energy, blocks: (
            g + synergy.project(g, energy / energy.sum(), blocks)
        ),
    },
)
