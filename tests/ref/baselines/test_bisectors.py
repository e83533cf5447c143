"""IMTL-G and Nash-MTL: updates that treat every direction alike."""

import numpy as np
import pytest

from rgm_ref.baselines import imtl_g, nash_mtl
from tests import samplers

PAIR = np.array([[1.0, 0], [-1, 1]])


def test_imtl_by_hand():
    np.testing.assert_allclose(imtl_g.weights(PAIR), [0.5858, 0.4142], atol=5e-5)
    np.testing.assert_allclose(imtl_g.imtl_g(PAIR), [0.1716, 0.4142], atol=5e-5)


@pytest.mark.parametrize("modalities", [2, 3, 5])
def test_imtl_has_equal_parts_along_every_direction(modalities, rng):
    for _ in range(20):
        g = samplers.generic(rng, modalities, 7)
        parts = g @ imtl_g.imtl_g(g) / np.linalg.norm(g, axis=1)
        np.testing.assert_allclose(parts, parts[0], rtol=1e-8)
        assert imtl_g.weights(g).sum() == pytest.approx(1, rel=1e-12)


def test_imtl_degenerate():
    np.testing.assert_array_equal(imtl_g.weights(np.zeros((2, 3))), 0)
    np.testing.assert_allclose(imtl_g.weights(np.ones((2, 3))), 0.5, rtol=1e-13)


@pytest.mark.parametrize("scale", [1e-150, 1e150])
def test_imtl_at_any_scale(scale):
    np.testing.assert_allclose(imtl_g.weights(scale * PAIR), imtl_g.weights(PAIR), rtol=1e-12)


def test_nash_by_hand():
    np.testing.assert_allclose(nash_mtl.weights(PAIR), [1.848, 1.307], atol=5e-4)


def test_nash_solves_the_bargain_and_is_the_printed_closed_form(rng):
    for _ in range(50):
        g = samplers.generic(rng, 2, 4)
        gram, alpha = g @ g.T, nash_mtl.weights(g)
        np.testing.assert_allclose(gram @ alpha, 1 / alpha, rtol=1e-10)
        ratio = np.sqrt(gram[0, 0] / gram[1, 1])
        first = (gram[0, 0] + gram[0, 1] * ratio) ** -0.5
        np.testing.assert_allclose(alpha, [first, first * ratio], rtol=1e-9)


def test_nash_and_imtl_of_a_pair_point_the_same_way(rng):
    for _ in range(20):
        g = samplers.generic(rng, 2, 4)
        nash, imtl = nash_mtl.weights(g) @ g, imtl_g.imtl_g(g)
        cosine = nash @ imtl / np.linalg.norm(nash) / np.linalg.norm(imtl)
        assert cosine == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(
    "g", [np.ones((3, 4)), np.array([[0.0, 0], [1, 0]]), np.array([[1.0, 0], [-2, 0]])]
)
def test_no_bargain_is_an_error(g):
    with pytest.raises(ValueError, match=r"^gradients:"):
        nash_mtl.weights(g)
