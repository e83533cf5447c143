"""MMPareto: the mix, its length, and what per-tensor lengths cost."""

import numpy as np
import pytest

from rgm_ref.baselines.mmpareto import mmpareto, weights

JOINT, OWN = np.array([1.0, 0]), np.array([-1.0, 1])
LONG, SHORT = np.array([3.0, 0, -1]), np.array([-1, 0.5, 0.2])


def test_conflict_by_hand():
    np.testing.assert_allclose(weights(JOINT, OWN), [0.6, 0.4], rtol=1e-13)
    step = mmpareto(JOINT, OWN, 1.5)
    np.testing.assert_allclose(step, [0.671, 1.342], atol=5e-4)
    assert np.linalg.norm(step) == pytest.approx(1.5, rel=1e-13)
    np.testing.assert_allclose(step @ np.stack([JOINT, OWN]).T, [0.671, 0.671], atol=5e-4)


def test_lengths_per_tensor_by_hand():
    alpha = weights(LONG, SHORT)
    assert alpha[0] == pytest.approx(0.2538, abs=5e-5)
    h = 2 * alpha @ np.stack([LONG, SHORT])
    ratios = np.abs(LONG + SHORT) / np.abs(h)
    np.testing.assert_allclose(ratios, [65.5, 0.67, 3.82], rtol=2e-3)
    expected = np.maximum(1, ratios) * h
    np.testing.assert_allclose(mmpareto(LONG, SHORT, 1.0, [1, 1, 1]), expected, rtol=1e-12)
    unguarded = ratios * h  # twin: without the max the second tensor shrinks
    assert abs(unguarded[1] - expected[1]) > 0.1
    whole = mmpareto(LONG, SHORT, 1.0)
    assert np.linalg.norm(whole) / np.linalg.norm(h) == pytest.approx(2.85, rel=2e-3)


def test_the_closed_form_under_conflict(rng):
    for _ in range(50):
        a = rng.normal(size=5)
        b = rng.normal(size=5) - 3 * a
        inner = a @ b
        share = (b @ b - inner) / (a @ a + b @ b - 2 * inner)
        np.testing.assert_allclose(weights(a, b), [share, 1 - share], rtol=1e-9)


@pytest.mark.parametrize("sizes", [None, [2, 4]])
def test_without_conflict_the_sum_times_gamma(sizes, rng):
    a, b = rng.uniform(0.1, 1, (2, 6))
    np.testing.assert_array_equal(weights(a, b), [0.5, 0.5])
    np.testing.assert_allclose(mmpareto(a, b, 1.5, sizes), 1.5 * (a + b), rtol=1e-13)
    np.testing.assert_array_equal(mmpareto(a, b, 1.0, sizes), a + b)


def test_with_one_kappa_no_loss_rises_and_the_step_is_as_long_as_the_sum(rng):
    for _ in range(50):
        a = rng.normal(size=5)
        b = rng.normal(size=5) - 2 * a
        step = mmpareto(a, b, 1.5)
        assert step @ a == pytest.approx(step @ b, rel=1e-7)
        assert step @ a > 0
        assert np.linalg.norm(step) == pytest.approx(1.5 * np.linalg.norm(a + b), rel=1e-9)


def test_per_tensor_lengths_can_break_the_common_descent():
    """Why the promise is for one κ alone: the published per-tensor rescaling turns the step."""
    step = mmpareto(LONG, SHORT, 1.0, [1, 1, 1])
    assert (step @ LONG) * (step @ SHORT) < 0


def test_conflict_really_changes_the_gradient():
    step, plain = mmpareto(JOINT, OWN, 1.0), JOINT + OWN
    assert np.abs(step - plain).max() > 0.4  # a cosine fixed at 1 (a public fault) would give 0


@pytest.mark.parametrize("scale", [1e-150, 1e150])
def test_scales(scale):
    np.testing.assert_allclose(
        mmpareto(JOINT * scale, OWN * scale), mmpareto(JOINT, OWN) * scale, rtol=1e-12
    )


def test_degenerate_pairs():
    zero = np.zeros(2)
    np.testing.assert_array_equal(mmpareto(JOINT, zero), 1.5 * JOINT)  # nothing to fight with
    np.testing.assert_array_equal(mmpareto(zero, zero), zero)
    np.testing.assert_allclose(mmpareto(JOINT, JOINT), 3 * JOINT, rtol=1e-14)
    np.testing.assert_allclose(mmpareto(JOINT, -3 * JOINT), zero, atol=1e-14)  # exactly opposite
    np.testing.assert_allclose(weights(JOINT, np.array([0, 2.0])), [0.8, 0.2], rtol=1e-13)  # cos 0


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("sizes", lambda: mmpareto(JOINT, OWN, sizes=[1, 2])),
        ("sizes", lambda: mmpareto(JOINT, OWN, sizes=[0, 2])),
        ("unimodal", lambda: mmpareto(JOINT, np.ones(3))),
        ("joint", lambda: weights(np.array([np.nan, 0]), OWN)),
    ],
)
def test_bad_input_is_named(name, call):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
