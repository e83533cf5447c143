"""PMR: prototypes, their classifier, and the coefficients."""

import numpy as np
import pytest

from rgm_ref.baselines import pmr


@pytest.mark.parametrize(
    ("rho", "pull", "hold"),
    [(0.8, [0.25, 0], [0, 0.25]), (1, [0, 0], [0, 0]), (3, [0, 1], [1, 0])],
)
def test_coefficients_by_hand(rho, pull, hold):
    """β on PCE of the slower modality, the same number on the entropy of the faster one."""
    beta, gamma = pmr.coefficients(np.array([rho, 1.0]))
    np.testing.assert_allclose(beta, pull, atol=1e-14)
    np.testing.assert_allclose(gamma, hold, atol=1e-14)


def test_distances_by_hand():
    p = pmr.probabilities(np.zeros((1, 2)), np.array([[3.0, 4], [0, 1]]))
    np.testing.assert_allclose(p, [[0.0180, 0.9820]], atol=5e-5)
    assert pmr.cross_entropy(p, np.array([1])) == pytest.approx(0.01815, abs=5e-6)
    squared = np.exp(-25) / (np.exp(-25) + np.exp(-1))  # twin: squared distances
    assert abs(p[0, 0] - squared) > 0.01


def test_three_modalities():
    beta, gamma = pmr.coefficients(np.array([1.0, 1.5, 4.0]))
    np.testing.assert_allclose(beta, [1, 1, 0])
    np.testing.assert_allclose(gamma, [0, 0.5, 1])


@pytest.mark.parametrize(("rho", "pull"), [(0.8, [1, 0]), (1, [0, 0]), (3, [0, 1])])
def test_the_official_code_switches_on_and_off(rho, pull):
    beta, gamma = pmr.coefficients(np.array([rho, 1.0]), "code")
    np.testing.assert_array_equal(beta, pull)
    np.testing.assert_array_equal(gamma, 0)


def test_prototypes_are_class_means_with_momentum(rng):
    z, labels = rng.normal(size=(9, 3)), np.arange(9) % 3
    first = pmr.prototypes(z, labels, 3)
    np.testing.assert_allclose(first, [z[labels == y].mean(axis=0) for y in range(3)], rtol=1e-13)
    old = rng.normal(size=(3, 3))
    np.testing.assert_allclose(
        pmr.prototypes(z, labels, 3, old, 0.2), 0.2 * old + 0.8 * first, rtol=1e-13
    )


def test_a_class_not_seen_keeps_its_prototype(rng):
    z, old = rng.normal(size=(2, 3)), rng.normal(size=(3, 3))
    new = pmr.prototypes(z, np.array([0, 2]), 3, old, 0.25)
    np.testing.assert_array_equal(new[1], old[1])
    np.testing.assert_allclose(new[[0, 2]], 0.25 * old[[0, 2]] + 0.75 * z, rtol=1e-13)


def test_cross_entropy_of_random_features(rng):
    z, c, labels = rng.normal(size=(5, 3)), rng.normal(size=(4, 3)), rng.integers(4, size=5)
    distances = np.array([[np.linalg.norm(z_i - c_y) for c_y in c] for z_i in z])
    odds = np.exp(-distances)
    expected = -np.log(odds[np.arange(5), labels] / odds.sum(axis=1)).mean()
    value = pmr.cross_entropy(pmr.probabilities(z, c), labels)
    assert value == pytest.approx(expected, rel=1e-12)


def test_entropy_limits():
    assert pmr.entropy(np.eye(4)) == 0
    assert pmr.entropy(np.full((2, 4), 0.25)) == pytest.approx(np.log(4), rel=1e-14)


def test_a_feature_on_its_prototype_is_finite():
    p = pmr.probabilities(np.zeros((1, 2)), np.array([[0.0, 0], [1, 0]]))
    np.testing.assert_allclose(p[0, 0], 1 / (1 + np.exp(-1)), rtol=1e-6)


def test_loss_pulls_the_slower_and_holds_back_the_faster():
    weights = pmr.coefficients(np.array([0.8, 1.0]))
    pulls, entropies = np.array([3.0, 5.0]), np.array([7.0, 11.0])
    value = pmr.loss(1.0, pulls, entropies, weights, alpha=2.0, mu=0.1)
    assert value == pytest.approx(1 + 2 * 0.25 * 3 - 0.1 * 0.25 * 11, rel=1e-13)
    assert pmr.loss(1.0, pulls, entropies, weights, alpha=0.0) == 1


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("rule", lambda: pmr.coefficients(np.ones(3), "code")),
        ("rule", lambda: pmr.coefficients(np.ones(2), "other")),
        ("scores", lambda: pmr.coefficients(np.array([1.0, 0]))),
        ("labels", lambda: pmr.prototypes(np.ones((2, 3)), np.array([0, 0]), 2)),
        ("prototypes", lambda: pmr.probabilities(np.ones((2, 3)), np.ones((2, 4)))),
        ("probabilities", lambda: pmr.entropy(np.ones((2, 3)))),
    ],
)
def test_bad_input_is_named(name, call):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
