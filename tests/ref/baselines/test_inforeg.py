"""InfoReg: who is ahead, when the window is open, how strong the tie is."""

import numpy as np
import pytest

from rgm_ref.baselines import inforeg
from rgm_ref.head import softmax
from rgm_ref.oracles import finite_difference


def test_strength_by_hand():
    assert inforeg.strength(0.3, 0.9) == pytest.approx(1.2998, abs=5e-5)
    assert inforeg.strength(1.0, 0.9) < 2.0  # mean probabilities: α in [1, 2.0]
    assert inforeg.strength(50.0, 0.9) == pytest.approx(2.46, abs=5e-3)


def test_window_by_hand():
    assert inforeg.window(10, 9)
    assert not inforeg.window(10.2, 10)
    assert inforeg.window(10.2, 10, 0.0196)
    assert not inforeg.window(10.2, 10, 0.0197)


def test_window_at_its_edges():
    assert not inforeg.window(10, 9, np.inf)  # K = ∞ is joint training
    assert not inforeg.window(0, 0)
    assert not inforeg.window(9, 10)  # a trace that falls


def test_gaps_by_hand():
    np.testing.assert_allclose(inforeg.gaps(np.array([0.6, 0.5, 0.2])), [0.25, 0.3, 0], rtol=1e-14)


def test_gaps_are_means_over_those_behind(rng):
    s = np.array([0.6, 0.5, 0.2])
    over_all = np.maximum(s[:, None] - s, 0).sum(axis=1) / 2  # named wrong twin
    assert np.abs(over_all - inforeg.gaps(s)).max() > 0.1
    np.testing.assert_array_equal(inforeg.gaps(np.ones(3)), 0)
    for _ in range(20):
        s = rng.uniform(size=4)
        assert inforeg.gaps(s)[s.argmin()] == 0
        assert inforeg.strength(inforeg.gaps(s))[s.argmin()] == 0


def test_scores_in_both_readings(rng):
    logits, labels = rng.normal(size=(2, 5, 3)), rng.integers(3, size=5)
    p = softmax(logits)[:, np.arange(5), labels]
    np.testing.assert_allclose(inforeg.scores(logits, labels), p.mean(axis=1), rtol=1e-13)
    np.testing.assert_allclose(
        inforeg.scores(logits, labels, "cross-entropy"), np.log(p).mean(axis=1), rtol=1e-13
    )


def test_a_sum_of_probabilities_saturates():
    """Named wrong twin, the official code's: over a batch of 64 tanh Δ is 1 for any real gap."""
    assert inforeg.strength(0.1, 0.9) < 1.1
    assert inforeg.strength(64 * 0.1, 0.9) == pytest.approx(np.exp(0.9), rel=1e-4)


def test_the_regulator_is_the_slope_of_its_penalty(rng):
    theta, start = rng.normal(size=(2, 3, 2))

    def penalty(x):
        return 0.65 * ((x - start) ** 2).sum()

    regulator = inforeg.regulator(theta, start, 1.3)
    np.testing.assert_allclose(regulator, finite_difference(penalty, theta), atol=1e-9)
    np.testing.assert_array_equal(inforeg.regulator(start, start, 1.3), 0)


def test_trace_is_the_mean_squared_length(rng):
    g = rng.normal(size=(5, 4))
    expected = np.mean([np.linalg.norm(row) ** 2 for row in g])
    assert inforeg.trace(g) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("reading", lambda: inforeg.scores(np.ones((2, 1, 2)), np.array([0]), "loss")),
        ("scores", lambda: inforeg.gaps(np.ones(1))),
        ("trace", lambda: inforeg.window(-1, 0)),
        ("gap", lambda: inforeg.strength(-1)),
    ],
)
def test_bad_input_is_named(name, call):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
