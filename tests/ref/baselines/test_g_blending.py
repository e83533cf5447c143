"""G-Blending: weights by generalisation per squared overfitting."""

import numpy as np
import pytest
from scipy.optimize import minimize

from rgm_ref.baselines import g_blending

TRAIN = np.array([[2.0, 2.0], [1.0, 0.5]])
HOLDOUT = np.array([[2.1, 2.1], [1.5, 1.6]])


def test_two_heads_by_hand():
    over, gain = g_blending.changes(TRAIN, HOLDOUT)
    np.testing.assert_allclose(over, [0.4, 1.0], rtol=1e-13)
    np.testing.assert_allclose(gain, [0.6, 0.5], rtol=1e-13)
    np.testing.assert_allclose(gain / over**2, [3.75, 0.5], rtol=1e-12)
    np.testing.assert_allclose(g_blending.weights(over, gain), [0.8824, 0.1176], atol=5e-5)
    np.testing.assert_allclose(g_blending.ratio(over, gain), [2 / 3, 2], rtol=1e-12)


@pytest.mark.parametrize("heads", [3, 4])
def test_equal_heads_share_evenly(heads):
    weights = g_blending.weights(np.full(heads, 0.3), np.full(heads, 0.2))
    np.testing.assert_allclose(weights, 1 / heads, rtol=1e-14)


def test_the_weights_have_the_least_expected_overfitting(rng):
    """Among blends of one generalisation, Σ w ΔG = const, w ∝ ΔG/ΔO² has the least Σ w² ΔO²."""
    over, gain = rng.uniform(0.2, 2, (2, 3))
    found = minimize(
        lambda w: (w**2 * over**2).sum(),
        np.ones(3),
        method="SLSQP",
        constraints={"type": "eq", "fun": lambda w: w @ gain - 1},
        options={"ftol": 1e-15},
    )
    np.testing.assert_allclose(g_blending.weights(over, gain), found.x / found.x.sum(), atol=1e-6)


def test_the_square_matters():
    """Named wrong twin: ΔG/ΔO."""
    over, gain = np.array([0.4, 1.0]), np.array([0.6, 0.5])
    twin = gain / over / (gain / over).sum()
    assert np.abs(twin - g_blending.weights(over, gain)).max() > 0.1


def test_a_head_that_got_worse_is_almost_off():
    over, gain = np.array([0.4, 0.4]), np.array([0.5, -0.5])
    assert g_blending.weights(over, gain)[1] < 1e-3  # |ΔG|, a benchmark's, would give it a half


def test_no_overfitting_at_all_is_finite():
    weights = g_blending.weights(np.zeros(2), np.array([0.2, 0.1]))
    np.testing.assert_allclose(weights, [2 / 3, 1 / 3], rtol=1e-13)
    assert g_blending.ratio(np.array([0.4]), np.zeros(1))[0] == np.inf


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("holdout", lambda: g_blending.changes(TRAIN, HOLDOUT[:1])),
        ("train", lambda: g_blending.changes(TRAIN * np.nan, HOLDOUT)),
        ("least_overfitting", lambda: g_blending.weights(np.zeros(2), np.ones(2), 0.0)),
    ],
)
def test_bad_input_is_named(name, call):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
