"""GradVac, GradDrop and DWA."""

import numpy as np
import pytest

from rgm_ref.baselines import dwa, graddrop, gradvac
from rgm_ref.baselines.pcgrad import pcgrad
from tests import samplers

PAIR = np.array([[1.0, 0], [-1, 1]])
ORDERS = [(0, 1)] * 2


def test_gradvac_by_hand():
    np.testing.assert_allclose(gradvac.raise_cosine(*PAIR, 0.0), [0.5, 0.5], atol=1e-15)
    raised = gradvac.raise_cosine(*PAIR, 0.3)
    np.testing.assert_allclose(raised, [0.343, 0.657], atol=5e-4)
    cosine = raised @ PAIR[1] / np.linalg.norm(raised) / np.linalg.norm(PAIR[1])
    assert cosine == pytest.approx(0.3, rel=1e-12)


def test_gradvac_reaches_its_target(rng):
    for target in (-0.5, 0.0, 0.7):
        x, g = rng.normal(size=(2, 6))
        x = x - 5 * g
        raised = gradvac.raise_cosine(x, g, target)
        cosine = raised @ g / np.linalg.norm(raised) / np.linalg.norm(g)
        assert cosine == pytest.approx(target, abs=1e-9)


def test_gradvac_with_target_zero_is_pcgrad(rng):
    for _ in range(20):
        g = rng.normal(size=(3, 5))
        orders = [rng.permutation(3) for _ in range(3)]
        update, _ = gradvac.gradvac(g, np.zeros((3, 3)), orders, momentum=0.0)
        np.testing.assert_allclose(update, pcgrad(g, orders), atol=1e-13)


def test_gradvac_targets_are_moving_averages():
    _, targets = gradvac.gradvac(PAIR, np.zeros((2, 2)), ORDERS, momentum=0.1)
    np.testing.assert_allclose(targets[[0, 1], [1, 0]], -0.1 / np.sqrt(2), rtol=1e-12)
    np.testing.assert_array_equal(targets.diagonal(), 0)
    _, targets = gradvac.gradvac(PAIR, np.full((2, 2), 0.2), ORDERS, momentum=0.1)
    np.testing.assert_allclose(targets[0, 1], 0.9 * 0.2 - 0.1 / np.sqrt(2), rtol=1e-12)


def test_gradvac_leaves_agreement_and_zeros_alone(rng):
    g = samplers.aligned(rng, 3, 5)
    update, _ = gradvac.gradvac(g, np.zeros((3, 3)), [range(3)] * 3)
    np.testing.assert_allclose(update, g.sum(axis=0), rtol=1e-13)
    np.testing.assert_array_equal(gradvac.raise_cosine(PAIR[0], np.zeros(2), 0.5), PAIR[0])


def test_graddrop_keeps_one_sign_per_coordinate(rng):
    g = rng.normal(size=(3, 200))
    for uniform in rng.uniform(size=(5, 200)):
        update = graddrop.graddrop(g, uniform)
        positive, negative = np.maximum(g, 0).sum(axis=0), np.minimum(g, 0).sum(axis=0)
        assert (np.isclose(update, positive) | np.isclose(update, negative)).all()


def test_graddrop_of_one_sign_is_the_plain_sum(rng):
    g = samplers.aligned(rng, 3, 6) * [1, -1, 1, -1, 1, -1]
    update = graddrop.graddrop(g, rng.uniform(0.01, 0.99, 6))
    np.testing.assert_allclose(update, g.sum(axis=0), rtol=1e-13)


def test_graddrop_leak(rng):
    g, uniform = rng.normal(size=(3, 6)), rng.uniform(size=6)
    np.testing.assert_allclose(graddrop.graddrop(g, uniform, 1.0), g.sum(axis=0), rtol=1e-13)


def test_graddrop_follows_the_purity(rng):
    g = np.array([[3.0, -1, 0], [-1, -2, 0]])
    np.testing.assert_allclose(graddrop.purity(g), [0.75, 0, 0.5])
    draws = np.array([graddrop.graddrop(g, u)[0] > 0 for u in rng.uniform(size=(4000, 3))])
    assert draws.mean() == pytest.approx(0.75, abs=5 * np.sqrt(0.75 * 0.25 / 4000))


def test_dwa_by_hand():
    weights = dwa.weights(np.array([0.8, 1.0]), np.ones(2))
    np.testing.assert_allclose(weights, [0.950, 1.050], atol=5e-4)
    assert weights.sum() == pytest.approx(2, rel=1e-14)
    np.testing.assert_allclose(dwa.weights(np.array([1.6, 5]), np.array([2.0, 5])), weights)
    np.testing.assert_allclose(dwa.weights(np.full(3, 0.5), np.ones(3)), 1, rtol=1e-14)


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("target", lambda: gradvac.raise_cosine(*PAIR, 1.0)),
        ("orders", lambda: gradvac.gradvac(PAIR, np.zeros((2, 2)), [(0, 0)] * 2)),
        ("leak", lambda: graddrop.graddrop(PAIR, np.ones(2), 2.0)),
        ("before", lambda: dwa.weights(np.ones(2), np.zeros(2))),
        ("temperature", lambda: dwa.weights(np.ones(2), np.ones(2), 0.0)),
    ],
)
def test_bad_input_is_named(name, call):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
