"""IMCL: sample weights by Lambert's W, and who learns from the task."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import lambertw

from rgm_ref.baselines import imcl


def test_lambert_against_scipy():
    x = np.concatenate([np.linspace(-0.3678, 1, 200), np.geomspace(1, 1e6, 100)])
    # Near the branch point −1/e the function has a root's slope: half of the digits go.
    np.testing.assert_allclose(imcl.lambert(x), lambertw(x).real, rtol=1e-12, atol=1e-12)


def test_lambert_at_the_branch_point():
    assert imcl.lambert(-np.exp(-1)) == pytest.approx(-1, abs=1e-5)


@pytest.mark.parametrize(
    ("excess", "weight"),
    [(0, 1), (1, 0.5671), (0.5, 0.7035), (-1 / np.e, np.e), (-3, np.e)],
)
def test_weights_by_hand(excess, weight):
    beta, mean = 0.7, 2.0
    losses = np.array([mean + 2 * beta * excess])
    np.testing.assert_allclose(imcl.sample_weights(losses, mean, beta), weight, atol=5e-5)


@pytest.mark.parametrize("excess", [-0.35, -0.1, 0.2, 1.0, 10.0])
def test_the_weight_is_the_local_minimum(excess):
    best = minimize_scalar(
        lambda w: 2 * excess * w + np.log(w) ** 2,
        bounds=(1e-6, np.e),
        method="bounded",
        options={"xatol": 1e-12},
    )
    weight = imcl.sample_weights(np.array([2 * excess]), 0.0)[0]
    assert weight == pytest.approx(best.x, rel=1e-5)


def test_for_easy_samples_it_is_a_local_minimum_only():
    """The sum falls without end: at w = 1000 it is far below its value at the weight."""
    weight = imcl.sample_weights(np.array([-0.2]), 0.0)[0]

    def total(w):
        return -0.2 * w + np.log(w) ** 2

    assert total(1000.0) < total(weight) - 100


def test_easier_weighs_more_and_at_most_e(rng):
    losses = np.sort(rng.gamma(1, 5, size=50))
    weights = imcl.sample_weights(losses, losses.mean())
    assert (np.diff(weights) <= 0).all()
    assert weights.max() <= np.e
    assert weights.min() > 0


@pytest.mark.parametrize(
    ("distillation", "task", "share"),
    [([1, 0], [0, 2], 0.8), ([1, 0], [1, 1], 1), ([1, 1], [1, 0], 0)],
)
def test_task_share_by_hand(distillation, task, share):
    value = imcl.task_share(np.array(distillation, float), np.array(task, float))
    assert value == pytest.approx(share, abs=1e-15)


def test_task_share_of_a_batch_is_of_the_flat_gradients(rng):
    first, second = rng.normal(size=(2, 3, 4))
    assert imcl.task_share(first, second) == imcl.task_share(first.ravel(), second.ravel())


def test_a_longer_task_gradient_gives_a_larger_share(rng):
    k, task = rng.normal(size=(2, 5))
    shares = [imcl.task_share(k, scale * task) for scale in (0.1, 1, 10)]
    assert shares == sorted(shares)


def test_route_by_hand():
    assert imcl.route(np.array([0.2, 0.7, 0.4])) == 1
    assert imcl.route(np.array([1.0, 1.0])) == 0


def test_moving_average():
    assert imcl.moving_average(2.0, 4.0) == pytest.approx(2.2)


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("x", lambda: imcl.lambert(-0.4)),
        ("beta", lambda: imcl.sample_weights(np.ones(2), 1.0, 0.0)),
        ("task", lambda: imcl.task_share(np.ones(2), np.ones(3))),
        ("shares", lambda: imcl.route(np.ones(1))),
    ],
)
def test_bad_input_is_named(name, call):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
