"""A linear head: residuals, the gradients behind it, and the bounds that its blocks set."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import eigh
from scipy.special import softmax as scipy_softmax

from rgm_ref.gauge import haar_rotation
from rgm_ref.head import (
    energy_ratio_bounds,
    head_condition,
    head_gradients,
    on_residuals,
    residual,
    softmax,
    to_logits,
    widest_angle,
)
from rgm_ref.oracles import finite_difference
from rgm_ref.plane import nonconflict

FEW_ROUNDINGS = 1e-14


def residuals(rng, classes, scale=3.0):
    """Residuals of two predictions of the label 0."""
    return residual(rng.normal(size=(2, classes)) * scale, np.eye(classes)[[0, 0]])


@pytest.mark.parametrize("modalities", [2, 3, 5])
def test_head_gradients_are_the_gradients_of_the_loss(modalities, rng):
    features = [rng.normal(size=2 + k) for k in range(modalities)]
    heads, target = [rng.normal(size=(z.size, 4)) for z in features], np.eye(4)[1]
    g = head_gradients(heads, residual(to_logits(features, heads).sum(axis=0), target))
    for k in range(modalities):

        def loss(z, k=k):
            logits = to_logits([*features[:k], z, *features[k + 1 :]], heads).sum(axis=0)
            return -np.log(softmax(logits)[1])

        # central differences with step 1e-5: 1e-10 truncated, 1e-11 rounded
        np.testing.assert_allclose(g[k], finite_difference(loss, features[k]), atol=1e-8)


def test_softmax_matches_scipy_and_does_not_overflow(rng):
    logits = rng.normal(size=(20, 5)) * 100
    np.testing.assert_allclose(softmax(logits), scipy_softmax(logits, axis=-1), rtol=1e-12)
    assert softmax(np.array([1e300, -1e300])).tolist() == [1.0, 0.0]


@given(st.integers(2, 8), st.integers(0, 2**32 - 1))
def test_residuals_of_one_label_agree(classes, seed):
    r = residuals(np.random.default_rng(seed), classes)
    np.testing.assert_allclose(r.sum(axis=-1), 0, atol=FEW_ROUNDINGS)
    c = nonconflict(r)[0, 1]
    assert c >= 0.5 - 1e-9  # the residual of a sure prediction is formed to eps / ‖r‖
    assert classes > 2 or c == pytest.approx(1, abs=1e-9)


def test_energy_ratio_bounds_match_scipy(rng):
    for d_i, d_j, classes in [(4, 6, 4), (2, 5, 4), (7, 3, 3)]:
        head_i, head_j = rng.normal(size=(d_i, classes)), rng.normal(size=(d_j, classes))
        A, B = on_residuals(head_i), on_residuals(head_j)
        values = eigh(A.T @ A, B.T @ B, eigvals_only=True)
        # squaring the blocks, as SciPy needs it, costs half of the digits at worst
        expected, scale = (values[0], values[-1]), values[-1]
        assert energy_ratio_bounds(head_i, head_j) == pytest.approx(expected, abs=1e-8 * scale)


def test_energy_ratios_stay_within_their_bounds(rng):
    head_i, head_j = rng.normal(size=(2, 5, 4))
    low, high = energy_ratio_bounds(head_i, head_j)
    for _ in range(100):
        g_i, g_j = head_gradients([head_i, head_j], residuals(rng, 4)[0])
        assert low * (1 - 1e-12) <= (g_i @ g_i) / (g_j @ g_j) <= high * (1 + 1e-12)


@pytest.mark.parametrize("kappa", [1.0, 1.7, 30.0])
def test_head_condition_finds_the_condition_it_was_built_with(kappa, rng):
    zero_sums = on_residuals(np.eye(4)).T
    stretch = np.diag([kappa, 1.0, (1 + kappa) / 2])
    head = haar_rotation(3, rng) @ stretch @ haar_rotation(3, rng) @ zero_sums
    on_all_logits_too = head + rng.normal(size=(3, 1))  # no residual sees a constant
    assert head_condition(on_all_logits_too) == pytest.approx(kappa, rel=1e-12)


def test_head_condition_is_infinite_where_a_residual_vanishes(rng):
    assert head_condition(rng.normal(size=(2, 5))) == np.inf
    assert head_condition(np.zeros((5, 3))) == np.inf


def test_gradients_turn_no_further_than_the_widest_angle(rng):
    for _ in range(100):
        head, r = rng.normal(size=(3, 4)), residuals(rng, 4)
        before, after = (np.arccos(nonconflict(x)[0, 1]) for x in (r, r @ head.T))
        # arccos near 1 turns a rounding of 1e-16 into 1e-8
        assert after <= widest_angle(head_condition(head), max(before, 1e-7)) + 1e-7


def test_widest_angle_by_hand():
    assert widest_angle(np.sqrt(3)) == pytest.approx(np.pi / 2)
    assert widest_angle(3.0) == pytest.approx(2 * np.pi / 3)
    assert widest_angle(1.0, 0.3) == pytest.approx(0.3)
    assert widest_angle(np.inf) == pytest.approx(np.pi)


def test_float32_stays_float32(rng):
    heads, z = (rng.normal(size=shape).astype(np.float32) for shape in ((2, 4, 3), (2, 4)))
    r = residual(to_logits(z, heads).sum(axis=0), np.eye(3, dtype=np.float32)[0])
    results = (r, on_residuals(heads[0]), *head_gradients(heads, r))
    assert {result.dtype for result in results} == {np.dtype(np.float32)}


@pytest.mark.parametrize(
    ("argument", "call"),
    [
        ("heads", lambda W: to_logits([np.ones(2)], [W])),
        ("heads", lambda W: to_logits([np.ones(3)], [W, W])),
        ("heads", lambda W: head_gradients([W], np.ones(4))),
        ("vectors", lambda W: to_logits([np.full(3, np.nan)], [W])),
        ("logits", lambda W: softmax(np.array([np.inf, 0.0]))),
        ("target", lambda W: residual(np.zeros(3), np.ones(3))),
        ("target", lambda W: residual(np.zeros(3), np.array([1.0, 0.0]))),
        ("head", lambda W: head_condition(W[:, :1])),
        ("head_j", lambda W: energy_ratio_bounds(np.eye(3), W)),
        ("condition", lambda W: widest_angle(0.0)),
        ("angle", lambda W: widest_angle(2.0, np.pi)),
    ],
)
def test_bad_input_is_named(argument, call):
    with pytest.raises(ValueError, match=f"^{argument}: "):
        call(np.ones((3, 3)))  # maps every residual to 0
