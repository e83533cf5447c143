"""ReconBoost: the stage losses and their slopes."""

import numpy as np
import pytest

from rgm_ref.baselines import reconboost
from rgm_ref.oracles import finite_difference

LABEL = np.array([0])


def certain(probability, classes):
    """Logits of one sample whose first class has the given probability, the others alike."""
    return np.log([[probability, *[(1 - probability) / (classes - 1)] * (classes - 1)]])


def test_code_loss_by_hand():
    value, slope = reconboost.code_loss(certain(0.5, 6), certain(0.8, 6), LABEL)
    assert value == pytest.approx(0.4852, abs=5e-5)
    np.testing.assert_allclose(slope, 4.2 / 6 * np.array([[-0.5, *[0.1] * 5]]), rtol=1e-13)


def test_before_anybody_has_been_trained():
    """Stage 0: the others are one constant, whose softmax is 1, and the loss is (w₁ − w₂)/K CE."""
    value, _ = reconboost.code_loss(certain(0.5, 6), np.array([[800.0, 0, 0, 0, 0, 0]]), LABEL)
    assert value == pytest.approx(4 / 6 * np.log(2), rel=1e-13)


def test_without_w2_it_is_cross_entropy(rng):
    logits, others = rng.normal(size=(2, 5, 3))
    labels = rng.integers(3, size=5)
    value, _ = reconboost.code_loss(logits, others, labels, w2=0.0)
    paper, _ = reconboost.paper_loss(logits, others, labels, rate=0.0)
    assert value == pytest.approx(5 / 3 * paper, rel=1e-13)


@pytest.mark.parametrize("loss", [reconboost.code_loss, reconboost.paper_loss])
def test_the_slope_is_the_losses(loss, rng):
    logits, others = rng.normal(size=(2, 4, 3))
    labels = rng.integers(3, size=4)
    numeric = finite_difference(lambda o: loss(o, others, labels)[0], logits)
    np.testing.assert_allclose(loss(logits, others, labels)[1], numeric, atol=1e-9)


def test_samples_the_others_know_weigh_less():
    logits = np.repeat(certain(0.5, 3), 2, axis=0)
    others = np.concatenate([certain(0.99, 3), certain(0.1, 3)])
    _, slope = reconboost.code_loss(logits, others, np.array([0, 0]))
    assert 0 < -slope[0, 0] < -slope[1, 0]


def test_code_and_paper_differ_beyond_the_true_class(rng):
    logits, others = rng.normal(size=(2, 4, 3))
    labels = rng.integers(3, size=4)
    _, code = reconboost.code_loss(logits, others, labels, w1=3.0, w2=0.6)
    _, paper = reconboost.paper_loss(logits, others, labels, rate=0.2)
    assert np.abs(code - paper).max() > 1e-3


def test_the_papers_loss_falls_without_end():
    """Where q has weight λ q_c on wrong classes the target is negative there: no p reaches it."""
    others = np.log([[0.2, 0.5, 0.3]])
    losses = [
        reconboost.paper_loss(np.array([[t, 0, 0]]), others, LABEL)[0] for t in (10.0, 20.0, 30.0)
    ]
    np.testing.assert_allclose(np.diff(losses), -10 * 0.2 * 0.8, rtol=1e-3)
    code = reconboost.code_loss(np.array([[30.0, 0, 0]]), others, LABEL)[0]
    assert 0 < code < 1e-12  # the code's form has its minimum at p_y = 1


def test_consistency_by_hand():
    value = reconboost.consistency(np.log([[0.8, 0.2]]), np.log([[0.4, 0.6]]))
    assert value == pytest.approx(0.16, rel=1e-12)


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("logits, others", lambda: reconboost.code_loss(np.ones((1, 3)), np.ones((1, 2)), LABEL)),
        ("labels", lambda: reconboost.paper_loss(np.ones((1, 2)), np.ones((1, 2)), LABEL + 2)),
    ],
)
def test_bad_input_is_named(name, call):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
