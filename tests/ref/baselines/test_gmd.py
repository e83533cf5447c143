"""GMD: coalition losses, their projection and the merge."""

from itertools import permutations

import numpy as np
import pytest

from rgm_ref.baselines import gmd
from rgm_ref.baselines.pcgrad import pcgrad, project

# Two scalar encoders: losses of {0}, {1} and both, and who owns which parameter.
SCALARS = np.array([[1.0, 0], [0, -1], [-0.5, -1]])
OWNERS = (0, 1)


def test_scalars_by_hand():
    np.testing.assert_allclose(project(SCALARS), [[0.8, -0.4], [0, -1], [0, -1]], atol=1e-15)
    merged = gmd.decouple(SCALARS, gmd.received(2, OWNERS))
    np.testing.assert_allclose(merged, [0.8, -2.4], rtol=1e-14)
    for order in permutations(range(3)):  # here no order makes a difference
        again = gmd.decouple(SCALARS, gmd.received(2, OWNERS), [order] * 3)
        np.testing.assert_allclose(again, merged, rtol=1e-14)


def test_who_receives_what_of_three_modalities():
    received = gmd.received(3, (0, 1, 2, None))
    np.testing.assert_array_equal(received.sum(axis=0), [4, 4, 4, 7])
    np.testing.assert_array_equal(received[:3, 0], [True, False, True])  # {0}, {1}, {0, 1}


def test_without_conflict_encoders_add_and_shared_parameters_average(rng):
    received = gmd.received(2, (0, 1, None))
    g = rng.uniform(0.1, 1, (3, 3)) * received
    merged = gmd.decouple(g, received)
    np.testing.assert_allclose(merged, g.sum(axis=0) / [1, 1, 3], rtol=1e-13)


def test_the_sum_rule_for_all_is_pcgrad(rng):
    g = rng.normal(size=(3, 4))
    everything_specific = np.zeros((3, 4), bool)
    np.testing.assert_array_equal(gmd.decouple(g, everything_specific), pcgrad(g))


@pytest.mark.parametrize(("shared", "factor"), [(False, 2), (True, 1)])
def test_two_identical_losses(shared, factor, rng):
    g = np.tile(rng.normal(size=4), (2, 1))
    merged = gmd.decouple(g, np.full((2, 4), shared))
    np.testing.assert_allclose(merged, factor * g[0], rtol=1e-13)


def test_one_encoders_gradient_leaks_into_another(rng):
    assert gmd.decouple(SCALARS, gmd.received(2, OWNERS))[1] < SCALARS[:, 1].sum() - 0.3


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("received", lambda: gmd.decouple(SCALARS, np.ones((3, 2)))),
        ("received", lambda: gmd.decouple(SCALARS, np.ones((2, 2), bool))),
        ("modalities", lambda: gmd.received(1, OWNERS)),
    ],
)
def test_bad_input_is_named(name, call):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
