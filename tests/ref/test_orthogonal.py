"""Orth (Eqs. 12–13): the printed, the linear and the exact adjustment of a pair."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rgm_ref.oracles import nearest_orthogonal
from rgm_ref.orthogonal import FORMS, adjust
from tests import samplers

EPS = np.finfo(float).eps
CORRECT = ("linear", "exact")
classes = pytest.mark.parametrize("sample", samplers.ALL, ids=lambda sample: sample.__name__)
forms = pytest.mark.parametrize("form", FORMS)


def assert_orthogonal(turned, g):
    """g̃_i·g̃_j is rounding of a·b: 16 eps leaves room for the sums over d and for g + O."""
    assert abs(turned[0] @ turned[1]) <= 16 * EPS * np.prod(np.linalg.norm(g, axis=-1))


def cosine(pair):
    return pair[0] @ pair[1] / np.prod(np.linalg.norm(pair, axis=-1))


def cost(adjustment, w):
    return (w[:, None] * adjustment**2).sum()


@pytest.mark.parametrize("sample", samplers.REGULAR, ids=lambda sample: sample.__name__)
def test_exact_is_orthogonal(sample, rng):
    for _ in range(20):
        g, w = sample(rng, 2, 5), samplers.shares(rng, 2)
        assert_orthogonal(g + adjust(g, w, "exact"), g)


@classes
@forms
def test_every_class_is_finite_and_homogeneous(sample, form, rng):
    g, w = sample(rng, 2, 4), samplers.shares(rng, 2)
    adjustment = adjust(g, w, form)
    assert np.isfinite(adjustment).all()
    # Powers of two scale without rounding, so the answer scales bit by bit.
    np.testing.assert_array_equal(adjust(g * 2.0**-40, w, form), adjustment * 2.0**-40)
    np.testing.assert_array_equal(adjust(g, 4 * w, form), adjustment)


@pytest.mark.parametrize("form", CORRECT)
def test_order_of_the_modalities_is_irrelevant(form, rng):
    g, w = samplers.generic(rng, 2, 4), np.array([0.3, 0.7])
    np.testing.assert_allclose(adjust(g[::-1], w[::-1], form), adjust(g, w, form)[::-1], rtol=1e-13)


def test_hand_computed():
    """g = (2, 0), (−1, 1), w = ½: s = −2, A = 3, R = √5; B = 3 too, as the weights are equal."""
    g, w = np.array([[2.0, 0], [-1, 1]]), np.array([0.5, 0.5])
    linear = [[-1 / 3, 1 / 3], [2 / 3, 0]]
    np.testing.assert_allclose(adjust(g, w, "linear"), linear, rtol=0, atol=4 * EPS)
    np.testing.assert_allclose(adjust(g, w, "printed"), linear, rtol=0, atol=4 * EPS)
    root = np.sqrt(5)
    first = (3 - root) / (2 * root) * g[0] + 1 / root * g[1]
    second = (3 - root) / (2 * root) * g[1] + 1 / root * g[0]
    np.testing.assert_allclose(adjust(g, w, "exact"), [first, second], rtol=0, atol=8 * EPS)


def test_printed_overshoots():
    """Norms 10 : 1, w the energy share, c = −½: c becomes +0.9995, the weak moves 25 lengths."""
    g = np.array([[10.0, 0], [-0.5, np.sqrt(0.75)]])
    adjustment = adjust(g, [100 / 101, 1 / 101], "printed")
    assert cosine(g + adjustment) == pytest.approx(0.9995, abs=5e-5)
    assert np.linalg.norm(adjustment[1]) == pytest.approx(25, rel=1e-14)


@given(st.floats(-0.999, 0.999), st.floats(-3, 3), st.floats(-3, 3))
def test_linear_keeps_the_residual_bounds(c, log_ratio, log_weights):
    g = np.array([[10**log_ratio, 0], [c, np.sqrt(1 - c**2)]])
    w = np.array([10**log_weights, 1])
    turned = g + adjust(g, w, "linear")
    s, left = g[0] @ g[1], turned[0] @ turned[1]
    size = np.prod(np.linalg.norm(g, axis=-1))
    assert left * np.sign(s) >= -8 * EPS * size
    assert abs(left) <= abs(s) / 4 + 8 * EPS * size
    # 1e-9: the cosine divides by lengths that can be 1e-3 of what was subtracted, twice.
    assert abs(cosine(turned)) <= abs(c) ** 3 / (4 - 3 * c**2) + 1e-9


@pytest.mark.parametrize("linearised", [True, False], ids=["linear", "exact"])
def test_no_optimizer_does_better(linearised, rng):
    form = "linear" if linearised else "exact"
    for _ in range(5):
        g, w = samplers.conflicting(rng, 2, 3), samplers.shares(rng, 2)
        best = nearest_orthogonal(g, w, rng, starts=3, linearised=linearised)
        assert cost(adjust(g, w, form), w) <= best.value * (1 + 1e-8)  # feasible to 1e-7 at worst


@pytest.mark.parametrize("form", CORRECT)
def test_zero_weight_is_one_sided_pcgrad(form, rng):
    g = samplers.generic(rng, 2, 4)
    adjustment = adjust(g, [0.0, 1.0], form)
    pcgrad = -(g[0] @ g[1]) / (g[1] @ g[1]) * g[1]
    np.testing.assert_allclose(adjustment[0], pcgrad, rtol=0, atol=8 * EPS * np.abs(g).max())
    np.testing.assert_array_equal(adjustment[1], 0)


@forms
def test_zero_gradients_stay(form, rng):
    one, none = samplers.one_zero(rng, 2, 4), samplers.all_zero(rng, 2, 4)
    for g in (one, one[::-1], none):
        np.testing.assert_array_equal(adjust(g, [0.3, 0.7], form), 0)


def test_parallel_gradients_lose_the_lighter_one(rng):
    g = samplers.opposed(rng, 2, 4)
    w = 1 / (g**2).sum(axis=-1) * [1.5, 1]  # w_i ‖g_i‖² is the larger
    turned = g + adjust(g, w, "exact")
    np.testing.assert_allclose(turned, [g[0], 0 * g[1]], rtol=0, atol=8 * EPS * np.abs(g).max())


def test_sum_fusion_falls_back_on_the_linear_form(rng):
    g = np.stack([rng.normal(size=4)] * 2)
    np.testing.assert_array_equal(adjust(g, [0.5, 0.5], "exact"), adjust(g, [0.5, 0.5], "linear"))
    np.testing.assert_allclose(adjust(g, [0.5, 0.5]), -g / 2, rtol=4 * EPS)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("gap", [1e-3, 1e-6, 1e-9, 1e-12])
def test_near_degenerate_is_still_orthogonal_and_optimal(gap, sign):
    """Angle `gap` off parallel, w_i ‖g_i‖² = w_j ‖g_j‖²: R / A = gap, cost ½ (A − R)."""
    g, w = np.array([[1.0, 0], [2 * sign, 2 * gap]]), np.array([0.8, 0.2])
    adjustment = adjust(g, w, "exact")
    assert_orthogonal(g + adjustment, g)
    assert cost(adjustment, w) == pytest.approx(0.8 * (1 - gap), rel=2 * gap**2 + 8 * EPS)


@pytest.mark.parametrize("form", CORRECT)
def test_norms_of_any_ratio(form):
    """‖g_i‖ : ‖g_j‖ = 2e300: the weak gradient is cleared of the strong one, which stays."""
    g = np.array([[1e150, 0], [-3e-151, 4e-151]])
    adjustment = adjust(g, [0.5, 0.5], form)
    np.testing.assert_allclose(adjustment[1], [3e-151, 0], rtol=1e-14)
    np.testing.assert_array_equal(adjustment[0], 0)


@forms
def test_float32_and_batches(form, rng):
    g, w = rng.normal(size=(2, 3, 4, 5)), rng.uniform(0.1, 1, (2, 3, 4))
    batched = adjust(g, w, form)
    for index in np.ndindex(3, 4):
        one = adjust(g[(slice(None), *index)], w[(slice(None), *index)], form)
        np.testing.assert_allclose(batched[(slice(None), *index)], one, rtol=0, atol=16 * EPS)
    single = adjust(g.astype(np.float32), w, form)
    assert single.dtype == np.float32
    # 400 eps of float32: entries up to 4, times A / R, the conditioning, here below 20.
    np.testing.assert_allclose(single, batched, rtol=0, atol=400 * np.finfo(np.float32).eps)


@pytest.mark.parametrize(
    ("gradients", "shares", "form", "name"),
    [
        (np.ones((3, 2)), [1, 1, 1], "linear", "gradients"),
        ([[1.0, np.nan], [1, 1]], [1, 1], "linear", "gradients"),
        ([[1.0, 2], [1]], [1, 1], "linear", "gradients"),
        (np.ones((2, 2)), [1, -1], "linear", "shares"),
        (np.ones((2, 2)), [0, 0], "linear", "shares"),
        (np.ones((2, 2)), [1, 1], "exakt", "form"),
    ],
)
def test_bad_input_is_named(gradients, shares, form, name):
    with pytest.raises(ValueError, match=f"^{name}:"):
        adjust(gradients, shares, form)
