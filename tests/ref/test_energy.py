"""Eqs. 2–3: Cumulative Gradient Energy, its shares, the Fisher trace, Synaptic Intelligence."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rgm_ref.energy import (
    cumulative_energy,
    fisher_trace,
    pair_shares,
    shares,
    step_energy,
    synaptic_intelligence,
)
from tests.samplers import ALL, REGULAR, all_zero, generic, huge, one_zero, tiny

STEPS, WIDTH = 5, 6
FEW_ROUNDINGS = 1e-14  # sums of at most 30 positive terms, each rounded to 1e-16


def run(sampler, rng, modalities, steps=STEPS, width=WIDTH):
    """Gradients of a run, (M, T, d), every step drawn from the same class."""
    return np.stack([sampler(rng, modalities, width) for _ in range(steps)], axis=1)


def assert_never_decreases(energy):
    assert (np.diff(energy, axis=-1) >= 0).all()


def assert_shares(weights):
    assert (weights >= 0).all()
    np.testing.assert_allclose(weights.sum(axis=0), 1, rtol=FEW_ROUNDINGS)


@pytest.mark.parametrize("modalities", [2, 3, 5])
@pytest.mark.parametrize("sampler", ALL)
def test_energy_never_decreases_and_is_finite(sampler, modalities, rng):
    energy = cumulative_energy(run(sampler, rng, modalities, width=modalities + 1), 0.1)
    assert np.isfinite(energy).all()
    assert_never_decreases(energy)
    assert_shares(shares(energy))


@pytest.mark.parametrize("sampler", REGULAR)
def test_energy_is_the_sum_of_all_squares(sampler, rng):
    gradients, rates = run(sampler, rng, 3), rng.uniform(0.1, 2, STEPS)
    energy = cumulative_energy(gradients, rates)
    for k in range(3):
        squares = ((rates[:, None] * gradients[k]) ** 2).ravel()
        assert energy[k, -1] == pytest.approx(math.fsum(squares), rel=FEW_ROUNDINGS)


@given(st.integers(-100, 100), st.integers(0, 2**32 - 1))
def test_energy_scales_with_the_square_of_gradient_and_rate(exponent, seed):
    gradients = run(generic, np.random.default_rng(seed), 2)
    energy = cumulative_energy(gradients, 1.0)
    # powers of two: scaling is exact
    assert (cumulative_energy(gradients * 2.0**exponent, 1.0) == energy * 4.0**exponent).all()
    assert (cumulative_energy(gradients, 2.0**exponent) == energy * 4.0**exponent).all()


@pytest.mark.parametrize(("sampler", "size"), [(tiny, 1e-300), (huge, 1e300)])
def test_energy_keeps_its_digits_at_extreme_scales(sampler, size, rng):
    seed = rng.integers(2**32)
    extreme = step_energy(sampler(np.random.default_rng(seed), 2, 4), 1.0)
    usual = step_energy(generic(np.random.default_rng(seed), 2, 4), 1.0)
    np.testing.assert_allclose(extreme / size, usual, rtol=FEW_ROUNDINGS)


def test_by_hand():
    gradients = np.array([[[3.0, 4.0], [0.0, 2.0]], [[1.0, 0.0], [0.0, 0.0]]])
    energy = cumulative_energy(gradients, np.array([0.5, 1.0]))  # 0.25·25, then + 4
    np.testing.assert_array_equal(energy, [[6.25, 10.25], [0.25, 0.25]])
    np.testing.assert_array_equal(fisher_trace(gradients), [14.5, 0.5])
    moved = -np.array([0.5, 1.0])[:, None] * gradients
    np.testing.assert_array_equal(synaptic_intelligence(gradients, moved), [16.5, 0.5])
    np.testing.assert_array_equal(shares(np.array([3.0, 1.0])), [0.75, 0.25])


def test_no_energy_is_shared_equally(rng):
    idle = cumulative_energy(run(all_zero, rng, 3), 1.0)
    np.testing.assert_array_equal(idle, np.zeros((3, STEPS)))
    np.testing.assert_allclose(shares(idle), 1 / 3)
    np.testing.assert_array_equal(pair_shares(idle), np.full((3, 3, STEPS), 0.5))


def test_a_modality_without_gradient_has_no_share(rng):
    energy = cumulative_energy(run(one_zero, rng, 2), 1.0)
    np.testing.assert_array_equal(shares(energy)[0], np.zeros(STEPS))


@pytest.mark.parametrize("modalities", [2, 3, 5])
def test_pair_shares_are_shares_of_the_pair(modalities, rng):
    energy = rng.uniform(size=(modalities, 4)) * 10.0 ** rng.uniform(-200, 200, (modalities, 1))
    pairs = pair_shares(energy)
    np.testing.assert_allclose(pairs + np.swapaxes(pairs, 0, 1), 1, rtol=FEW_ROUNDINGS)
    np.testing.assert_array_equal(pairs[0, 1], shares(energy[[0, 1]])[0])


def test_fisher_is_energy_of_the_mean_plus_variance(rng):
    samples = run(generic, rng, 2, steps=9) + 1
    covariances = np.array([np.trace(np.cov(g.T, bias=True)) for g in samples])
    means = step_energy(samples.mean(axis=1), 1.0)
    np.testing.assert_allclose(fisher_trace(samples), means + covariances, rtol=1e-13)


def test_energy_is_rate_times_synaptic_intelligence_of_plain_descent(rng):
    gradients = run(generic, rng, 3)
    work = synaptic_intelligence(gradients, -0.3 * gradients)
    energy = cumulative_energy(gradients, 0.3)[:, -1]
    np.testing.assert_allclose(energy, 0.3 * work, rtol=FEW_ROUNDINGS)


def test_leading_dimensions_are_loops(rng):
    gradients, moved = rng.normal(size=(2, 3, 4, STEPS, WIDTH)), rng.normal(size=WIDTH)
    moved = gradients * moved
    together = (
        cumulative_energy(gradients, 0.1),
        fisher_trace(gradients),
        synaptic_intelligence(gradients, moved),
    )
    for at in np.ndindex(3, 4):
        one, path = gradients[:, *at], moved[:, *at]
        alone = cumulative_energy(one, 0.1), fisher_trace(one), synaptic_intelligence(one, path)
        for whole, part in zip(together, alone, strict=True):
            np.testing.assert_allclose(whole[:, *at], part, rtol=FEW_ROUNDINGS)


def test_float32_stays_float32(rng):
    gradients = run(generic, rng, 2).astype(np.float32)
    energy = cumulative_energy(gradients, 0.1)
    for result in (
        step_energy(gradients, 0.1),
        energy,
        shares(energy),
        pair_shares(energy),
        fisher_trace(gradients),
        synaptic_intelligence(gradients, gradients),
    ):
        assert result.dtype == np.float32


@pytest.mark.parametrize(
    ("message", "call"),
    [
        ("rate: got 0", lambda g: step_energy(g, 0)),
        ("rate: got -1", lambda g: cumulative_energy(g, -1)),
        ("rate: got nan", lambda g: step_energy(g, np.nan)),
        (r"rate: got shape \(3,\)", lambda g: cumulative_energy(g, np.ones(3))),
        (r"rate: got shape \(2, 5\)", lambda g: cumulative_energy(g, np.ones((2, 5)))),
        ("gradients: got 1 modality", lambda g: step_energy(g[:1], 1.0)),
        ("gradients: contains NaN", lambda g: step_energy(g * np.inf, 1.0)),
        ("gradients: got shapes", lambda g: step_energy([g[0], g[1, :, :2]], 1.0)),
        (r"gradients: got shape \(2, 6\)", lambda g: cumulative_energy(g[:, 0], 1.0)),
        (r"sample_gradients: got shape \(2, 6\)", lambda g: fisher_trace(g[:, 0])),
        ("displacements: got shape", lambda g: synaptic_intelligence(g, g[:, :2])),
        ("energy: contains -1", lambda g: shares(np.array([-1.0, 1.0]))),
        (r"energy: got shape \(1,\)", lambda g: pair_shares(np.ones(1))),
    ],
)
def test_bad_input_is_named(message, call, rng):
    with pytest.raises(ValueError, match=message):
        call(run(generic, rng, 2))
