"""MGDA: the shortest vector in the hull, against SciPy and against its optimality conditions."""

import numpy as np
import pytest
from scipy.optimize import minimize

from rgm_ref.baselines.mgda import mgda, weights
from rgm_ref.mixing import mgda_matrix
from tests import samplers

PAIR = np.array([[1.0, 0], [-1, 1]])
sizes = pytest.mark.parametrize("modalities", [2, 3, 5])
classes = pytest.mark.parametrize("sample", samplers.ALL, ids=lambda sample: sample.__name__)


def assert_optimal(g, w):
    """g_i · x >= ‖x‖² for all i, with equality where w_i > 0: the variational inequality."""
    g = g / max(np.abs(g).max(), 1e-300)
    x = w @ g
    slack = g @ x - x @ x
    assert (slack >= -1e-12).all()
    assert np.abs(slack[w > 1e-9]).max() <= 1e-12


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (PAIR, [0.6, 0.4]),
        ([[2, 0], [0, 1], [1, 1]], [0.2, 0.8, 0]),
        ([[1, 0, 0], [0, 2, 0], [0, 0, 2]], [2 / 3, 1 / 6, 1 / 6]),
        ([[1, 0], [-1, 1], [0, -1]], [1 / 3, 1 / 3, 1 / 3]),
    ],
)
def test_weights_by_hand(rows, expected):
    np.testing.assert_allclose(weights(np.array(rows, float)), expected, atol=1e-14)


def test_updates_by_hand():
    np.testing.assert_allclose(mgda(PAIR), [0.2, 0.4], rtol=1e-13)
    assert mgda(PAIR) @ mgda(PAIR) == pytest.approx(0.2, rel=1e-13)
    np.testing.assert_allclose(PAIR @ mgda(PAIR), 0.2, rtol=1e-13)
    np.testing.assert_allclose(mgda(np.array([[2.0, 0], [0, 1], [1, 1]])), [0.4, 0.8], rtol=1e-13)
    stationary = mgda(np.array([[1.0, 0], [-1, 1], [0, -1]]))
    np.testing.assert_allclose(stationary, 0, atol=1e-15)


@sizes
@classes
def test_optimality(sample, modalities, rng):
    for _ in range(5):
        g = sample(rng, modalities, 6)
        w = weights(g)
        assert w.sum() == pytest.approx(1, rel=1e-13)
        assert (w >= 0).all()
        assert_optimal(g, w)


@sizes
def test_scipy_finds_nothing_shorter(modalities, rng):
    for _ in range(20):
        g = rng.normal(size=(modalities, 4)) * np.exp(rng.normal(size=(modalities, 1)))
        found = minimize(
            lambda w, g=g: ((w @ g) ** 2).sum(),
            np.full(modalities, 1 / modalities),
            jac=lambda w, g=g: 2 * g @ (w @ g),
            method="SLSQP",
            bounds=[(0, 1)] * modalities,
            constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
            options={"ftol": 1e-15, "maxiter": 500},
        )
        # SLSQP may give up its line search at the optimum: what counts is where it stands. The
        # minimum is flat: 1e-8 in the vector is 1e-16 in its squared length.
        np.testing.assert_allclose(mgda(g), found.x @ g, atol=1e-6)
        assert mgda(g) @ mgda(g) <= found.fun + 1e-14


def test_a_pair_is_the_closed_form(rng):
    for _ in range(50):
        g = rng.normal(size=(2, 4)) * np.exp(rng.normal(size=(2, 1)))
        np.testing.assert_allclose(weights(g), mgda_matrix(g @ g.T)[0], atol=1e-12)


def test_no_clamp_and_no_factor():
    """Named wrong twins: weights in [0.001, 0.999], and the sum for the convex combination."""
    g = np.array([[1.0, 0], [100, 1]])
    np.testing.assert_array_equal(weights(g), [1, 0])
    clamped = np.array([0.999, 0.001]) @ g
    assert np.linalg.norm(clamped - mgda(g)) > 0.05
    assert np.linalg.norm(2 * mgda(PAIR) - mgda(PAIR)) > 0.4


@pytest.mark.parametrize("modalities", [2, 3, 4])
def test_equal_gradients_share_evenly(modalities):
    g = np.tile([3.0, 4.0], (modalities, 1))
    np.testing.assert_allclose(weights(g), 1 / modalities, rtol=1e-13)


def test_a_longer_gradient_weighs_less(rng):
    g = samplers.orthogonal(rng, 3, 5)
    np.testing.assert_allclose(
        weights(g), (g**2).sum(axis=1) ** -1 / ((g**2).sum(axis=1) ** -1).sum(), rtol=1e-12
    )
    assert weights(g * [[10], [1], [1]])[0] < weights(g)[0]


@pytest.mark.parametrize(
    "call", [lambda: weights(np.ones((1, 3))), lambda: weights(np.ones((11, 3)))]
)
def test_bad_input_is_named(call):
    with pytest.raises(ValueError, match=r"^gradients:"):
        call()
