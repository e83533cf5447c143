"""BalGrad: weights of the KL gradients, the projection, and its rearranged form."""

import numpy as np
import pytest
from scipy.special import rel_entr

from rgm_ref.baselines import balgrad
from rgm_ref.head import softmax

TASK, KL = np.array([-2.0, 1, 1, 0]), np.array([1.0, 0, 0, 3])


def test_weights_by_hand():
    np.testing.assert_allclose(balgrad.weights(np.array([3.0, 1])), [0.25, 0.75])
    np.testing.assert_allclose(balgrad.weights(np.array([3.0, 1]), "own"), [0.75, 0.25])
    np.testing.assert_allclose(balgrad.weights(np.array([3e-9, 1e-9])), [0.25, 0.75])


@pytest.mark.parametrize("rule", balgrad.RULES)
@pytest.mark.parametrize("modalities", [2, 3])
def test_equal_and_zero_lengths_share_evenly(modalities, rule):
    for norms in (np.ones(modalities), np.zeros(modalities)):
        np.testing.assert_allclose(balgrad.weights(norms, rule), 1 / modalities, rtol=1e-14)


def test_three_modalities():
    np.testing.assert_allclose(balgrad.weights(np.array([5.0, 3, 2])), [0.25, 0.35, 0.4])


def test_projection_by_hand():
    weights = balgrad.weights(np.array([3.0, 1]))
    pulls = np.concatenate([weights[0] * np.array([4.0, 0]), weights[1] * np.array([0, 4.0])])
    np.testing.assert_allclose(pulls, KL)
    assert TASK @ KL == -2
    projected = balgrad.project(TASK, KL)
    np.testing.assert_allclose(projected, [-1.8, 1, 1, 0.6], rtol=1e-14)
    assert projected @ KL == pytest.approx(0, abs=1e-15)


def test_no_conflict_no_projection():
    np.testing.assert_array_equal(balgrad.project(-TASK, KL), -TASK)
    np.testing.assert_array_equal(balgrad.project(TASK, 0 * KL), TASK)


@pytest.mark.parametrize("modalities", [2, 3])
def test_the_rearranged_form_is_the_projection(modalities, rng):
    widths = range(2, 2 + modalities)
    for _ in range(20):
        task, own, kl = ([rng.normal(size=d) for d in widths] for _ in range(3))
        w = rng.dirichlet(np.ones(modalities))
        pull = np.concatenate([w_k * c for w_k, c in zip(w, kl, strict=True)])
        whole = balgrad.project(np.concatenate(task), pull) + np.concatenate(own) + pull
        combined = np.concatenate(balgrad.combine(task, own, kl, w))
        np.testing.assert_allclose(combined, whole, atol=1e-13)


@pytest.mark.parametrize("length", [1e-300, 1e-200, 1e200, 1e300])
def test_the_length_of_the_kl_gradient_does_not_matter_to_the_projection(length):
    task, kl = np.array([1.0, 2.0]), np.array([-3.0, 1.0])
    np.testing.assert_allclose(
        balgrad.project(task, length * kl), balgrad.project(task, kl), rtol=1e-14
    )
    zeros = [np.zeros(2)] * 2
    found = balgrad.combine([task] * 2, zeros, [length * kl] * 2, np.full(2, 0.5))
    # π = −1 · L and ‖g_kl‖² = 5 L² for kl · L: a + (L + 1/5) · kl/2.
    wanted = task + (length + 0.2) * kl / 2
    np.testing.assert_allclose(found, [wanted, wanted], rtol=1e-14)


def test_the_cap_bounds_the_amplification():
    tiny = 1e-3 * KL
    arguments = [TASK[:2], TASK[2:]], [np.zeros(2)] * 2, [tiny[:2], tiny[2:]], np.ones(2)
    free, capped = balgrad.combine(*arguments), balgrad.combine(*arguments, cap=10.0)
    np.testing.assert_allclose(np.concatenate(free) - TASK, (1 + 200) * tiny, rtol=1e-10)
    np.testing.assert_allclose(np.concatenate(capped) - TASK, 10 * tiny, rtol=1e-10)


def test_mutual_kl_of_a_pair_against_scipy(rng):
    logits = rng.normal(size=(2, 5, 3))
    p, q = softmax(logits)
    losses, _ = balgrad.mutual_kl(logits)
    expected = [rel_entr(q, p).sum(axis=1).mean(), rel_entr(p, q).sum(axis=1).mean()]
    np.testing.assert_allclose(losses, expected, rtol=1e-12)


def test_mutual_kl_of_three_averages_over_the_teachers(rng):
    logits = rng.normal(size=(3, 5, 3))
    p, q, r = softmax(logits)
    losses, _ = balgrad.mutual_kl(logits)
    expected = np.mean([rel_entr(q, p).sum(axis=1), rel_entr(r, p).sum(axis=1)])
    assert losses[0] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("modalities", [2, 3])
def test_mutual_kl_has_the_slope_it_says(modalities, rng):
    logits = rng.normal(size=(modalities, 2, 3))
    fixed = softmax(logits)
    _, slope = balgrad.mutual_kl(logits)
    for k, i, c in np.ndindex(logits.shape):
        sides = []
        for sign in (1, -1):
            moved = logits[k].copy()
            moved[i, c] += sign * 1e-5
            others = [fixed[j] for j in range(modalities) if j != k]
            sides.append(np.mean([rel_entr(q, softmax(moved)).sum(axis=1).mean() for q in others]))
        assert slope[k, i, c] == pytest.approx((sides[0] - sides[1]) / 2e-5, abs=1e-9)


@pytest.mark.parametrize("modalities", [2, 3])
def test_equal_predictions_are_the_uniform_multi_loss_baseline(modalities, rng):
    logits = np.tile(rng.normal(size=(5, 3)), (modalities, 1, 1))
    losses, slope = balgrad.mutual_kl(logits)
    np.testing.assert_allclose(losses, 0, atol=1e-15)
    np.testing.assert_allclose(slope, 0, atol=1e-15)
    task, own = [rng.normal(size=4)] * modalities, [rng.normal(size=4)] * modalities
    zeros = [np.zeros(4)] * modalities
    combined = balgrad.combine(task, own, zeros, np.full(modalities, 1 / modalities))
    np.testing.assert_array_equal(combined, np.add(task, own))


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("rule", lambda: balgrad.weights(np.ones(2), "both")),
        ("norms", lambda: balgrad.weights(np.array([1.0, -1]))),
        ("kl", lambda: balgrad.project(TASK, KL[:2])),
        ("kl", lambda: balgrad.combine([TASK], [TASK], [KL], np.ones(2))),
        ("logits", lambda: balgrad.mutual_kl(np.ones((2, 3)))),
    ],
)
def test_bad_input_is_named(name, call):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
