"""SynOrth (Eqs. 14–15): the gates and the full step, against a transcription in plain loops."""

import math
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from rgm_ref.orthogonal import FORMS
from rgm_ref.synorth import PARTS, SCALES, SLOPES, gate, synorth
from tests import samplers

EPS = np.finfo(float).eps
SUBSETS = [frozenset(on) for size in range(4) for on in combinations(sorted(PARTS), size)]
OPTIONS = [
    {"orth": orth, "slope": slope, "scale": scale, "parts": parts}
    for orth, slope, scale, parts in product(FORMS, SLOPES, SCALES, SUBSETS)
]


def cosine(x, y):
    return float(x @ y / math.sqrt((x @ x) * (y @ y)))


def turn_by_hand(x, y, v, w, orth):
    """O_i of a pair x, y with shares v, w; 'exact' projects on the eigenvectors of K in R^d."""
    if orth == "exact":
        top = np.linalg.eigh(v * np.outer(x, x) - w * np.outer(y, y))[1][:, -1]
        return (x @ top) * top - x
    own, other = (y @ y, x @ x) if orth == "printed" else (x @ x, y @ y)
    return -w * (x @ y) / (v * own + w * other) * y


def readable(options) -> str:
    """The same id in every process: a set prints in another order each time."""
    named = (options[name] for name in ("orth", "slope", "scale"))
    return "-".join([*named, *sorted(options["parts"])])


def step_by_hand(g, energy, blocks, orth, slope, scale, parts):
    """Eq. 15 with one loop per index and one line per symbol; every block must be non-zero."""
    out = []
    for i, x in enumerate(g):
        steps = []
        for j, y in enumerate(g):
            if i == j:
                continue
            w = energy[i] / (energy[i] + energy[j])
            w_bar = 8 * w * (1 - w) - 1
            q = 4 * max(w_bar, 0) if slope == "clamped" else 4 * w_bar
            r = (1 / (2 * w)) ** ((1 + cosine(x, y)) / 2) if "ear" in parts else 1
            base = []
            for u, v in zip(np.array_split(x, blocks), np.array_split(y, blocks), strict=True):
                gamma = expit(q * cosine(u, v)) if "syn" in parts else 0
                alpha = math.sqrt(w * (u @ u + v @ v)) / math.sqrt(u @ u)
                base.append(gamma * alpha * u + (1 - gamma) * u)
            turn = expit(-q * cosine(x, y)) * turn_by_hand(x, y, w, 1 - w, orth)
            turn = turn if "orth" in parts else 0
            base = np.concatenate(base)
            steps.append(r * (base + turn) if scale == "all" else r * base + turn)
        out.append(np.mean(steps, axis=0))
    return np.stack(out)


@pytest.mark.parametrize("options", OPTIONS, ids=readable)
def test_every_option_agrees_with_the_loops(options, rng):
    for modalities, blocks in ((2, 1), (2, 7), (3, 2)):
        g, energy = samplers.generic(rng, modalities, 7), rng.gamma(1, size=modalities)
        expected = step_by_hand(g, energy, blocks, **options)
        # A few dozen operations; gates multiply the rounding of a cosine by at most 4.
        np.testing.assert_allclose(
            synorth(g, energy, blocks, **options), expected, atol=1e3 * EPS * np.abs(expected).max()
        )


@pytest.mark.parametrize("modalities", [2, 3, 5])
def test_parts_all_off_is_the_gradient(modalities, rng):
    g, energy = samplers.generic(rng, modalities, 6), rng.gamma(1, size=modalities)
    plain = synorth(g, energy, 2, parts=())
    # One partner: bit for bit. The mean of M − 1 equal numbers rounds at most M times.
    np.testing.assert_allclose(plain, g, rtol=0 if modalities == 2 else modalities * EPS, atol=0)


def test_hand_computed_for_orthogonal_gradients():
    """g_i = (2, 0), g_j = (0, 1), shares ½: every gate ½, P_i = √(5/2) (1, 0), O = 0, r = 1."""
    step = synorth(np.array([[2.0, 0], [0, 1]]), np.ones(2))
    root = math.sqrt(5 / 2)
    np.testing.assert_allclose(step, [[(root + 2) / 2, 0], [0, (root + 1) / 2]], rtol=1e-15)


def test_hand_computed_for_opposed_gradients():
    """Opposed unit vectors, shares ½: O_i = −½ g_i, 1 − γ = σ(4), P = g, r = 1."""
    step = synorth(np.array([[1.0, 0], [-1, 0]]), np.ones(2))
    np.testing.assert_allclose(step, [[1 - expit(4) / 2, 0], [expit(4) / 2 - 1, 0]], rtol=1e-14)


def test_gates_flip_beyond_share_0854_unless_clamped():
    w_bar = np.array([0.5, 0.0, -0.6])
    aligned, opposed = gate(np.ones(3), w_bar), gate(-np.ones(3), w_bar)
    assert aligned[0] > opposed[0]
    assert aligned[1] == opposed[1] == 0.5
    assert aligned[2] < opposed[2]
    assert (gate(np.ones(3), w_bar, "clamped") >= gate(-np.ones(3), w_bar, "clamped")).all()


@given(st.floats(-1, 1), st.floats(-1, 1))
def test_gate_is_the_logistic_function_and_symmetric(c, w_bar):
    value, mirrored = gate(np.array(c), np.array(w_bar)), gate(np.array(-c), np.array(w_bar))
    assert abs(value - expit(4 * w_bar * c)) <= 4 * EPS
    assert abs(value + mirrored - 1) <= 2 * EPS
