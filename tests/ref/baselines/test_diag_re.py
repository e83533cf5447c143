"""Diag&Re: purity, and the pull back to the start."""

import numpy as np
import pytest

from rgm_ref.baselines import diag_re

LABELS = np.array([0, 0, 1, 1, 1])


def test_strength_by_hand():
    assert diag_re.strength(0.9, 0.7, 3.0) == pytest.approx(0.5370, abs=5e-5)
    assert diag_re.strength(0.7, 0.9, 3.0) == diag_re.strength(0.9, 0.7, 3.0)
    assert diag_re.strength(0.8, 0.8) == diag_re.strength(0.9, 0.7, 0.0) == 0


def test_purity_limits():
    assert diag_re.purity(LABELS, LABELS) == 1
    assert diag_re.purity(np.zeros(5, int), LABELS) == 3 / 5
    assert diag_re.purity(np.arange(5), LABELS) == 1  # every sample a cluster: optimistic


def test_purity_does_not_know_the_names_of_clusters_and_labels(rng):
    clusters, labels = rng.integers(4, size=30), rng.integers(3, size=30)
    renamed = diag_re.purity(rng.permutation(4)[clusters], rng.permutation(3)[labels])
    assert renamed == diag_re.purity(clusters, labels)


def test_purity_by_hand():
    clusters = np.array([0, 0, 0, 1, 1])  # majorities 2 of 3 and 2 of 2
    assert diag_re.purity(clusters, LABELS) == 4 / 5


def test_scale_maps_to_minus_one_and_one(rng):
    z = rng.normal(size=(6, 3))
    z[:, 1] = 7  # a constant dimension
    scaled = diag_re.scale(z)
    np.testing.assert_array_equal(scaled.min(axis=0), -1)
    np.testing.assert_allclose(scaled.max(axis=0), [1, -1, 1], rtol=1e-14)


def test_relearning_limits(rng):
    theta, start = rng.normal(size=(2, 4))
    np.testing.assert_array_equal(diag_re.relearn(theta, start, 0.0), theta)
    np.testing.assert_array_equal(diag_re.relearn(theta, start, 1.0), start)
    np.testing.assert_allclose(diag_re.relearn(theta, start, 0.25), 0.75 * theta + 0.25 * start)


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("clusters", lambda: diag_re.purity(np.zeros(3), LABELS)),
        ("clusters", lambda: diag_re.purity(np.zeros(0), np.zeros(0))),
        ("rate", lambda: diag_re.strength(0.9, 0.7, -1)),
        ("strength", lambda: diag_re.relearn(np.ones(2), np.ones(2), 1.5)),
    ],
)
def test_bad_input_is_named(name, call):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
