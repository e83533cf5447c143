"""GradNorm: targets, the slope in the weights, the step."""

import numpy as np
import pytest

from rgm_ref.baselines import gradnorm
from rgm_ref.oracles import finite_difference

NORMS, ONES = np.array([1.0, 2, 4]), np.ones(3)


def test_step_by_hand():
    targets = gradnorm.targets(ONES, NORMS, ONES, ONES)
    np.testing.assert_allclose(targets, 7 / 3, rtol=1e-14)
    slope = gradnorm.weight_gradient(ONES, NORMS, targets)
    np.testing.assert_array_equal(slope, [-1, -2, 4])
    raw = ONES - 0.025 * slope
    np.testing.assert_allclose(raw, [1.025, 1.05, 0.90], rtol=1e-14)
    stepped = gradnorm.step(ONES, slope, 0.025)
    np.testing.assert_allclose(stepped, [1.0336, 1.0588, 0.9076], atol=5e-5)


def test_targets_by_hand():
    losses = np.array([0.5, 0.9, 1.0])
    np.testing.assert_allclose(
        gradnorm.targets(ONES, NORMS, losses, ONES), [1.153, 2.784, 3.261], atol=5e-4
    )
    first = np.array([2.0, 3, 5])
    np.testing.assert_allclose(
        gradnorm.targets(ONES, NORMS, first * losses, first), [1.153, 2.784, 3.261], atol=5e-4
    )


def test_the_slope_holds_the_target_constant(rng):
    weights, losses = np.array([2.0, 0.6, 0.3]), rng.uniform(0.5, 2, 3)
    targets = gradnorm.targets(weights, NORMS, losses, ONES)

    def loss(w):
        return np.abs(w * NORMS - targets).sum()

    slope = gradnorm.weight_gradient(weights, NORMS, targets)
    np.testing.assert_allclose(slope, finite_difference(loss, weights), atol=1e-8)

    def through_the_target(w):  # named wrong twin
        return np.abs(w * NORMS - gradnorm.targets(w, NORMS, losses, ONES)).sum()

    assert np.abs(slope - finite_difference(through_the_target, weights)).max() > 0.1


def test_the_sign_is_of_the_weighted_length():
    targets = np.array([0.5, 1, 2])
    np.testing.assert_array_equal(gradnorm.weight_gradient(ONES, NORMS, targets), NORMS)
    np.testing.assert_array_equal(gradnorm.weight_gradient(ONES, NORMS, NORMS), 0)


def test_the_weights_always_add_up(rng):
    weights = np.ones(4)
    for _ in range(100):
        weights = gradnorm.step(weights, 10 * rng.normal(size=4), 0.1)
        assert weights.sum() == pytest.approx(4, rel=1e-13)
        assert (weights > 0).all()


def test_rate_zero_is_the_uniform_multi_loss_baseline():
    np.testing.assert_array_equal(gradnorm.step(ONES, np.array([5.0, -3, 2]), 0.0), 1)


def test_alpha_zero_drifts_to_equal_gradients():
    """w_i ∝ 1/n_i, up to a chatter of the order of η_w."""
    weights = ONES
    for _ in range(2000):
        targets = gradnorm.targets(weights, NORMS, ONES, ONES, alpha=0.0)
        slope = gradnorm.weight_gradient(weights, NORMS, targets)
        weights = gradnorm.step(weights, slope, 1e-3)
    np.testing.assert_allclose(weights * NORMS, (weights * NORMS).mean(), rtol=0.02)


def test_a_loss_ten_times_as_large_loses_weight():
    weights = ONES
    for _ in range(5):  # its gradient is ten times as long, its loss ratio the same
        targets = gradnorm.targets(weights, np.array([10.0, 1, 1]), ONES, ONES)
        slope = gradnorm.weight_gradient(weights, np.array([10.0, 1, 1]), targets)
        weights = gradnorm.step(weights, slope, 0.01)
    assert weights[0] < 0.7


def test_slow_tasks_get_longer_targets():
    targets = gradnorm.targets(ONES, ONES, np.array([0.2, 0.5, 1.0]), ONES)
    assert (np.diff(targets) > 0).all()


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("weights", lambda: gradnorm.targets(np.zeros(3), NORMS, ONES, ONES)),
        ("norms", lambda: gradnorm.targets(ONES, -NORMS, ONES, ONES)),
        ("first_losses", lambda: gradnorm.targets(ONES, NORMS, ONES, 0 * ONES)),
        ("floor", lambda: gradnorm.step(ONES, NORMS, 0.1, 0.0)),
    ],
)
def test_bad_input_is_named(name, call):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
