"""CAGrad: against SLSQP on its dual, and against the problem it says it solves."""

import numpy as np
import pytest
from scipy.optimize import minimize, minimize_scalar

from rgm_ref.baselines.cagrad import cagrad, weights
from rgm_ref.baselines.mgda import mgda
from tests import samplers

PAIR = np.array([[1.0, 0], [-1, 1]])
sizes = pytest.mark.parametrize("modalities", [2, 3, 5])
strengths = pytest.mark.parametrize("c", [0.1, 0.5, 0.9, 1.5])


def dual(w, g, c):
    mean = g.mean(axis=0)
    return (w @ g) @ mean + c * np.linalg.norm(mean) * np.linalg.norm(w @ g)


@pytest.mark.parametrize(
    ("c", "expected"), [(0.0, [0, 0.5]), (0.5, [0.25, 0.5]), (0.9, [0.3746, 0.7493])]
)
def test_pair_by_hand(c, expected):
    np.testing.assert_allclose(cagrad(PAIR, c), expected, atol=5e-5)


def test_rescaled_by_hand():
    np.testing.assert_allclose(cagrad(PAIR, 0.5, rescale=True), [0.2, 0.4], atol=1e-12)


@strengths
def test_a_pair_by_a_search_in_one_dimension(c, rng):
    for _ in range(20):
        g = rng.normal(size=(2, 4)) * np.exp(rng.normal(size=(2, 1)))
        best = minimize_scalar(
            lambda t, g=g: dual(np.array([t, 1 - t]), g, c),
            bounds=(0, 1),
            method="bounded",
            options={"xatol": 1e-12},
        )
        assert dual(weights(g, c), g, c) <= best.fun + 1e-12


@sizes
@strengths
def test_slsqp_finds_nothing_lower(c, modalities, rng):
    for _ in range(10):
        g = rng.normal(size=(modalities, 4)) * np.exp(rng.normal(size=(modalities, 1)))
        found = minimize(
            dual,
            rng.dirichlet(np.ones(modalities)),
            args=(g, c),
            method="SLSQP",
            bounds=[(0, 1)] * modalities,
            constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
            options={"ftol": 1e-14, "maxiter": 500},
        )
        w = weights(g, c)
        assert (w >= 0).all()
        assert w.sum() == pytest.approx(1, rel=1e-13)
        assert dual(w, g, c) <= found.fun + 1e-9


@sizes
@strengths
def test_the_worst_task_gains_as_much_as_the_ball_allows(c, modalities, rng):
    """Strong duality: min_i g_i · d equals the dual's value, so no d of the ball does better."""
    for _ in range(10):
        g = samplers.generic(rng, modalities, 7)
        d, mean = cagrad(g, c), g.mean(axis=0)
        assert np.linalg.norm(d - mean) == pytest.approx(c * np.linalg.norm(mean), rel=1e-12)
        assert (g @ d).min() == pytest.approx(dual(weights(g, c), g, c), abs=1e-9)


@pytest.mark.parametrize("sample", samplers.ALL, ids=lambda sample: sample.__name__)
def test_special_positions(sample, rng):
    """In the ball, and no worse for the worst-off task than the dual says is possible."""
    for _ in range(5):
        g = sample(rng, 2, 6)
        g = g / max(np.abs(g).max(), 1e-300)
        d, mean = cagrad(g, 0.5), g.mean(axis=0)
        assert np.linalg.norm(d - mean) <= 0.5 * np.linalg.norm(mean) + 1e-12
        assert (g @ d).min() >= dual(weights(g, 0.5), g, 0.5) - 1e-12


def test_from_c_one_on_every_task_descends(rng):
    for _ in range(50):
        g = samplers.conflicting(rng, 3, 5)
        assert (g @ cagrad(g, 1.2)).min() >= -1e-12


def test_c_zero_is_the_mean_and_a_large_c_the_shortest_direction(rng):
    g = rng.normal(size=(3, 6))
    np.testing.assert_allclose(cagrad(g, 0.0), g.mean(axis=0), rtol=1e-13)
    far, shortest = cagrad(g, 1e6), mgda(g)
    cosine = far @ shortest / np.linalg.norm(far) / np.linalg.norm(shortest)
    assert cosine == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("c", [0.5, 1.2])
@pytest.mark.parametrize(
    "rows", [[[1.0, 0], [-1, 1], [0, -1]], [[2.0, 1], [-2, -1]], np.zeros((2, 2))]
)
def test_gradients_that_cancel(rows, c):
    np.testing.assert_allclose(cagrad(np.array(rows), c), 0, atol=1e-15)


def test_opposite_gradients_of_unequal_length():
    """g_2 = −g_1/2: the ball's point that hurts g_2 least is d = (1 − c) g_0, and 0 from c = 1."""
    g = np.array([[4.0, 2], [-2, -1]])
    np.testing.assert_allclose(cagrad(g, 0.5), g.mean(axis=0) / 2, rtol=1e-12)
    np.testing.assert_allclose(cagrad(g, 1.2), 0, atol=1e-15)


def test_a_zero_gradient_has_no_say_below_c_one():
    g = np.array([[1.0, 2], [0, 0]])
    np.testing.assert_allclose(cagrad(g, 0.5), [0.5, 1], rtol=1e-13)
    np.testing.assert_allclose(cagrad(g, 0.5, rescale=True), [0.4, 0.8], rtol=1e-13)
    np.testing.assert_array_equal(cagrad(g, 1.5), 0)


@pytest.mark.parametrize("scale", [1e-150, 1e150])
def test_scales(scale, rng):
    g = rng.normal(size=(3, 5))
    np.testing.assert_allclose(cagrad(g * scale, 0.5), cagrad(g, 0.5) * scale, rtol=1e-9)


def test_equal_gradients():
    g = np.tile([3.0, 4.0], (3, 1))
    np.testing.assert_allclose(cagrad(g, 0.5), 1.5 * g[0], rtol=1e-12)


@pytest.mark.parametrize("c", [-0.1, np.inf, np.nan])
def test_bad_strength(c):
    with pytest.raises(ValueError, match=r"^c:"):
        cagrad(PAIR, c)
