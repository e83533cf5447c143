"""OGM-GE: scores, ratios, coefficients and the scale of the noise."""

import numpy as np
import pytest

from rgm_ref.baselines import ogm_ge
from rgm_ref.head import softmax

# One sample of label 0: probabilities 0.4 (audio) and 0.8 (video).
SPLIT = np.array([[[np.log(2 / 3), 0]], [[np.log(4), 0]]])
LABELS = np.array([0])


def test_one_sample_by_hand():
    scores = ogm_ge.scores(SPLIT, LABELS)
    np.testing.assert_allclose(scores, [0.4, 0.8], rtol=1e-14)
    np.testing.assert_allclose(ogm_ge.ratios(scores), [0.5, 2], rtol=1e-14)


@pytest.mark.parametrize(("alpha", "damped"), [(0.5, 0.2384), (0.1, 0.8026)])
def test_coefficients_by_hand(alpha, damped):
    kappa = ogm_ge.coefficients(np.array([0.5, 2.0]), alpha)
    assert kappa[0] == 1
    assert kappa[1] == pytest.approx(damped, abs=5e-5)


def test_scores_are_sums_of_probabilities(rng):
    logits, labels = rng.normal(size=(3, 7, 4)), rng.integers(4, size=7)
    expected = [sum(softmax(logits[k, i])[labels[i]] for i in range(7)) for k in range(3)]
    np.testing.assert_allclose(ogm_ge.scores(logits, labels), expected, rtol=1e-14)


def test_three_modalities_by_both_rules():
    scores = np.array([1.0, 2.0, 4.0])
    np.testing.assert_allclose(ogm_ge.ratios(scores), [1 / 3, 4 / 5, 8 / 3], rtol=1e-14)
    np.testing.assert_allclose(ogm_ge.ratios(scores, "minimum"), [1, 2, 4], rtol=1e-14)


@pytest.mark.parametrize("modalities", [2, 3, 5])
@pytest.mark.parametrize("rule", ogm_ge.RULES)
def test_never_are_all_damped(rule, modalities, rng):
    for _ in range(50):
        scores = rng.uniform(0.1, 1, modalities)
        kappa = ogm_ge.coefficients(ogm_ge.ratios(scores, rule), 0.5)
        assert kappa.max() == 1
        assert (kappa > 0).all()


def test_the_rules_agree_on_a_pair(rng):
    scores = rng.gamma(1, size=2)
    by_rule = [ogm_ge.coefficients(ogm_ge.ratios(scores, rule), 0.3) for rule in ogm_ge.RULES]
    np.testing.assert_allclose(*by_rule, rtol=1e-14)


def test_alpha_zero_without_noise_is_joint_training(rng):
    kappa = ogm_ge.coefficients(ogm_ge.ratios(rng.gamma(1, size=2)), 0.0)
    gradient = rng.normal(size=(3, 4))
    for k in kappa:
        np.testing.assert_array_equal(ogm_ge.modulate(gradient, k), gradient)


def test_equal_scores_are_left_alone():
    np.testing.assert_array_equal(ogm_ge.coefficients(ogm_ge.ratios(np.ones(3)), 0.8), 1)


def test_the_coefficient_jumps_at_one():
    just_above = ogm_ge.coefficients(np.array([1 + 1e-12, 1.0]), 0.5)
    np.testing.assert_allclose(just_above, [1 - np.tanh(0.5), 1], rtol=1e-11)


def test_noise_has_the_unbiased_std_of_the_unmodulated_gradient(rng):
    gradient = rng.normal(size=(5, 3)) * 7
    std = gradient.std() * np.sqrt(15 / 14) + 1e-8
    assert ogm_ge.noise_std(gradient) == pytest.approx(std, rel=1e-14)
    noise = rng.normal(size=(5, 3))
    wrong = 0.2 * gradient + ogm_ge.noise_std(0.2 * gradient) * noise  # twin: std after κ
    changed = ogm_ge.modulate(gradient, 0.2, noise)
    np.testing.assert_allclose(changed, 0.2 * gradient + std * noise, rtol=1e-13)
    assert np.abs(changed - wrong).max() > 0.1


def test_noise_of_a_single_entry_is_none():
    np.testing.assert_array_equal(ogm_ge.modulate(np.array([3.0]), 0.5, np.array([9.0])), [1.5])
    assert ogm_ge.noise_std(np.array([1.0, 3])) == pytest.approx(np.sqrt(2), rel=1e-7)


def test_the_expectation_of_the_modulated_gradient(rng):
    gradient, draws = rng.normal(size=6), 4000
    mean = np.mean([ogm_ge.modulate(gradient, 0.3, rng.normal(size=6)) for _ in range(draws)], 0)
    # Five standard errors of the mean.
    np.testing.assert_allclose(mean, 0.3 * gradient, atol=5 * gradient.std() / np.sqrt(draws))


def test_it_acts_on_a_layer_without_convolutions(rng):
    gradient = rng.normal(size=(4, 3))  # the official code looks for four axes and does nothing
    assert np.abs(ogm_ge.modulate(gradient, 0.5) - gradient).max() > 0.1


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("split_logits", lambda: ogm_ge.scores(SPLIT[:1], LABELS)),
        ("split_logits", lambda: ogm_ge.scores(np.ones((2, 3)), LABELS)),
        ("labels", lambda: ogm_ge.scores(SPLIT, np.array([2]))),
        ("labels", lambda: ogm_ge.scores(SPLIT, np.array([0.0]))),
        ("labels", lambda: ogm_ge.scores(SPLIT, np.array([0, 1]))),
        ("scores", lambda: ogm_ge.ratios(np.array([1.0, 0.0]))),
        ("rule", lambda: ogm_ge.ratios(np.ones(2), "maximum")),
        ("alpha", lambda: ogm_ge.coefficients(np.ones(2), -1)),
        ("gradient", lambda: ogm_ge.noise_std(np.array([1, np.inf]))),
    ],
)
def test_bad_input_is_named(name, call):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
