"""Remixing: certainty, and who gets which sample."""

import numpy as np
import pytest
from scipy.stats import entropy

from rgm_ref.baselines import remixing


def test_by_hand():
    p = np.array([[[0.7, 0.1, 0.1, 0.1]], [[0.4, 0.3, 0.2, 0.1]]])
    certainty = remixing.certainty(p)
    np.testing.assert_allclose(certainty, [[0.6432], [0.1536]], atol=5e-5)
    np.testing.assert_array_equal(remixing.assign(certainty), [1])


def test_limits():
    p = np.stack([np.full((1, 6), 1 / 6), np.eye(6)[:1]])
    np.testing.assert_allclose(remixing.certainty(p), [[0], [np.log2(6)]], atol=1e-6)  # the floor


def test_against_scipy(rng):
    p = rng.dirichlet(np.ones(5), (3, 7))
    expected = entropy(p, np.full(5, 0.2), base=2, axis=-1)
    np.testing.assert_allclose(remixing.certainty(p), expected, atol=1e-7)
    # Named wrong twin: six classes for any data set, a public fault.
    assert np.abs((p * np.log2(p * 6)).sum(axis=-1) - expected).max() > 0.1


def test_three_modalities_by_hand():
    assert remixing.assign(np.array([[1.2], [0.3], [0.9]]))[0] == 1


def test_a_tie_goes_to_the_last():
    np.testing.assert_array_equal(remixing.assign(np.zeros((2, 3))), 1)


def test_the_subsets_partition_the_samples(rng):
    assigned = remixing.assign(remixing.certainty(rng.dirichlet(np.ones(5), (3, 50))))
    assert sum((assigned == k).sum() for k in range(3)) == 50


def test_certainty_does_not_ask_who_is_right():
    p = np.array([[[0.9, 0.1]], [[0.1, 0.9]]])
    np.testing.assert_allclose(np.diff(remixing.certainty(p), axis=0), 0, atol=1e-15)


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("probabilities", lambda: remixing.certainty(np.ones((2, 1, 3)))),
        ("certainty", lambda: remixing.assign(np.ones((1, 3)))),
    ],
)
def test_bad_input_is_named(name, call):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
