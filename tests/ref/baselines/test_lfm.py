"""LFM: schedules, the matching losses, the learned weight."""

import numpy as np
import pytest
from scipy.special import rel_entr

from rgm_ref.baselines import lfm

PAIR = np.array([[[0.8, 0.2]], [[0.4, 0.6]]])


@pytest.mark.parametrize(
    ("epoch", "weight"), [(0, 0.205), (50, 0.437), (100, 0.539), (150, 0.821), (199, 0.916)]
)
def test_schedule_by_hand(epoch, weight):
    # The coefficients have four digits: 1e-3 is what they hold at the end of the run.
    assert lfm.schedule(epoch) == pytest.approx(weight, abs=1e-3)
    assert lfm.schedule(epoch / 10, 20) == pytest.approx(lfm.schedule(epoch), rel=1e-13)


def test_the_schedule_rises_to_one_and_never_above():
    weights = np.array([lfm.schedule(e) for e in range(200)])
    assert (np.diff(weights[:178]) > 0).all()
    assert (weights[178:189] == 1).all()
    polynomial = np.polyval(lfm.FITTED[::-1], np.arange(200))
    assert polynomial.max() == pytest.approx(1.0102, abs=5e-5)  # as published, 1 − a < 0 there
    assert polynomial.argmax() == 183  # and it falls again after that


def test_heuristic_by_hand():
    np.testing.assert_allclose([1 - lfm.heuristic(t) for t in (1, 2)], [0.632, 0.393], atol=5e-4)
    assert 1 - lfm.heuristic(10**6) < 1e-5


def test_match_by_hand():
    assert lfm.match(PAIR) == pytest.approx(0.09287, abs=5e-6)
    assert lfm.match(PAIR, "jensen-shannon") == pytest.approx(0.08630, abs=5e-6)


def test_match_against_scipy(rng):
    p, q = rng.dirichlet(np.ones(4), (2, 5))
    m = (p + q) / 2
    code = (rel_entr(m, p) + rel_entr(m, q)).sum(axis=1).mean() / 2
    true = (rel_entr(p, m) + rel_entr(q, m)).sum(axis=1).mean() / 2
    assert lfm.match(np.stack([p, q])) == pytest.approx(code, rel=1e-12)
    assert lfm.match(np.stack([p, q]), "jensen-shannon") == pytest.approx(true, rel=1e-12)


@pytest.mark.parametrize("form", lfm.FORMS)
def test_equal_predictions_match(form, rng):
    p = rng.dirichlet(np.ones(4), 5)
    assert lfm.match(np.stack([p, p, p]), form) == 0


def test_three_modalities_average_over_pairs(rng):
    p = rng.dirichlet(np.ones(4), (3, 5))
    pairs = [lfm.match(p[[i, j]]) for i, j in ((0, 1), (0, 2), (1, 2))]
    assert lfm.match(p) == pytest.approx(np.mean(pairs), rel=1e-13)


def test_a_probability_of_zero_is_finite():
    assert np.isfinite(lfm.match(np.array([[[1.0, 0]], [[0.0, 1]]])))


def test_contrast_by_hand():
    """Two samples, two orthogonal directions, T = 1: each softmax finds e/(e + 1)."""
    z = np.eye(2)
    assert lfm.contrast(z, 5 * z, 1.0) == pytest.approx(np.log1p(np.exp(-1)), rel=1e-13)
    assert lfm.contrast(z, z[::-1], 1.0) == pytest.approx(np.log1p(np.e), rel=1e-13)
    assert lfm.contrast(z, z, 0.5) == pytest.approx(np.log1p(np.exp(-2)), rel=1e-13)
    assert lfm.contrast(z[:1], z[1:]) == 0  # one sample has nobody else to be taken for


def test_loss_limits():
    assert lfm.loss(1.0, 3.0, 5.0) == 6  # Joint at twice the rate
    assert lfm.loss(0.0, 3.0, 5.0) == 10
    assert lfm.loss(0.5, 3.0, 5.0) == 8  # the plain sum


def test_the_learned_weight_follows_the_slope_of_the_validation_loss(rng):
    """Losses linear in θ: there the one-step form is exact."""
    unseen, labels, partners = rng.normal(size=(3, 4))
    theta, rate, a = rng.normal(size=4), 0.1, 0.5

    def validation(b):
        return unseen @ (theta - rate * 2 * ((1 - b) * labels + b * partners))

    slope = (validation(0.5 + 1e-3) - validation(0.5 - 1e-3)) / 2e-3
    new = lfm.learn_weight(a, unseen, labels, partners, rate, weight_rate=0.2)
    assert new == pytest.approx(a + 0.2 * slope, rel=1e-9)
    ends = [lfm.learn_weight(a, s * unseen, labels, partners, rate, 1.0) for s in (1e6, -1e6)]
    np.testing.assert_allclose(sorted(ends), [0.05, 0.95], rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("epoch", lambda: lfm.schedule(200)),
        ("step", lambda: lfm.heuristic(0)),
        ("form", lambda: lfm.match(PAIR, "mutual")),
        ("probabilities", lambda: lfm.match(2 * PAIR)),
        ("second", lambda: lfm.contrast(np.ones((2, 3)), np.ones((3, 3)))),
        ("temperature", lambda: lfm.contrast(np.ones((2, 3)), np.ones((2, 3)), 0.0)),
        ("weight", lambda: lfm.loss(1.5, 1.0, 1.0)),
    ],
)
def test_bad_input_is_named(name, call):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
