"""UPGrad: no conflict is left, and SciPy's solvers agree."""

import numpy as np
import pytest
from scipy.optimize import minimize, nnls

from rgm_ref.baselines.pcgrad import pcgrad
from rgm_ref.baselines.upgrad import projection_weights, upgrad, weights
from tests import samplers

PAIR = np.array([[1.0, 0], [-1, 1]])
THREE = np.array([[1.0, 0, 0], [-0.5, 1, 0], [-0.5, -0.5, 1]])
sizes = pytest.mark.parametrize("modalities", [2, 3, 5])
classes = pytest.mark.parametrize("sample", samplers.ALL, ids=lambda sample: sample.__name__)


def assert_non_conflicting(g, update):
    """g_i · d >= 0 for every i, up to rounding."""
    scale = max(np.abs(g).max(), 1e-300)
    assert ((g / scale) @ (update / scale) >= -1e-12).all()


def test_pair_by_hand():
    np.testing.assert_allclose(weights(PAIR), [1, 0.75], rtol=1e-13)
    np.testing.assert_allclose(upgrad(PAIR), [0.25, 0.75], rtol=1e-13)


def test_three_by_hand():
    np.testing.assert_allclose(weights(THREE), [0.8167, 0.6609, 0.6046], atol=5e-5)
    np.testing.assert_allclose(THREE @ upgrad(THREE), [0.184, 0.267, 0.333], atol=5e-4)


def test_the_ridge_of_a_quadratic_solver_shows_in_the_fourth_digit():
    """min vᵀ(G/tr G + 1e-4 I)v, v >= e_i/m, summed over i: what TorchJD solves."""
    ridged = THREE @ THREE.T / np.trace(THREE @ THREE.T) + 1e-4 * np.eye(3)
    total = np.zeros(3)
    for low in np.eye(3) / 3:
        total += minimize(
            lambda v: v @ ridged @ v,
            low,
            jac=lambda v: 2 * ridged @ v,
            bounds=[(b, None) for b in low],
            options={"ftol": 1e-15, "gtol": 1e-12},
        ).x
    np.testing.assert_allclose(total, weights(THREE), atol=4e-4)
    assert np.abs(total - weights(THREE)).max() > 2e-4


@sizes
@classes
def test_no_conflict_is_left(sample, modalities, rng):
    for _ in range(5):
        g = sample(rng, modalities, 6)
        assert_non_conflicting(g, upgrad(g))


@classes
def test_a_pair_is_pcgrad_with_the_mean(sample, rng):
    for _ in range(5):
        g = sample(rng, 2, 5)
        expected = pcgrad(g, reduction="mean")
        np.testing.assert_allclose(upgrad(g), expected, rtol=0, atol=1e-12 * np.abs(g).max())


def test_of_three_it_is_not_pcgrad():
    assert np.abs(upgrad(THREE) - pcgrad(THREE, reduction="mean")).max() > 0.01


@sizes
def test_scipys_nonnegative_least_squares_agrees(modalities, rng):
    for _ in range(20):
        g, x = rng.normal(size=(modalities, 6)), rng.normal(size=6)
        expected, _ = nnls(g.T, -x)
        np.testing.assert_allclose(projection_weights(g, x), expected, atol=1e-10)


def test_scipys_constrained_projection_agrees(rng):
    for _ in range(20):
        g, x = samplers.conflicting(rng, 3, 4), rng.normal(size=4)
        found = minimize(
            lambda d, x=x: ((d - x) ** 2).sum(),
            g.sum(axis=0),
            jac=lambda d, x=x: 2 * (d - x),
            method="SLSQP",
            constraints={"type": "ineq", "fun": lambda d, g=g: g @ d, "jac": lambda d, g=g: g},
            options={"ftol": 1e-15, "maxiter": 500},
        )
        # SLSQP may give up its line search at the optimum: what counts is where it stands.
        np.testing.assert_allclose(x + projection_weights(g, x) @ g, found.x, atol=1e-6)


def test_no_conflict_is_the_plain_mean(rng):
    g = samplers.aligned(rng, 4, 6)
    np.testing.assert_allclose(upgrad(g), g.mean(axis=0), rtol=1e-13)


def test_too_many_gradients_are_refused():
    with pytest.raises(ValueError, match=r"^gradients:"):
        upgrad(np.ones((11, 3)))
