"""MMCosine: the hand-computed logits, what length cannot change, and what is tested."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy, linear, normalize

from rgm_ref.baselines import mmcosine as ref
from rgm_torch.methods.joint import Joint
from rgm_torch.methods.mmcosine import MMCosine, cosines
from tests.torch.methods import common, toys

FIRST = torch.tensor([[6.0, 8.0], [-4.0, 3.0]])
SECOND = torch.tensor([[0.0, 5.0], [2.0, 0.0]])


class Fixed(nn.Module):
    """An encoder that gives its input back."""

    width = 2

    def forward(self, x):
        return x


def by_hand() -> MMCosine:
    """Two modalities of width 2 with the weights of the specification."""
    fusion = toys.FUSIONS["concat"]([2, 2])
    model = toys.Multimodal({"audio": Fixed(), "video": Fixed()}, fusion, 2)
    with torch.no_grad():
        model.head.weight.copy_(torch.cat([FIRST, SECOND], dim=1))
    return MMCosine(model)


def features(z_1, z_2):
    return {"audio": torch.tensor([z_1]), "video": torch.tensor([z_2])}


def test_hand_computed_logits_and_losses():
    method = by_hand()
    even = method.classify(features([3.0, 4.0], [2.0, 0.0]))
    torch.testing.assert_close(even, torch.tensor([[10.0, 10.0]]))
    for label in (0, 1):
        loss = cross_entropy(even, torch.tensor([label])).item()
        assert loss == pytest.approx(math.log(2), rel=1e-6)
    apart = method.classify(features([3.0, 4.0], [1.0, 1.0]))
    # 10 + 10/√2 and 10/√2: the specification's 17.07 and 7.07 are these, rounded.
    torch.testing.assert_close(apart, torch.tensor([[10 + 50**0.5, 50**0.5]]))
    assert cross_entropy(apart, torch.tensor([0])).item() == pytest.approx(4.5e-5, rel=0.02)


def test_cosines_are_those_of_the_reference():
    torch.manual_seed(0)
    z = [torch.randn(5, 3, dtype=torch.float64), torch.randn(5, 4, dtype=torch.float64)]
    w = [torch.randn(6, 3, dtype=torch.float64), torch.randn(6, 4, dtype=torch.float64)]
    ours = 7.0 * sum(cosines(*pair) for pair in zip(z, w, strict=True))
    theirs = ref.logits([x.numpy() for x in z], [x.numpy().T for x in w], 7.0)
    np.testing.assert_allclose(ours.numpy(), theirs, rtol=1e-13, atol=1e-13)


def test_length_changes_nothing_and_the_gradient_is_orthogonal_to_the_feature():
    method = toys.start(MMCosine).method.double()
    given = {
        name: torch.randn(6, 8, dtype=torch.float64, requires_grad=True) for name in toys.NAMES[:2]
    }
    labels = torch.tensor([0, 1, 2, 0, 1, 2])
    loss = cross_entropy(method.classify(given), labels)
    loss.backward()
    for z in given.values():
        inner = (z.grad * z).sum(dim=-1)
        assert inner.abs().max() < 1e-12 * z.grad.norm() * z.norm()
    longer = {"audio": given["audio"] * 100, "video": given["video"] * 0.01}
    with torch.no_grad():
        method.model.head.weight[1, :8] *= 30  # one class' row of one block
    again = cross_entropy(method.classify(longer), labels)
    torch.testing.assert_close(again, loss, rtol=1e-12, atol=0)


def test_logits_are_bounded_and_the_floor_is_reached_by_a_simplex():
    method = toys.start(MMCosine, modalities=3).method
    z = {name: 50 * torch.randn(40, 8) for name in toys.NAMES[:3]}
    assert method.classify(z).abs().max() <= 3 * method.scale * (1 + 1e-6)
    simplex = torch.eye(6, dtype=torch.float64) - 1 / 6
    for scale, floor in ((10.0, 1.9e-10), (1.0, 0.374)):
        logits = 2 * scale * cosines(simplex, simplex)
        loss = cross_entropy(logits, torch.arange(6)).item()
        assert loss == pytest.approx(ref.loss_floor(6, 2, scale), rel=1e-6)
        assert loss == pytest.approx(floor, rel=0.02)


def test_a_twin_that_normalises_whole_rows_of_the_head_is_another_method():
    """Then a modality with long weights takes the other one's share."""
    method = by_hand()
    z = features([3.0, 4.0], [1.0, 1.0])
    whole = normalize(method.model.head.weight, dim=1).split(2, dim=1)
    twin = sum(10 * linear(normalize(x), w) for x, w in zip(z.values(), whole, strict=True))
    assert (twin - method.classify(z)).abs().max() > 1


def test_a_feature_of_zero_votes_for_nothing_and_sends_no_gradient_to_its_encoder():
    method = by_hand()
    z = {name: x.requires_grad_() for name, x in features([0.0, 0.0], [1.0, 1.0]).items()}
    logits = method.classify(z)
    logits[0, 0].backward()
    # A division by max(‖z‖, 1e-12) would have sent 1e12 times the head's row.
    toys.same(z["audio"].grad, torch.zeros(1, 2))
    toys.same(method.alone(z)["audio"], torch.zeros(1, 2))


def test_bias_has_no_gradient_and_stays():
    toy = toys.start(MMCosine)
    before = toys.values(toy)["model.head.bias"]
    assert "model.head.bias" not in toys.gradients(toy)
    toys.take_steps(toy, 3)
    toys.same(toys.values(toy)["model.head.bias"], before)


def test_what_is_tested_is_what_was_trained_or_the_plain_head_by_option():
    one = toys.batch()
    for test, equal in (("cosine", True), ("linear", False)):
        method = toys.start(MMCosine, test=test).method
        tested = cross_entropy(method.predict(one.inputs), one.labels)
        assert torch.equal(tested, method.loss(one)) is equal
    linear_model = toys.start(Joint).method
    toys.same(method.predict(one.inputs), linear_model.predict(one.inputs))


def test_parts_add_up_to_the_prediction():
    method = toys.start(MMCosine, fusion="sum", modalities=3).method
    z = method.model.features(toys.batch(3).inputs)
    total = torch.stack(list(method.alone(z).values())).sum(dim=0)
    toys.same(total, method.classify(z))


@pytest.mark.parametrize("encoder", ["mlp", "cnn", "transformer"])
@pytest.mark.parametrize("modalities", [2, 3])
def test_trains(encoder, modalities):
    toy = toys.start(MMCosine, modalities, encoder)
    before = toys.values(toy)
    losses = toys.train_epoch(toy)
    assert all(map(math.isfinite, losses))
    moved = {name for name, value in toys.values(toy).items() if not value.equal(before[name])}
    trained = {n for n, _ in toy.method.named_parameters()} - {"model.head.bias"}
    assert trained <= moved
    if encoder == "mlp":
        assert losses[-1] < losses[0]


def test_monitor_sees_the_joint_gradient_once_per_step():
    toy = toys.start(MMCosine)
    toys.take_steps(toy, 3)
    assert len(toy.monitor.layer.recorder) == 3


def test_resumes_bit_for_bit():
    toys.same(*toys.resumed(MMCosine))


@pytest.mark.parametrize("modalities", [2, 3])
def test_repeats_and_takes_mixed_precision(modalities):
    common.repeats(MMCosine, modalities)
    common.mixes(MMCosine, modalities)


@pytest.mark.parametrize(
    ("options", "fusion", "word"),
    [
        ({"scale": 0.0}, "concat", "scale"),
        ({"test": "plain"}, "concat", "test"),
        ({}, "gated", "fusion"),
    ],
)
def test_refuses(options, fusion, word):
    with pytest.raises(ValueError, match=word):
        MMCosine(toys.model(fusion=fusion), **options)
