"""EAR: what Eq. 7 and Eq. 8 promise of every input, and where constant energies settle."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from rgm_ref.rebalance import pair_ratio, ratio, settled_exponent, temper, trajectory

MODALITIES = (2, 3, 5)
ENERGIES = st.lists(st.floats(1e-6, 1e6), min_size=2, max_size=6).map(np.array)
EPS = np.finfo(float).eps


def spread(rng, modalities):
    """Positive energies over eight decades."""
    return 10 ** rng.uniform(-4, 4, modalities)


def assert_levels(r, energy):
    """r_i E_i is the mean energy; the sum and two products round."""
    assert_allclose(r * energy, np.full_like(r, energy.mean()), rtol=8 * EPS)


def assert_harmonic_mean_one(r):
    """1/r_i is M times a share, so the sum is M up to M roundings."""
    assert_allclose((1 / r).mean(), 1, rtol=len(r) * 4 * EPS)


def assert_between(value, ends):
    """value lies between 1 and the other end; powers round by a few eps."""
    assert (value >= np.minimum(1, ends) * (1 - 4 * EPS)).all()
    assert (value <= np.maximum(1, ends) * (1 + 4 * EPS)).all()


@given(ENERGIES)
def test_ratio_levels_the_energies_and_is_bounded_below(energy):
    r = ratio(energy)
    assert_levels(r, energy)
    assert_harmonic_mean_one(r)
    assert (r >= (1 - 4 * EPS) / len(r)).all()
    assert r.sum() >= len(r) * (1 - 4 * EPS)


@pytest.mark.parametrize("modalities", MODALITIES)
def test_ratio_orders_modalities_against_their_energy(rng, modalities):
    energy = spread(rng, modalities)
    assert_array_equal(np.argsort(ratio(energy)), np.argsort(-energy))


def test_ratio_by_hand():
    assert_array_equal(ratio([1, 3]), [2, 2 / 3])
    assert_array_equal(ratio([1, 2, 3]), [2, 1, 2 / 3])
    assert_array_equal(ratio([4, 4]), [1, 1])


def test_zero_energies_have_the_documented_value():
    assert_array_equal(ratio([0, 0]), [1, 1])
    assert_array_equal(ratio([0, 1]), [1, 0.5])
    assert_array_equal(ratio([0, 1, 1]), [1, 2 / 3, 2 / 3])


@pytest.mark.parametrize("scale", [1e-300, 1e-150, 1e150, 1e307])
def test_ratio_ignores_the_unit_of_energy(rng, scale):
    energy = rng.uniform(1, 9, 4)
    assert_allclose(ratio(energy * scale), ratio(energy), rtol=8 * EPS)


def test_ratio_is_finite_where_the_formula_is():
    assert_allclose(ratio([1e-150, 1e150]), [5e299, 0.5], rtol=4 * EPS)
    with pytest.warns(RuntimeWarning, match="overflow"):
        assert ratio([1e-200, 1e200])[0] == np.inf


@pytest.mark.parametrize("modalities", MODALITIES)
def test_pair_ratio_is_eq_7_of_each_pair(rng, modalities):
    energy = spread(rng, modalities)
    pairs = pair_ratio(energy)
    assert_array_equal(np.diag(pairs), np.ones(modalities))
    for i in range(modalities):
        for j in range(modalities):
            assert pairs[i, j] == ratio(energy[[i, j]])[0]
    assert_allclose(1 / pairs + 1 / pairs.T, np.full_like(pairs, 2), rtol=8 * EPS)


@pytest.mark.parametrize("function", [ratio, pair_ratio])
def test_leading_dimensions_equal_the_loop(rng, function):
    energy = rng.uniform(1, 2, (3, 4, 5))
    loop = [[function(energy[:, a, b]) for b in range(5)] for a in range(4)]
    assert_array_equal(np.moveaxis(function(energy), (-2, -1), (0, 1)), loop)


@given(st.floats(1e-6, 1e6), st.floats(-1, 1), st.floats(-1, 1))
def test_temper_lies_between_and_moves_with_the_conflict(r, c, other):
    low, high = sorted((c, other))
    assert_between(temper([r], [c]), np.array([r]))
    step = temper([r], [high]) / temper([r], [low])
    assert_between(step, np.array([r]))


def test_temper_by_hand():
    assert_allclose(temper([9] * 3, [1, 0, -1]), [9, 3, 1], rtol=2 * EPS)
    assert_allclose(temper([1 / 4] * 2, [1, 0]), [1 / 4, 1 / 2], rtol=2 * EPS)


@pytest.mark.parametrize("conflict", [0.5, np.float32(0.5), np.array(0.5)])
def test_float32_stays_float32(conflict):
    energy = np.array([1, 3], np.float32)
    assert ratio(energy).dtype == pair_ratio(energy).dtype == np.float32
    assert temper(ratio(energy), conflict).dtype == np.float32
    assert trajectory(energy, conflict, 3)[1].dtype == np.float32


def test_trajectory_by_hand():
    cge, applied = trajectory([1, 3], 1, 2, "raw")
    assert_array_equal(cge, [[1, 3], [2, 6]])
    assert_allclose(applied, [[4, 4 / 3]] * 2, rtol=4 * EPS)  # r = (2, 2/3), squared, times e
    cge, _ = trajectory([1, 3], 1, 2, "applied")
    assert_allclose(cge[1], [5, 3 + 4 / 3], rtol=4 * EPS)


@pytest.mark.parametrize("modalities", MODALITIES)
@pytest.mark.parametrize("conflict", [-1, 0, 0.5, 1])
def test_raw_energies_settle_at_once(rng, modalities, conflict):
    raw = spread(rng, modalities)
    cge, applied = trajectory(raw, conflict, 20, "raw")
    assert_allclose(cge[-1] / cge[-1].sum(), raw / raw.sum(), rtol=1e-13)  # 20 additions
    law = raw ** settled_exponent(conflict, "raw")
    assert_allclose(applied[-1] / applied[-1].sum(), law / law.sum(), rtol=1e-12)


@pytest.mark.parametrize("conflict", [-1, 0, 1])
def test_applied_energies_settle_at_the_power(conflict):
    raw = np.array([100.0, 10, 1])
    cge, applied = trajectory(raw, conflict, 3000, "applied")
    law = raw ** settled_exponent(conflict, "applied")
    # the deviation dies out like n^-(2 + c): 2e-3 after 1000 steps at c = 1, 27 times less here
    assert_allclose(cge[-1] / cge[-1, -1], law, rtol=5e-4)
    assert_allclose(applied[-1] / applied[-1, -1], law, rtol=5e-4)


def test_the_way_to_the_power_may_overshoot():
    cge, _ = trajectory([100, 1], 1, 3, "applied")
    gap = np.log10(cge[:, 0] / cge[:, 1])
    assert_allclose(gap[:2], [2, np.log10(125.5025 / 2551.25)], rtol=1e-12)  # r = 0.505, 50.5
    assert gap[1] < 2 / 3 - 1 < 2 / 3 < gap[0]  # jumped across the settled 2/3, far beyond it


def test_settled_exponent_by_hand():
    assert_array_equal([settled_exponent(c) for c in (-1, 0, 1)], [1, 0, -1])
    assert_array_equal([settled_exponent(c, "applied") for c in (-1, 0, 1)], [1, 1 / 2, 1 / 3])


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda: ratio([1]), "energy"),
        (lambda: ratio([1, -1]), "energy"),
        (lambda: ratio([1, np.nan]), "energy"),
        (lambda: pair_ratio(1.0), "energy"),
        (lambda: temper(-1, 0), "ratio"),
        (lambda: temper(np.inf, 0), "ratio"),
        (lambda: temper(1, 1.1), "conflict"),
        (lambda: temper(1, np.nan), "conflict"),
        (lambda: trajectory([1, 1], 0, 3, "both"), "accumulate"),
        (lambda: trajectory([1], 0, 3), "raw"),
        (lambda: settled_exponent(-1.5), "conflict"),
        (lambda: settled_exponent(0, "both"), "accumulate"),
    ],
)
def test_bad_input_is_named(call, argument):
    with pytest.raises(ValueError, match=f"^{argument}:"):
        call()
