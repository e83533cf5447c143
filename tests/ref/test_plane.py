"""Eqs. 5–6: the coordinates of the plane."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rgm_ref.plane import ZERO_SHARES, balance, coordinates, nonconflict
from tests.samplers import (
    ALL,
    REGULAR,
    SCALED,
    aligned,
    all_zero,
    collinear,
    conflicting,
    generic,
    one_zero,
    opposed,
    orthogonal,
)

FEW_ROUNDINGS = 1e-14
MODALITIES = [2, 3, 5]


def assert_symmetric(matrix):
    np.testing.assert_array_equal(matrix, np.swapaxes(matrix, 0, 1))


def assert_within_unit_interval(matrix):
    assert (np.abs(matrix) <= 1).all()


@pytest.mark.parametrize("modalities", MODALITIES)
@pytest.mark.parametrize("sampler", ALL)
def test_cosines_are_symmetric_bounded_and_finite(sampler, modalities, rng):
    c = nonconflict(sampler(rng, modalities, modalities + 2))
    assert_symmetric(c)
    assert_within_unit_interval(c)


@pytest.mark.parametrize("modalities", MODALITIES)
@pytest.mark.parametrize("sampler", REGULAR + SCALED)
def test_cosines_match_numpy_in_extended_range(sampler, modalities, rng):
    g = sampler(rng, modalities, modalities + 1)
    wide = g.astype(np.longdouble) / np.abs(g).max(axis=1, keepdims=True)
    unit = wide / np.sqrt((wide**2).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(nonconflict(g), (unit @ unit.T).astype(float), atol=FEW_ROUNDINGS)


@pytest.mark.parametrize(
    ("sampler", "first_row"), [(collinear, 1), (opposed, -1), (orthogonal, 0), (all_zero, 0)]
)
def test_cosine_at_the_special_positions(sampler, first_row, rng):
    c = nonconflict(sampler(rng, 3, 4))
    np.testing.assert_allclose(c[0, 1:], first_row, atol=FEW_ROUNDINGS)


def test_cosine_with_a_zero_gradient_is_zero_even_with_itself(rng):
    c = nonconflict(one_zero(rng, 3, 4))
    assert (c[0] == 0).all()
    assert c[1, 1] == pytest.approx(1, abs=FEW_ROUNDINGS)


def test_signs_of_aligned_and_conflicting_pairs(rng):
    assert (nonconflict(aligned(rng, 3, 4)) > 0).all()
    assert (nonconflict(conflicting(rng, 3, 4))[0, 1:] < 0).all()


@given(st.floats(1e-150, 1e150), st.floats(1e-150, 1e150), st.integers(0, 2**32 - 1))
def test_cosine_ignores_positive_scaling(t, u, seed):
    g = generic(np.random.default_rng(seed), 2, 4)
    scaled = g * [[t], [u]]
    assert nonconflict(scaled)[0, 1] == pytest.approx(nonconflict(g)[0, 1], abs=FEW_ROUNDINGS)


@given(st.floats(1e-150, 1e150), st.floats(1e-150, 1e150))
def test_balance_is_the_product_form_bounded_and_scale_free(E_i, E_j):
    w_bar = balance(np.array([E_i, E_j]))[0, 1]
    w = 1 / (1 + E_j / E_i)
    assert w_bar == pytest.approx(8 * w * (1 - w) - 1, abs=FEW_ROUNDINGS)
    assert -1 <= w_bar <= 1
    assert balance(np.array([8 * E_i, 8 * E_j]))[0, 1] == w_bar


@pytest.mark.parametrize("modalities", MODALITIES)
def test_balance_is_symmetric_and_one_at_equality(modalities, rng):
    w_bar = balance(rng.uniform(0, 1, modalities))
    assert_symmetric(w_bar)
    assert_within_unit_interval(w_bar)
    assert (balance(np.full(modalities, 3.0)) == 1).all()
    assert (balance(np.zeros(modalities)) == 1).all()


@pytest.mark.parametrize(
    ("energy", "w_bar"), [((3, 1), 0.5), ((9, 1), -0.28), ((0, 1), -1), ((1, 1), 1)]
)
def test_balance_by_hand(energy, w_bar):
    assert balance(np.array(energy, float))[0, 1] == pytest.approx(w_bar, abs=FEW_ROUNDINGS)


def test_balance_changes_sign_at_its_zeros():
    for w in ZERO_SHARES:
        assert balance(np.array([w, 1 - w]))[0, 1] == pytest.approx(0, abs=FEW_ROUNDINGS)
    assert pytest.approx((0.146447, 0.853553), abs=1e-6) == ZERO_SHARES


def test_coordinates_are_both_of_one_pair(rng):
    energy, g = np.array([3.0, 1.0]), np.array([[1.0, 0.0], [1.0, 1.0]])
    assert coordinates(energy, g) == pytest.approx((0.5, np.sqrt(0.5)), abs=FEW_ROUNDINGS)
    w_bar, c = coordinates(energy, np.stack([g, -g], axis=1))
    assert (w_bar.tolist(), c.shape) == ([0.5, 0.5], (2,))


def test_batches_equal_the_loop_over_samples(rng):
    g, energy = rng.normal(size=(3, 5, 4)), rng.uniform(size=(3, 5))
    for n in range(5):
        np.testing.assert_array_equal(balance(energy)[..., n], balance(energy[:, n]))
        np.testing.assert_allclose(nonconflict(g)[..., n], nonconflict(g[:, n]), atol=FEW_ROUNDINGS)


def test_float32_stays_float32(rng):
    g, energy = rng.normal(size=(2, 4)).astype(np.float32), np.ones(2, np.float32)
    assert {balance(energy).dtype, nonconflict(g).dtype} == {np.dtype(np.float32)}


@pytest.mark.parametrize(
    ("argument", "call"),
    [
        ("energy", lambda: balance(np.ones(1))),
        ("energy", lambda: balance(np.array([1.0, -1.0]))),
        ("gradients", lambda: nonconflict(np.ones((1, 3)))),
        ("gradients", lambda: nonconflict([np.ones(3), np.ones(2)])),
        ("gradients", lambda: nonconflict(np.full((2, 3), np.inf))),
        ("energy", lambda: coordinates(np.ones(3), np.ones((2, 3)))),
        ("gradients", lambda: coordinates(np.ones(2), np.ones((3, 3)))),
    ],
)
def test_bad_input_is_named(argument, call):
    with pytest.raises(ValueError, match=f"^{argument}: "):
        call()
