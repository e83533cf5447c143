"""Theorem 1 and what became of it: bounds on the energy, against descent itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rgm_ref.bounds import (
    displacement_bound,
    energy_bounds,
    feature_energy_bounds,
    heavy_ball_rate,
    heavy_ball_ratio,
    modulated_energy_bound,
    noisy_energy_bounds,
)
from rgm_ref.energy import cumulative_energy


def slide(rate, steps, momentum=0.0, curvature=1.0, start=1.0):
    """Energy and drop after every step of heavy ball in the bowl ½ curvature θ²."""
    theta, velocity, spent, energies, drops = start, 0.0, 0.0, [], []
    for _ in range(steps):
        spent += (rate * curvature * theta) ** 2
        velocity = momentum * velocity + rate * curvature * theta
        theta -= velocity
        energies.append(spent)
        drops.append(curvature * (start**2 - theta**2) / 2)
    return np.array(energies), np.array(drops)


def assert_between(bounds, value, slack=1e-12):
    """`slack` covers rounding: the bounds are attained in a bowl and on its rim."""
    lower, upper = bounds
    assert lower * (1 - slack) <= value <= upper * (1 + slack)


@given(st.floats(0.01, 1.99), st.floats(0.1, 10), st.integers(1, 20))
def test_the_bowl_attains_the_upper_bound(step, curvature, steps):
    rate = step / curvature
    energies, drops = slide(rate, steps, curvature=curvature)
    bounds = energy_bounds(drops[-1], rate, curvature)
    assert_between(bounds, energies[-1])
    # the drop cancels by at most 1 / (1 − 0.99²) = 50, so 1e-12 is four digits of slack
    assert bounds[1] == pytest.approx(energies[-1], rel=1e-12)


def test_at_one_over_L_the_bound_is_the_papers():
    assert energy_bounds(3.0, 0.5, 2.0)[1] == 2 * 0.5 * 3.0


def test_by_hand():
    assert energy_bounds(1.0, 1.5, 1.0) == (1.5 / 1.75, 6.0)  # 4ηΔL above: claim energy-step-size
    assert noisy_energy_bounds(1.0, 0.5, 1.0, 2.0, 3) == (2.0 / 1.25, 2.0 / 0.75)
    assert modulated_energy_bound(1.0, 0.5, 1.0, alignment=2.0, growth=4.0) == 0.5
    assert feature_energy_bounds(1.0, 0.1, 0.5) == pytest.approx((4.0, 100.0))
    assert heavy_ball_rate(0.9) == pytest.approx(0.19)
    assert heavy_ball_rate(0.9, effective=True) == pytest.approx(0.019 / 1.81)
    assert heavy_ball_ratio(0.9, 0.2) == pytest.approx(0.379 / 0.36)


def test_no_noise_and_no_modulation_leave_theorem_1():
    plain = energy_bounds(2.0, 0.3, 1.5)
    assert noisy_energy_bounds(2.0, 0.3, 1.5, 0.0, 100) == plain
    assert modulated_energy_bound(2.0, 0.3, 1.5, 1.0, 1.0) == pytest.approx(plain[1], rel=1e-15)


def test_noise_adds_energy_with_every_step():
    uppers = [noisy_energy_bounds(0.0, 0.1, 1.0, 1.0, steps)[1] for steps in (10, 20, 30)]
    assert np.diff(uppers) == pytest.approx(uppers[0])


def test_feature_energy_of_a_random_encoder_lies_between(rng):
    jacobian, gradients = rng.normal(size=(3, 5)), rng.normal(size=(10, 3))
    singular = np.linalg.svd(jacobian, compute_uv=False)
    parameter_energy = ((gradients @ jacobian) ** 2).sum()
    bounds = feature_energy_bounds(parameter_energy, singular[-1], singular[0])
    assert_between(bounds, (gradients**2).sum())


def test_displacement_is_bounded_and_a_straight_path_attains_it(rng):
    random = rng.normal(size=(3, 7, 4))
    straight = np.repeat(random[:, :1], 7, axis=1)
    for gradients in (random, straight):
        shift = (np.cumsum(0.1 * gradients, axis=1) ** 2).sum(axis=-1)
        bound = displacement_bound(cumulative_energy(gradients, 0.1))
        assert (shift <= bound * (1 + 1e-14)).all()
    np.testing.assert_allclose(shift, bound, rtol=1e-13)


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
def test_heavy_ball_ratio_is_the_limit_of_a_run(momentum, part):
    step = part * 2 * (1 + momentum)
    energies, drops = slide(step, 2000, momentum)  # contracts by at least 0.95 a step
    assert energies[-1] / (2 * step * drops[-1]) == pytest.approx(
        heavy_ball_ratio(momentum, step), rel=1e-10
    )


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9, 0.99])
def test_heavy_ball_rate_is_where_theorem_1_ends(momentum):
    rate = heavy_ball_rate(momentum)
    assert heavy_ball_ratio(momentum, rate) == pytest.approx(1, rel=1e-12)
    energies, drops = slide(rate, 500, momentum)
    assert (energies <= 2 * rate * drops * (1 + 1e-12)).all()  # at every T, not only in the limit
    energies, drops = slide(1.1 * rate, 5000, momentum)
    assert energies[-1] > 2 * 1.1 * rate * drops[-1]


def test_effective_rate_holds_in_the_limit_only():
    rate = heavy_ball_rate(0.9, effective=True)
    assert heavy_ball_ratio(0.9, rate) / 0.1 == pytest.approx(1, rel=1e-12)
    energies, drops = slide(rate, 1, 0.9)
    assert energies[0] / 0.1 > 5 * 2 * rate * drops[0]


def test_arrays_are_taken_entry_by_entry():
    drops, rates = np.array([1.0, 2.0]), np.array([0.5, 0.25])
    lower, upper = energy_bounds(drops, rates, 1.0)
    for k in range(2):
        assert (lower[k], upper[k]) == energy_bounds(drops[k], rates[k], 1.0)


def test_float32_stays_float32():
    drop = np.float32([1.0, 2.0])
    results = [
        *energy_bounds(drop, 0.5, 1.0),
        *noisy_energy_bounds(drop, 0.5, 1.0, np.float32(1.0), 10),
        modulated_energy_bound(drop, 0.5, 1.0, 1.0, 1.0),
        *feature_energy_bounds(drop, 0.5, 1.0),
        displacement_bound(np.ones((2, 3), np.float32)),
        heavy_ball_rate(np.float32([0.9])),
        heavy_ball_ratio(np.float32([0.9]), np.float32([0.1])),
    ]
    assert {result.dtype for result in results} == {np.dtype(np.float32)}


@pytest.mark.parametrize(
    ("message", "call"),
    [
        ("drop: contains NaN", lambda: energy_bounds(np.nan, 1.0, 1.0)),
        ("rate: got 0", lambda: energy_bounds(1.0, 0, 1.0)),
        ("smoothness: got -1", lambda: energy_bounds(1.0, 1.0, -1)),
        ("rate: got 2.0, expected below", lambda: energy_bounds(1.0, 2.0, 1.0)),
        ("variance: contains -1", lambda: noisy_energy_bounds(1.0, 1.0, 1.0, -1.0, 3)),
        ("steps: got 0", lambda: noisy_energy_bounds(1.0, 1.0, 1.0, 1.0, 0)),
        ("alignment: got 0", lambda: modulated_energy_bound(1.0, 1.0, 1.0, 0, 1.0)),
        ("growth: got 0", lambda: modulated_energy_bound(1.0, 1.0, 1.0, 1.0, 0)),
        ("rate: got 1.0, expected below", lambda: modulated_energy_bound(1.0, 1.0, 1.0, 1.0, 2.0)),
        ("parameter_energy: contains -1", lambda: feature_energy_bounds(-1.0, 1.0, 1.0)),
        ("sigma_min: got 0", lambda: feature_energy_bounds(1.0, 0, 1.0)),
        ("sigma_max: got 1.0, expected at least", lambda: feature_energy_bounds(1.0, 2.0, 1.0)),
        (r"energy: got shape \(3,\)", lambda: displacement_bound(np.ones(3))),
        ("momentum: got 1", lambda: heavy_ball_rate(1.0)),
        ("momentum: contains -0.1", lambda: heavy_ball_ratio(-0.1, 0.1)),
        ("step: got 4.0, expected below", lambda: heavy_ball_ratio(0.9, 4.0)),
    ],
)
def test_bad_input_is_named(message, call):
    with pytest.raises(ValueError, match=message):
        call()
