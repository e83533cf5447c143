"""The formulas of the plane and of its invariant replacements, with their named wrong twins."""

import numpy as np

from derivations.ledger import Formula
from rgm_ref.gauge import null_variance
from rgm_ref.head import (
    head_condition,
    head_gradients,
    on_residuals,
    residual,
    to_logits,
    widest_angle,
)
from rgm_ref.plane import (
    ZERO_SHARES,
    balance,
    curvature_conflict,
    logit_conflict,
    nonconflict,
)
from rgm_ref.synorth import synorth


def _share(energy):
    return energy[0] / energy.sum()


BALANCE = Formula(
    "Eq. 5, w̄",
    lambda energy: balance(energy)[0, 1],
    {
        "minus one forgotten": lambda energy: balance(energy)[0, 1] + 1,
        "4 for 8": lambda energy: 4 * _share(energy) * (1 - _share(energy)) - 1,
        "difference of shares not squared": lambda energy: 1 - 2 * abs(2 * _share(energy) - 1),
        "norms for energies": lambda energy: balance(np.sqrt(energy))[0, 1],
        "ratio of energies": lambda energy: energy.min() / energy.max(),
    },
)

ZEROS = Formula(
    "shares at which w̄ = 0",
    lambda: ZERO_SHARES,
    {
        "a quarter and three quarters": lambda: (1 / 4, 3 / 4),
        "root of 3 for root of 2": lambda: ((2 - np.sqrt(3)) / 4, (2 + np.sqrt(3)) / 4),
        "one part in eight": lambda: (1 / 8, 7 / 8),
    },
)

NONCONFLICT = Formula(
    "Eq. 6, c",
    lambda g: nonconflict(g)[0, 1],
    {
        "not normalised": lambda g: g[0] @ g[1],
        "squared norms for norms": lambda g: g[0] @ g[1] / ((g[0] @ g[0]) * (g[1] @ g[1])),
        "only one norm": lambda g: g[0] @ g[1] / (g[0] @ g[0]),
        "sign lost": lambda g: abs(nonconflict(g)[0, 1]),
        "mean-free, a correlation": lambda g: nonconflict(g - g.mean(axis=1, keepdims=True))[0, 1],
    },
)

TURNED = Formula(
    "gradient in a turned basis, Q g",
    lambda g, Q: Q @ g,
    {
        "turned back, Qᵀ g": lambda g, Q: Q.T @ g,
        "left as it was": lambda g, Q: g,
        "mirrored": lambda g, Q: -Q @ g,
    },
)

NULL_VARIANCE = Formula(
    "variance of c in an arbitrary basis, 1/d",
    null_variance,
    {
        "standard deviation for variance": lambda d: d**-0.5,
        "one direction too few": lambda d: 1 / (d + 1),
        "variance of a uniform cosine, 1/3": lambda d: 1 / 3 if d != 3 else 1 / 2,
        "squared": lambda d: 1 / d**2 if d > 1 else 2.0,
    },
)

LOGIT_CONFLICT = Formula(
    "cosine of the logit pushes",
    lambda g, heads: logit_conflict(g, heads)[0, 1],
    {
        "cosine in the features, Eq. 6": lambda g, heads: nonconflict(g)[0, 1],
        "blocks exchanged": lambda g, heads: logit_conflict(g, heads[::-1])[0, 1],
        "only one gradient pushed": lambda g, heads: nonconflict(
            np.stack([g[0] @ heads[0], g[1] @ heads[0]])
        )[0, 1],
    },
)


def _curvature(centre=True, weights=lambda p: p, unit=True):
    """Correlation of the pushes with one of its parts changed."""

    def twin(g, heads, p):
        u, p = to_logits(g, heads), weights(p)
        u = u - centre * (p * u).sum(axis=-1, keepdims=True)
        covariance = (p * u[0] * u[1]).sum()
        return covariance / np.sqrt((p * u[0] ** 2).sum() * (p * u[1] ** 2).sum()) ** unit

    return twin


CURVATURE = Formula(
    "correlation of the logit pushes under p",
    lambda g, heads, p: curvature_conflict(g, heads, p)[0, 1],
    {
        "mean not taken out": _curvature(centre=False),
        "probabilities left out": _curvature(weights=lambda p: np.full_like(p, 1 / p.size)),
        "probabilities squared": _curvature(weights=lambda p: p**2 / (p**2).sum()),
        "not normalised": _curvature(unit=False),
        "cosine of the pushes": lambda g, heads, p: logit_conflict(g, heads)[0, 1],
    },
)


def _residuals(logits, target):
    return residual(np.asarray(logits), np.broadcast_to(target, np.shape(logits)))


RESIDUAL_COSINE = Formula(
    "cosine of two residuals of one label",
    lambda logits, target: nonconflict(_residuals(logits, target))[0, 1],
    {
        "label smoothed": lambda logits, target: nonconflict(
            _residuals(logits, target / 2 + 1 / (2 * target.size))
        )[0, 1],
        "two labels": lambda logits, target: nonconflict(
            _residuals(logits, np.stack([target, np.roll(target, 1)]))
        )[0, 1],
        "sign of one residual": lambda logits, target: (
            -nonconflict(_residuals(logits, target))[0, 1]
        ),
    },
)

LOWEST_COSINE = Formula(
    "lowest cosine of two residuals of one label",
    lambda classes: 0.5 if classes > 2 else 1.0,
    {
        "orthogonal residuals": lambda classes: 0.0 if classes > 2 else 1.0,
        "a simplex, −1/(K − 1)": lambda classes: -1 / (classes - 1),
        "two classes like more": lambda classes: 0.5,
    },
)


def _all_logits(head):
    sigma = np.linalg.svd(head, compute_uv=False)
    return sigma[0] / sigma[-1]


HEAD_CONDITION = Formula(
    "condition number κ of a head block on residuals",
    head_condition,
    {
        "on all logits": _all_logits,
        "squared": lambda head: head_condition(head) ** 2,
        "upside down": lambda head: 1 / head_condition(head),
        "greatest singular value alone": lambda head: np.linalg.norm(on_residuals(head), 2),
    },
)

WIDEST_ANGLE = Formula(
    "widest angle after a map of condition κ",
    widest_angle,
    {
        "whole angles for half angles": lambda kappa, theta: np.arctan2(
            kappa * np.sin(theta), np.cos(theta)
        ),
        "condition number squared": lambda kappa, theta: widest_angle(kappa**2, theta),
        "factor 2 missing": lambda kappa, theta: widest_angle(kappa, theta) / 2,
        "angle multiplied by κ": lambda kappa, theta: min(kappa * theta, np.pi),
    },
)

SHARED_RESIDUAL = Formula(
    "modulated gradients of a shared residual",
    lambda heads, r, own, energy: synorth(np.stack(head_gradients(heads, r)), energy, blocks=2),
    {
        "own residuals added (a unimodal loss)": lambda heads, r, own, energy: np.stack(
            head_gradients(heads, r + own)
        ),
        "gradients set to length 1 (unbounded gain)": lambda heads, r, own, energy: np.stack(
            [g / np.linalg.norm(g) for g in head_gradients(heads, r)]
        ),
    },
)


def _own_cosine(features, heads, bias, target):
    """cos(r_i, r_j) of the modalities' own residuals in logit space."""
    return nonconflict(_residuals(to_logits(features, heads) + bias, target))[0, 1]


def _feature_cosine(features, heads, bias, target):
    """cos(g_i, g_j) of the feature gradients, Eq. 6."""
    r = _residuals(to_logits(features, heads).sum(axis=0) + bias, target)
    return nonconflict(np.stack(head_gradients(heads, r)))[0, 1]


def _joint_and_own(features, heads, bias, target):
    """cos(g_j, u_j) of modality j's joint and own gradient in its feature space."""
    own = to_logits(features, heads)
    pair = np.stack([own.sum(axis=0), own[1]]) + bias
    return nonconflict(_residuals(pair, target) @ heads[1].T)[0, 1]


OWN_COSINE = Formula(
    "cosine of the modalities' own residuals",
    _own_cosine,
    {
        "cosine of the feature gradients, Eq. 6": _feature_cosine,
        "joint and own gradient in the features": _joint_and_own,
        "features for logits": lambda features, heads, bias, target: nonconflict(features)[0, 1],
    },
)


def _slope(g):
    return -(g[0] @ g[0] + g[1] @ g[1])


FIRST_ORDER = Formula(
    "slope of the loss along a joint step",
    _slope,
    {
        "with the product of the gradients (shared parameters)": lambda g: (
            -((g[0] + g[1]) @ (g[0] + g[1]))
        ),
        "norms for squared norms": lambda g: -np.linalg.norm(g, axis=1).sum(),
        "half of it": lambda g: _slope(g) / 2,
        "one modality only": lambda g: -(g[0] @ g[0]),
    },
)
