"""Coalitions of modalities and Shapley's shares."""

from itertools import permutations

import numpy as np
import pytest

from rgm_ref.baselines import coalitions

sizes = pytest.mark.parametrize("modalities", [2, 3, 4])


def test_numbers_of_coalitions():
    inside = coalitions.contains(3)
    named = ["".join(str(k) for k in range(3) if inside[k, s]) for s in range(8)]
    assert named == ["", "0", "1", "01", "2", "02", "12", "012"]


@sizes
def test_shapley_is_the_mean_over_all_orders_of_arrival(modalities, rng):
    values = rng.normal(size=(2**modalities, 3))
    expected, orders = np.zeros((modalities, 3)), list(permutations(range(modalities)))
    for order in orders:
        present = 0
        for k in order:
            expected[k] += values[present | 1 << k] - values[present]
            present |= 1 << k
    np.testing.assert_allclose(coalitions.shapley(values), expected / len(orders), atol=1e-14)


@sizes
def test_shapley_is_efficient(modalities, rng):
    values = rng.normal(size=(2**modalities, 3))
    np.testing.assert_allclose(
        coalitions.shapley(values).sum(axis=0), values[-1] - values[0], atol=1e-14
    )


@sizes
def test_of_a_linear_head_the_shapley_values_are_the_parts(modalities, rng):
    parts, bias = rng.normal(size=(modalities, 5, 3)), rng.normal(size=3)
    logits = coalitions.coalition_logits(parts, bias)
    np.testing.assert_array_equal(logits[0], np.tile(bias, (5, 1)))
    np.testing.assert_allclose(logits[-1], parts.sum(axis=0) + bias, rtol=1e-13)
    np.testing.assert_allclose(coalitions.shapley(logits), parts, atol=1e-13)


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("values", lambda: coalitions.shapley(np.ones(6))),
        ("values", lambda: coalitions.shapley(np.ones(2))),
        ("parts", lambda: coalitions.coalition_logits(np.ones((2, 3)), np.ones(3))),
        ("modalities", lambda: coalitions.contains(1)),
    ],
)
def test_bad_input_is_named(name, call):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
