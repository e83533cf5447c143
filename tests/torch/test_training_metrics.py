"""Metrics by hand, and probes on features of which the answer is known."""

import math

import pytest
import torch

from rgm_torch import models
from rgm_torch.methods import Joint
from rgm_torch.methods.outputs import outputs
from rgm_torch.training.evaluate import summary
from rgm_torch.training.metrics import (
    accuracy,
    calibration_error,
    negative_log_likelihood,
    residual,
)
from rgm_torch.training.probes import ablation, linear_probe
from tests.torch.tiny import corpus


def logits_of(*probabilities: float) -> torch.Tensor:
    """Two-class logits that give the first class these probabilities."""
    p = torch.tensor(probabilities, dtype=torch.float64)
    return torch.stack([p, 1 - p], dim=1).log()


def test_calibration_error_by_hand():
    """Four clips, ten bins: two of confidence 0.95 of which one is right, two lone ones.

    (|1 − 1.9| + |0 − 0.65| + |1 − 0.55|) / 4 = (0.9 + 0.65 + 0.45) / 4 = 0.5.
    """
    logits = logits_of(0.95, 0.95, 0.65, 0.45)
    labels = torch.tensor([0, 1, 1, 1])
    assert calibration_error(logits, labels, bins=10) == pytest.approx(0.5, abs=1e-12)


def test_calibration_error_puts_a_border_into_the_bin_below_it():
    """0.75 and 0.7 share the bin (0.6, 0.8] of five, so their surpluses 0.25 and −0.7 cancel."""
    logits = logits_of(0.75, 0.7)
    labels = torch.tensor([0, 1])
    assert calibration_error(logits, labels, bins=5) == pytest.approx(0.225, abs=1e-12)
    four = calibration_error(logits, labels, bins=4)  # (0.5, 0.75]: 0.75 belongs to it as well
    assert four == pytest.approx(0.225, abs=1e-12)


def test_calibration_error_against_a_loop(rng):
    logits = torch.as_tensor(rng.normal(size=(200, 4)))
    labels = torch.as_tensor(rng.integers(4, size=200))
    confidence, predicted = logits.softmax(dim=1).max(dim=1)
    total = 0.0
    for b in range(15):
        inside = (confidence > b / 15) & (confidence <= (b + 1) / 15)
        if inside.any():
            right = (predicted == labels)[inside].double().mean()
            total += inside.double().mean() * abs(right - confidence[inside].mean())
    assert calibration_error(logits, labels) == pytest.approx(float(total), abs=1e-12)


def test_perfect_confidence_is_calibrated_and_certain_error_is_not():
    sure = torch.tensor([[1000.0, 0.0]])
    assert calibration_error(sure, torch.tensor([0])) == 0
    assert calibration_error(sure, torch.tensor([1])) == 1


def test_likelihood_and_residual_by_hand():
    logits, labels = logits_of(0.75, 0.5), torch.tensor([0, 1])
    expected = (math.log(4 / 3) + math.log(2)) / 2
    assert negative_log_likelihood(logits, labels) == pytest.approx(expected, abs=1e-12)
    # ‖p − y‖² = 2 · 0.25² and 2 · 0.5²
    assert residual(logits, labels) == pytest.approx((0.125 + 0.5) / 2, abs=1e-12)
    assert accuracy(logits_of(0.75, 0.4, 0.9), torch.tensor([0, 1, 1])) == pytest.approx(2 / 3)


def test_residual_is_bounded_by_two():
    certain = torch.tensor([[100.0, 0, 0], [100.0, 0, 0]])
    assert residual(certain, torch.tensor([0, 0])) == pytest.approx(0, abs=1e-12)
    assert residual(certain, torch.tensor([1, 2])) == pytest.approx(2, abs=1e-12)


def test_a_probe_of_noise_is_at_chance():
    """600 test clips, 4 classes, features that know nothing: 4 sigma are 4 √(¼ · ¾ / 600)."""
    rng = torch.Generator().manual_seed(0)
    features = torch.randn(1200, 8, generator=rng)
    labels = torch.randint(4, (1200,), generator=rng)
    score = linear_probe(features[:600], labels[:600], features[600:], labels[600:])
    assert abs(score - 0.25) < 4 * math.sqrt(0.25 * 0.75 / 600)


def test_a_probe_of_separable_features_finds_them_at_any_scale():
    rng = torch.Generator().manual_seed(0)
    labels = torch.arange(300) % 3
    features = 1e-4 * (
        4 * torch.nn.functional.one_hot(labels, 3) + torch.randn(300, 3, generator=rng) / 4
    )
    features[:, 1] *= 1e6
    assert linear_probe(features[:200], labels[:200], features[200:], labels[200:]) == 1


def test_a_probe_needs_two_classes():
    one = torch.zeros(4, dtype=torch.int64)
    with pytest.raises(ValueError, match="train_labels: got a single class"):
        linear_probe(torch.randn(4, 2), one, torch.randn(4, 2), one)


def test_outputs_are_those_of_the_whole_split_in_evaluation_mode():
    data = corpus(size=600)  # three batches of 256
    joint = Joint(models.build(data.shapes, 3, width=4, seed=0)).train()
    before = {name: b.clone() for name, b in joint.named_buffers()}
    seen = outputs(joint, data.train)
    assert joint.training
    assert all(torch.equal(b, before[name]) for name, b in joint.named_buffers())
    expected = joint.eval().predict(data.train.inputs)
    # The same float32 products in batches of another size: a few ulps of numbers of size 1.
    torch.testing.assert_close(seen.logits, expected.detach(), rtol=1e-5, atol=1e-5)
    assert torch.equal(seen.labels, data.train.labels)


def test_summary_reads_each_modality_alone_only_behind_an_additive_head():
    data = corpus()
    for fusion, own in (("concat", ["audio", "video"]), ("film", [])):
        joint = Joint(models.build(data.shapes, 3, width=4, fusion=fusion, seed=0))
        found = summary(outputs(joint, data.test))
        assert list(found["own_accuracy"]) == list(found["own_residual"]) == own


@pytest.mark.parametrize("modalities", [("a", "b"), ("a", "b", "c")])
def test_ablation_zeroes_features(modalities):
    data = corpus(modalities=modalities)
    joint = Joint(models.build(data.shapes, 3, width=4, seed=0)).eval()
    seen = outputs(joint, data.test)
    found = ablation(joint, seen)
    zero = {name: torch.zeros_like(z) for name, z in seen.features.items()}
    only_a = joint.classify(zero | {"a": seen.features["a"]})
    without_a = joint.classify({**seen.features, "a": zero["a"]})
    assert found["kept"]["a"] == accuracy(only_a, seen.labels)
    assert found["removed"]["a"] == accuracy(without_a, seen.labels)
    if len(modalities) == 2:
        assert found["kept"]["a"] == found["removed"]["b"]
