"""The oracles themselves: they find known optima, know no closed form, and never warn."""

import inspect

import numpy as np
import pytest

from rgm_ref import oracles
from rgm_ref.oracles import METHODS, finite_difference, nearest_orthogonal, solve

methods = pytest.mark.parametrize("method", METHODS)


def nearest_on_circle(starts, **options):
    """The point of the unit circle nearest to (3, 4): (0.6, 0.8), at squared distance 16."""
    target = np.array([3.0, 4])
    return solve(
        lambda x: float(((x - target) ** 2).sum()),
        lambda x: np.array([x @ x - 1]),
        starts,
        lambda x: 2 * (x - target),
        lambda x: 2 * x[None],
        **options,
    )


@methods
@pytest.mark.parametrize(
    "curvature",
    [
        {},
        {
            "hessian": lambda x: 2 * np.eye(2),
            "constraint_hessian": lambda x, v: 2 * v[0] * np.eye(2),
        },
    ],
    ids=["differenced", "exact"],
)
def test_solve_finds_a_known_optimum(method, curvature):
    found = nearest_on_circle([np.array([1.0, 0])], methods=(method,), **curvature)
    # 1e-6: the optimizers stop on a flat cost, √(1e-12) away at worst.
    np.testing.assert_allclose(found.point, [0.6, 0.8], atol=1e-6)
    assert found.value == pytest.approx(16, abs=1e-10)
    assert found.violation < 1e-10


def test_solve_keeps_the_best_start():
    """The farthest point is stationary too: whichever comes first, the nearest one wins."""
    good, bad = np.array([0.6, 0.8]), np.array([-0.6, -0.8])
    for starts in ([good, bad], [bad, good]):
        assert nearest_on_circle(starts).value == pytest.approx(16, abs=1e-10)


def test_solve_says_when_nothing_is_feasible():
    with pytest.raises(RuntimeError, match="none of 1 starts"):
        solve(
            lambda x: float(x @ x),
            lambda x: np.array([x @ x + 1]),
            [np.ones(2)],
            lambda x: 2 * x,
            lambda x: 2 * x[None],
            ("SLSQP",),
        )


@methods
@pytest.mark.parametrize(("linearised", "price"), [(True, 1 / 16), (False, (2 - np.sqrt(3)) / 4)])
def test_nearest_orthogonal_by_hand(method, linearised, price, rng):
    """Unit gradients at 120°, w = ½: A = 1, R = √3/2; prices W s²/A and ½ (A − R)."""
    g = np.array([[1.0, 0], [-0.5, np.sqrt(0.75)]])
    found = nearest_orthogonal(g, [0.5, 0.5], rng, linearised=linearised, methods=(method,))
    assert found.value == pytest.approx(price, abs=1e-9)
    turned = g + found.point
    product = turned[0] @ turned[1] - linearised * found.point[0] @ found.point[1]
    assert product == pytest.approx(0, abs=1e-7)


@methods
def test_both_methods_agree_for_three_modalities(method, rng):
    g, w = rng.normal(size=(3, 4)), np.array([0.2, 0.3, 0.5])
    both = nearest_orthogonal(g, w, np.random.default_rng(1), starts=3)
    alone = nearest_orthogonal(g, w, np.random.default_rng(1), starts=3, methods=(method,))
    assert alone.value == pytest.approx(both.value, rel=1e-8)
    np.testing.assert_allclose(alone.point, both.point, atol=1e-5)


def test_finite_difference(rng):
    x = rng.normal(size=(2, 3))
    slope = finite_difference(lambda y: float((y**3).sum()), x)
    # h² = 1e-10 of truncation, eps/h = 2e-11 of rounding.
    np.testing.assert_allclose(slope, 3 * x**2, atol=1e-9)


def test_oracles_know_no_closed_form():
    """They import none of the ideas they are to confirm."""
    assert "from rgm_ref" not in inspect.getsource(oracles)
