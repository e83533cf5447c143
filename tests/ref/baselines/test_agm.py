"""AGM: responses, advantages, coefficients and what they do to the gradients."""

import numpy as np
import pytest

from rgm_ref.baselines import agm
from rgm_ref.baselines.coalitions import coalition_logits, shapley_matrix
from rgm_ref.head import softmax

sizes = pytest.mark.parametrize("modalities", [2, 3, 4])


def response_matrix(modalities):
    """How the responses are made of the coalitions: Shapley plus a share of the empty one."""
    matrix = shapley_matrix(modalities)
    matrix[:, 0] += 1 / modalities
    return matrix


def test_responses_of_a_pair_are_the_official_ones(rng):
    nothing, a, v, both = F = rng.normal(size=(4, 5, 3))
    first, second = agm.responses(F)
    np.testing.assert_allclose(first, (both - v + a) / 2, atol=1e-14)
    np.testing.assert_allclose(second, (both - a + v) / 2, atol=1e-14)
    assert np.abs(first - (both - v) / 2).max() > 0.1  # twin: the benchmark's, without F(a)
    assert np.abs(nothing).max() > 0.1  # F(∅) is not zero here, it cancels


def test_responses_of_three_written_out(rng):
    F = rng.normal(size=(8, 5, 3))
    empty, f1, f2, f12, f3, f13, f23, f123 = F
    first = (f123 - f23) / 3 + (f12 - f2 + f13 - f3) / 6 + f1 / 3
    np.testing.assert_allclose(agm.responses(F)[0], first - empty / 3 + empty / 3, atol=1e-14)


@sizes
def test_responses_add_up_to_the_fused_logits(modalities, rng):
    F = rng.normal(size=(2**modalities, 5, 3))
    np.testing.assert_allclose(agm.responses(F).sum(axis=0), F[-1], atol=1e-13)


@sizes
def test_responses_of_a_linear_head_are_its_split_logits(modalities, rng):
    parts, bias = rng.normal(size=(modalities, 5, 3)), rng.normal(size=3)
    responses = agm.responses(coalition_logits(parts, bias))
    np.testing.assert_allclose(responses, parts + bias / modalities, atol=1e-13)


def test_first_step_by_hand():
    scores = np.array([0.5, 1.0])
    np.testing.assert_allclose(agm.advantage(scores), [1.6487, 0.6065], atol=5e-5)
    kappa = agm.coefficients(scores, np.zeros(2), alpha=1.0)
    np.testing.assert_allclose(kappa, [0.5227, 1.4821], atol=5e-5)


def test_three_modalities_by_hand():
    np.testing.assert_allclose(agm.advantage(np.array([0.5, 1, 1.5])), [2.117, 1, 0.472], atol=5e-4)


def test_a_lower_loss_gives_a_larger_ratio_and_a_smaller_factor():
    scores = np.array([0.5, 1.0, 2.0])
    assert (np.diff(agm.advantage(scores)) < 0).all()  # the benchmark has the sign reversed
    assert (np.diff(agm.coefficients(scores, np.zeros(3), 1.0)) > 0).all()


@sizes
def test_scores_that_stay_give_no_modulation_from_the_second_step_on(modalities, rng):
    scores, mean = rng.gamma(1, size=modalities), np.zeros(modalities)
    for step in (1, 2, 3):
        mean = agm.running_mean(mean, scores, step)
        np.testing.assert_allclose(agm.coefficients(scores, mean, 2.5), 1, rtol=1e-12)


def test_running_mean_is_the_mean_of_all_steps(rng):
    history, mean = rng.gamma(1, size=(6, 2)), np.zeros(2)
    for step, scores in enumerate(history, start=1):
        mean = agm.running_mean(mean, scores, step)
    np.testing.assert_allclose(mean, history.mean(axis=0), rtol=1e-13)


def test_alpha_zero_is_joint_training(rng):
    kappa = agm.coefficients(rng.gamma(1, size=3), rng.gamma(1, size=3), 0.0)
    np.testing.assert_array_equal(kappa, 1)
    # Then only F(all) gets a gradient: the gates' Σ_k κ_k φ_k has no other coalition in it.
    np.testing.assert_allclose(kappa @ response_matrix(3), [0] * 7 + [1], atol=1e-15)


def test_what_the_gates_do_to_encoders_and_bias():
    """Coalition weights κ @ A: encoder a sees its input in F(a), F(av), zeros in F(∅), F(v)."""
    kappa_a, kappa_v = kappa = np.array([0.5, 1.5])
    nothing, a, v, both = kappa @ response_matrix(2)
    assert a + both == pytest.approx(kappa_a, abs=1e-15)
    assert v + nothing == pytest.approx((kappa_v - kappa_a) / 2, abs=1e-15)
    assert nothing + a + v + both == pytest.approx((kappa_a + kappa_v) / 2, abs=1e-15)


@sizes
def test_ablations_without_gradient_would_collapse_to_one_factor(modalities, rng):
    kappa = rng.gamma(1, size=modalities)
    assert (kappa @ response_matrix(modalities))[-1] == pytest.approx(kappa.mean(), rel=1e-13)


def test_scores_are_mean_cross_entropies(rng):
    logits, labels = rng.normal(size=(3, 6, 4)), rng.integers(4, size=6)
    p = softmax(logits)[:, np.arange(6), labels]
    np.testing.assert_allclose(agm.scores(logits, labels), -np.log(p).mean(axis=1), rtol=1e-13)


def test_the_cap_and_the_floor():
    tau_minus_r = agm.advantage(np.array([0.0, 9.0]))[0] - agm.advantage(np.array([9.0, 0.0]))[0]
    assert tau_minus_r > 10
    kappa = agm.coefficients(np.array([9.0, 0.0]), np.array([0.0, 9.0]), 0.5)
    assert kappa[0] == pytest.approx(np.exp(5), rel=1e-14)
    hopeless = np.array([[[-1e4, 0.0]], [[0.0, 0.0]]])
    np.testing.assert_allclose(
        agm.scores(hopeless, np.array([0])), [-np.log(1e-8), np.log(2)], rtol=1e-14
    )


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("step", lambda: agm.running_mean(np.zeros(2), np.zeros(2), 0)),
        ("scores", lambda: agm.advantage(np.ones(1))),
        ("responses", lambda: agm.scores(np.ones((2, 3)), np.zeros(3, int))),
        ("values", lambda: agm.responses(np.ones((3, 2, 2)))),
    ],
)
def test_bad_input_is_named(name, call):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
