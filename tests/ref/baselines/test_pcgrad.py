"""PCGrad on gradients: projections, orders, reductions."""

from itertools import permutations, product

import numpy as np
import pytest

from rgm_ref.baselines.pcgrad import pcgrad, project
from rgm_ref.rules import pcgrad as rule
from tests import samplers

PAIR = np.array([[1.0, 0], [-1, 1]])
THREE = np.array([[1.0, 0], [-1, 1], [-1, -0.5]])


def test_pair_by_hand():
    np.testing.assert_allclose(project(PAIR), [[0.5, 0.5], [0, 1]], atol=1e-15)
    np.testing.assert_allclose(pcgrad(PAIR), [0.5, 1.5], rtol=1e-14)
    np.testing.assert_allclose(pcgrad(PAIR, reduction="mean"), [0.25, 0.75], rtol=1e-14)
    crossed = project(PAIR) * PAIR[::-1]
    np.testing.assert_allclose(crossed.sum(axis=1), 0, atol=1e-15)


def test_three_tasks_depend_on_the_order():
    first = [project(THREE, [order, range(3), range(3)])[0] for order in [(0, 1, 2), (0, 2, 1)]]
    np.testing.assert_allclose(first, [[-0.1, 0.2], [-0.1, -0.1]], atol=1e-14)


def test_the_projector_is_the_original_gradient():
    """Named wrong twin: running gradients, where ĝ_j stands in for g_j."""
    running = PAIR.copy()
    for i, j in ((0, 1), (1, 0)):
        inner = min(running[i] @ running[j], 0)
        running[i] -= inner / (running[j] @ running[j]) * running[j]
    assert np.abs(running.sum(axis=0) - pcgrad(PAIR)).max() > 0.4


def test_the_test_looks_at_the_current_gradient():
    """Named wrong twin: all projections of the original g_i at once."""
    at_once = THREE[0] - sum(min(THREE[0] @ g, 0) / (g @ g) * g for g in THREE[1:])
    for order in permutations(range(3)):
        assert np.abs(project(THREE, [order] * 3)[0] - at_once).max() > 0.1


def test_one_task_per_order(rng):
    g = samplers.conflicting(rng, 3, 4)
    for orders in product(list(permutations(range(3))), repeat=3):
        rows = [project(g, [order] * 3)[i] for i, order in enumerate(orders)]
        np.testing.assert_array_equal(project(g, orders), rows)


@pytest.mark.parametrize("sample", samplers.ALL, ids=lambda sample: sample.__name__)
def test_a_pair_is_the_closed_form(sample, rng):
    for _ in range(10):
        g = sample(rng, 2, 5)
        atol = 1e-13 * np.abs(g).max(initial=0)
        np.testing.assert_allclose(project(g), rule(g, np.ones(2)), rtol=0, atol=atol)


def test_a_pair_has_no_conflict_left(rng):
    for _ in range(50):
        g = samplers.conflicting(rng, 2, 5)
        assert (g @ pcgrad(g) >= -1e-12).all()


def test_no_conflict_is_the_plain_sum_bit_for_bit(rng):
    g = samplers.aligned(rng, 4, 6)
    np.testing.assert_array_equal(pcgrad(g), g.sum(axis=0))


def test_conflict_really_changes_the_gradient():
    assert np.abs(pcgrad(PAIR) - PAIR.sum(axis=0)).max() > 0.4


def test_the_other_gradients_length_does_not_matter(rng):
    g = samplers.conflicting(rng, 2, 5)
    longer = g * [[1], [10]]
    np.testing.assert_allclose(project(longer)[0], project(g)[0], rtol=1e-12)


@pytest.mark.parametrize("length", [1e-300, 1e-200, 1e200, 1e300])
def test_not_even_where_its_square_is_no_number(length):
    found = project(PAIR * [[1], [length]])[0]
    np.testing.assert_allclose(found, project(PAIR)[0], rtol=1e-14)  # no cancellation in PAIR


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("orders", lambda: project(THREE, [range(3)])),
        ("orders", lambda: project(THREE, [(0, 1, 1)] * 3)),
        ("gradients", lambda: project(np.ones((2, 3, 4)))),
        ("gradients", lambda: project(np.ones((1, 3)))),
        ("reduction", lambda: pcgrad(PAIR, reduction="median")),
    ],
)
def test_bad_input_is_named(name, call):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
