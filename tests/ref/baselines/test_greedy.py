"""Greedy: conditional learning speed and the branch to care for."""

import numpy as np
import pytest

from rgm_ref.baselines import greedy


def test_speeds_by_hand():
    speeds = greedy.learning_speed(np.array([0.02, 0.05]), np.array([0.1, 0.1]))
    assert speeds[0] - speeds[1] == pytest.approx(-0.398, abs=5e-4)
    assert greedy.cared_for(speeds, 0.01) == 1
    assert greedy.cared_for(speeds, np.inf) is None


def test_a_gap_of_the_threshold_is_not_enough():
    assert greedy.cared_for(np.array([0.0, 0.25]), 0.25) is None
    assert greedy.cared_for(np.array([0.0, 0.1, 0.3]), 0.25) == 2


def test_the_log_is_to_the_base_ten():
    speeds = greedy.learning_speed(np.array([10.0, 1]), np.array([1.0, 10]))
    np.testing.assert_allclose(speeds, [1, -1], atol=1e-15)


def test_effective_update_is_of_the_group_as_one_vector(rng):
    g, theta = rng.normal(size=(2, 7))
    value = greedy.effective_update(g, theta)
    assert value == pytest.approx((np.linalg.norm(g) / np.linalg.norm(theta)) ** 2, rel=1e-13)
    tensors = (np.linalg.norm(g[:3]) / np.linalg.norm(theta[:3])) ** 2 + (
        np.linalg.norm(g[3:]) / np.linalg.norm(theta[3:])
    ) ** 2  # named wrong twin: divide tensor by tensor, then add
    assert abs(tensors - value) > 0.1


def test_utilisation():
    assert greedy.utilisation(0.8, 0.6) == pytest.approx(0.25)
    assert greedy.utilisation(0.8, 0.8) == 0


def test_running_gate_is_the_mean_over_all_forward_passes(rng):
    gates, mean = rng.uniform(size=(5, 3, 2)), np.zeros(2)
    for count, gate in enumerate(gates):
        mean = greedy.running_gate(mean, gate, count)
    np.testing.assert_allclose(mean, gates.mean(axis=(0, 1)), rtol=1e-13)


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("parameters", lambda: greedy.effective_update(np.ones(2), np.zeros(2))),
        ("bypass", lambda: greedy.learning_speed(np.zeros(2), np.ones(2))),
        ("accuracy", lambda: greedy.utilisation(0.0, 0.0)),
        ("count", lambda: greedy.running_gate(np.ones(2), np.ones((1, 2)), -1)),
        ("speeds", lambda: greedy.cared_for(np.ones(1))),
    ],
)
def test_bad_input_is_named(name, call):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
