"""CGGM: balancing terms, and both readings of the direction term with their slopes."""

import numpy as np
import pytest

from rgm_ref.baselines import cggm
from rgm_ref.head import softmax
from rgm_ref.oracles import finite_difference


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ([0.10, 0.02], [0.1667, 0.8333]),
        ([0.10, 0.02, 0.03], [0.3333, 0.8667, 0.8]),
        ([-0.05, 0.08], [2.6667, -1.6667]),
    ],
)
def test_balance_by_hand(change, expected):
    before = np.full(len(change), 0.45)
    b = cggm.balance(before + change, before)
    np.testing.assert_allclose(b, expected, atol=5e-5)
    assert b.sum() == pytest.approx(len(change) - 1, abs=1e-6)  # the 1e-8 in Σ


def test_factors_by_hand():
    b = cggm.balance(np.array([0.6, 0.42]), np.array([0.5, 0.4]))
    np.testing.assert_allclose(1.3 * b, [0.2167, 1.0833], atol=5e-5)
    assert cggm.direction_loss(b, np.array([0.5, 0.2])) == pytest.approx(0.375, abs=5e-5)


def test_equal_progress_halves_a_pair():
    np.testing.assert_allclose(cggm.balance(np.full(2, 0.5), np.full(2, 0.4)), 0.5, atol=1e-6)
    np.testing.assert_allclose(cggm.balance(np.full(3, 0.5), np.full(3, 0.4)), 2 / 3, atol=1e-6)


def test_cancelling_changes_explode_unless_guarded():
    now, before = np.array([0.5, 0.4]), np.array([0.4, 0.5])
    assert np.abs(cggm.balance(now, before)).max() > 1e6
    np.testing.assert_array_equal(cggm.balance(now, before, batch=64), 0.5)
    np.testing.assert_array_equal(cggm.balance(before, before, batch=64), 0.5)
    np.testing.assert_array_equal(
        cggm.balance(np.array([0.45, 0.58]), np.array([0.5, 0.5]), batch=64), [2, 0]
    )


def test_the_guard_begins_where_half_a_sample_has_changed():
    before = np.array([0.5, 0.5])
    for change, clear in ((0.49 / 64, False), (0.51 / 64, True)):
        b = cggm.balance(before + np.array([change, 0]), before, batch=64)
        np.testing.assert_allclose(b, [0, 1] if clear else [0.5, 0.5], atol=1e-5)


def test_no_change_at_all_leaves_every_encoder_alone():
    """Δ = 0: B = 1 for all, the one case in which they do not add up to M − 1."""
    np.testing.assert_array_equal(cggm.balance(np.full(3, 0.5), np.full(3, 0.5)), 1)


def test_direction_loss_is_never_negative_and_vanishes_at_the_signs(rng):
    b = rng.normal(size=4)
    assert cggm.direction_loss(b, rng.uniform(-1, 1, 4)) > 0
    assert cggm.direction_loss(b, np.sign(b)) == 0


def test_weight_direction_has_the_slope_it_says(rng):
    own, head = rng.normal(size=(2, 5, 3))
    c, slope = cggm.weight_direction(own, head)
    numeric = finite_difference(lambda w: cggm.weight_direction(own, w)[0], head)
    np.testing.assert_allclose(slope, numeric, atol=1e-9)
    assert (slope * head).sum() == pytest.approx(0, abs=1e-14)  # it turns the head only
    assert -1 < c < 1


def test_gradient_direction_has_the_slope_it_says(rng):
    logits, own = rng.normal(size=(2, 6, 3))
    labels, z = rng.integers(3, size=6), rng.normal(size=(6, 4))
    _, slope = cggm.gradient_direction(logits, own, labels, z)
    numeric = finite_difference(lambda o: cggm.gradient_direction(o, own, labels, z)[0], logits)
    np.testing.assert_allclose(slope, numeric, atol=1e-9)
    assert np.abs(slope).max() > 1e-3  # a constant term would leave no gradient


def test_the_whole_term_falls_along_its_slope(rng):
    """−(1/M) Σ_k B_k ∂cos_k in the joint logits, against differences of the loss itself."""
    logits, labels = rng.normal(size=(6, 3)), rng.integers(3, size=6)
    own, z, b = rng.normal(size=(2, 6, 3)), rng.normal(size=(2, 6, 4)), np.array([0.3, -0.7])

    def directions(o):
        return [cggm.gradient_direction(o, own[k], labels, z[k]) for k in range(2)]

    slope = -np.mean([b[k] * directions(logits)[k][1] for k in range(2)], axis=0)
    numeric = finite_difference(
        lambda o: cggm.direction_loss(b, np.array([c for c, _ in directions(o)])), logits
    )
    np.testing.assert_allclose(slope, numeric, atol=1e-9)


def test_the_two_readings_differ(rng):
    own, head, z = rng.normal(size=(4, 3)), rng.normal(size=(4, 3)), rng.normal(size=(6, 4))
    labels = rng.integers(3, size=6)
    by_weights, _ = cggm.weight_direction(own, head)
    by_gradients, _ = cggm.gradient_direction(z @ head, z @ own, labels, z)
    assert abs(by_weights - by_gradients) > 0.1


def test_head_gradient_is_the_slope_of_the_cross_entropy(rng):
    head, z, labels = rng.normal(size=(4, 3)), rng.normal(size=(6, 4)), rng.integers(3, size=6)

    def loss(w):
        return -np.log(softmax(z @ w)[np.arange(6), labels]).mean()

    gradient = cggm.head_gradient(softmax(z @ head), labels, z)
    np.testing.assert_allclose(gradient, finite_difference(loss, head), atol=1e-9)


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("accuracy", lambda: cggm.balance(np.ones(1), np.ones(1))),
        ("own", lambda: cggm.weight_direction(np.ones((2, 3)), np.ones((3, 3)))),
        ("probabilities", lambda: cggm.head_gradient(np.ones((2, 3)), np.zeros(2, int), np.eye(2))),
    ],
)
def test_bad_input_is_named(name, call):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
