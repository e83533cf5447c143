"""CGGM: the coefficients by hand, who may touch the head, and a direction with a derivative."""

import math

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from rgm_ref.baselines import cggm as ref
from rgm_torch.methods import cggm
from rgm_torch.methods.cggm import CGGM, balance, direction_loss
from rgm_torch.methods.joint import Joint
from tests.torch.methods import common, toys

DIRECTIONS = ("gradient", "weight")


def change(*values, batch=None):
    """B of accuracies that were 0.5."""
    before = torch.full((len(values),), 0.5, dtype=torch.float64)
    return balance(before + torch.tensor(values, dtype=torch.float64), before, batch)


def close(ours, theirs, tolerance=1e-4):
    """The specification gives four digits."""
    torch.testing.assert_close(ours, torch.tensor(theirs, dtype=ours.dtype), atol=tolerance, rtol=0)


def test_hand_computed_coefficients():
    pair = balance(torch.tensor([0.60, 0.42]), torch.tensor([0.50, 0.40]), None)
    close(pair, [0.1667, 0.8333])
    close(1.3 * pair, [0.2167, 1.0833])
    assert direction_loss(pair, torch.tensor([0.5, 0.2])).item() == pytest.approx(0.375, abs=1e-6)
    three = change(0.10, 0.02, 0.03)
    close(three, [1 / 3, 0.8667, 0.8])
    assert three.sum().item() == pytest.approx(2)
    close(change(-0.05, 0.08), [8 / 3, -5 / 3])


def test_guard_is_even_where_changes_cancel_and_bounded_elsewhere():
    close(change(0.25, -0.25, batch=16), [0.5, 0.5])
    close(change(0.25, -0.25, 0.0, batch=16), [2 / 3] * 3)
    close(change(-0.05, 0.08, batch=64), [2.0, 0.0])
    assert change(0.25, -0.25).abs().max() > 1e6  # as published
    for values in ((0.0625, 0.125), (0.25, -0.25), (-0.125, 0.1875), (0.0, 0.0)):
        for batch in (16, None):
            before = np.full(2, 0.5)
            theirs = ref.balance(before + values, before, batch)
            np.testing.assert_allclose(change(*values, batch=batch), theirs, rtol=1e-12)


def test_direction_loss_is_never_negative_and_zero_for_perfect_directions():
    torch.manual_seed(0)
    coefficients = torch.randn(50, 3, dtype=torch.float64)
    for b in coefficients:
        assert direction_loss(b, 2 * torch.rand(3).double() - 1) >= 0
        assert direction_loss(b, b.sign()) == 0
    ours = direction_loss(coefficients[0], coefficients[1].tanh())
    theirs = ref.direction_loss(coefficients[0].numpy(), coefficients[1].tanh().numpy())
    assert ours.item() == pytest.approx(theirs, rel=1e-13)


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("fusion", ["concat", "sum"])
def test_cosines_and_slopes_are_those_of_the_reference(direction, fusion):
    """The direction term has a derivative, the one in closed form, and in the head alone."""
    method, one = toys.start(CGGM, fusion=fusion, direction=direction).method.double(), toys.batch()
    z = {name: torch.randn(16, 8, dtype=torch.float64) for name in toys.NAMES[:2]}
    own = cggm.own_logits(method.model, method.heads, z)
    cosines = method.cosines(z, own, one.labels)
    logits = method.model.classify(z).detach().numpy()
    weight = method.model.head.weight
    expected = np.zeros(tuple(weight.shape))
    blocks = method.model.fusion.blocks(torch.arange(weight.numel()).reshape(weight.shape))
    joined = method.model.fusion(list(z.values())).numpy()
    for cosine, name, places in zip(cosines, z, blocks, strict=True):
        features = z[name].numpy()
        if direction == "gradient":
            args = logits, own[name].detach().numpy(), one.labels.numpy(), features
            value, slope = ref.gradient_direction(*args)
            expected += slope.T @ joined
        else:
            block = weight.detach().numpy().flat[places.numpy()]
            value, slope = ref.weight_direction(
                method.heads[name].weight.detach().numpy().T, block.T
            )
            expected.flat[places.numpy()] += slope.T
        assert cosine.item() == pytest.approx(value, rel=1e-9)
    found = torch.autograd.grad(cosines.sum(), weight)[0].numpy()
    np.testing.assert_allclose(found, expected, atol=1e-12)
    assert np.abs(found).max() > 1e-3


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_direction_turns_the_head_and_leaves_the_encoders_alone(direction):
    plain = toys.gradients(toys.start(CGGM, weight=0.0, clip=math.inf, direction=direction))
    turned = toys.gradients(toys.start(CGGM, weight=1.0, clip=math.inf, direction=direction))
    assert not turned["model.head.weight"].equal(plain["model.head.weight"])
    for name in plain:
        if ".head." not in name:
            toys.same(turned[name], plain[name])


@pytest.mark.parametrize("encoder", ["mlp", "cnn", "transformer"])
def test_encoders_are_scaled_by_rho_b_and_the_head_is_not(encoder):
    toy = toys.start(CGGM, encoder=encoder, weight=0.0, clip=math.inf)
    joint = toys.gradients(toys.start(Joint, encoder=encoder))
    toy.method.before.copy_(torch.tensor([0.1, 0.3]))
    ours = toys.gradients(toy)
    factors = dict(zip(("audio", "video"), 1.3 * toy.method.balance, strict=True))
    assert factors["audio"] != factors["video"]
    for name, gradient in joint.items():
        factor = next((f for key, f in factors.items() if f"encoders.{key}." in name), 1.0)
        toys.same(ours[name], factor * gradient)


def test_neutral_settings_are_joint_training_bit_for_bit(monkeypatch):
    monkeypatch.setattr(cggm, "balance", lambda accuracy, before, batch: torch.ones(2))
    ours = toys.start(CGGM, rho=1.0, weight=0.0, clip=math.inf)
    theirs = toys.start(Joint)
    for toy in (ours, theirs):
        toys.take_steps(toy, 3)
    for name, value in toys.values(theirs).items():
        toys.same(toys.values(ours)[name], value)


def test_encoders_do_not_hear_the_classifiers():
    loud, quiet = toys.start(CGGM, weight=0.0), toys.start(CGGM, weight=0.0)
    with torch.no_grad():
        for head in loud.method.heads.values():
            head.bias[1] = 100.0  # wrong for most, and a large loss
    ours, theirs = toys.gradients(loud), toys.gradients(quiet)
    ratio = loud.method.balance / quiet.method.balance
    for k, name in enumerate(("audio", "video")):
        key = f"model.encoders.{name}.layers.0.weight"
        torch.testing.assert_close(ours[key], ratio[k] * theirs[key])
    toys.same(ours["model.head.weight"], theirs["model.head.weight"])


def test_classifiers_learn_at_their_own_rate_and_are_not_clipped():
    toy, one = toys.start(CGGM, rate=0.25, clip=1e-6), toys.batch()
    assert [group["lr"] for group in toy.optimizer.param_groups] == [0.02, 0.005]
    found = toys.gradients(toy, one)
    assert sum(g.norm() ** 2 for n, g in found.items() if n[:5] == "model") <= 1.0001e-12
    z = toy.method.model.features(one.inputs)
    head = toy.method.heads["audio"]
    loss = cross_entropy(head(z["audio"].detach()), one.labels)
    toys.same(found["heads.audio.weight"], torch.autograd.grad(loss, head.weight)[0])


def test_accuracies_are_remembered_from_step_to_step():
    toy = toys.start(CGGM)
    one = toys.batch()
    toys.gradients(toy, one)
    # Before the first step all were 0, so that B follows the accuracies themselves.
    seen = toy.method.before.clone()
    toys.same(toy.method.balance, balance(seen, torch.zeros(2), 16))
    toys.gradients(toy, one)
    torch.testing.assert_close(toy.method.balance, torch.full((2,), 0.5))


@pytest.mark.parametrize("encoder", ["mlp", "cnn", "transformer"])
@pytest.mark.parametrize("modalities", [2, 3])
def test_trains(encoder, modalities):
    toy = toys.start(CGGM, modalities, encoder)
    before = toys.values(toy)
    losses = toys.train_epoch(toy)
    assert all(map(math.isfinite, losses))
    moved = {name for name, value in toys.values(toy).items() if not value.equal(before[name])}
    assert {name for name, _ in toy.method.named_parameters()} <= moved
    assert len(toy.monitor.layer.recorder) == len(losses)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_resumes_bit_for_bit(direction):
    toys.same(*toys.resumed(CGGM, direction=direction))


@pytest.mark.parametrize("modalities", [2, 3])
def test_repeats_and_takes_mixed_precision(modalities):
    common.repeats(CGGM, modalities)
    common.mixes(CGGM, modalities)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"rho": -1.0}, "rho"),
        ({"weight": math.nan}, "weight"),
        ({"rate": math.inf}, "rate"),
        ({"clip": 0.0}, "clip"),
        ({"direction": "official"}, "direction"),
        ({"fusion": "gated"}, "fusion"),
        ({"modalities": 1}, "modalities"),
    ],
)
def test_refuses(options, word):
    with pytest.raises(ValueError, match=word):
        toys.start(CGGM, **options)
