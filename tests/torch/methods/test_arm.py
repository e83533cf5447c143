"""ARM: information by histograms, factors by hand, and a prediction that knows no labels."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from rgm_ref.baselines import arm as ref
from rgm_torch.methods.arm import ARM, contributions, log_factors
from rgm_torch.methods.information import conditional_information, mutual_information
from rgm_torch.methods.joint import Joint
from tests.torch.methods import common, toys

LAYERS = ("two", "one")
BINS = 2  # a toy batch has 16 · 8 entries


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_information_is_that_of_the_reference():
    x, y = normal(40, 6), normal(40, 6, seed=1)
    c = x + 0.5 * y
    for bins in (2, 8, 30):
        ours = mutual_information(x, c, bins).item()
        # Counts are exact; entropies are summed in float32.
        assert ours == pytest.approx(ref.mutual_information(x, c, bins), abs=2e-6)
        ours = conditional_information(x, c, y, bins).item()
        assert ours == pytest.approx(ref.conditional_information(x, c, y, bins), abs=2e-6)


def test_information_of_a_thing_with_itself_and_of_strangers():
    x, c, y = normal(500, 64), normal(500, 64, seed=1), normal(500, 64, seed=2)
    assert mutual_information(x, x, 8).item() == pytest.approx(1, abs=1e-6)
    # Independent: the bias of an estimate from n entries is of order cells/n = 8³/32000.
    assert abs(mutual_information(x, c, 8).item()) < 0.01
    assert abs(conditional_information(x, c, y, 8).item()) < 0.02
    relu = [z.clamp_min(0) for z in (x, c, y)]  # the published estimate gives about 1 here
    assert abs(conditional_information(*relu, 2).item()) < 0.01
    constant = torch.zeros(10, 4)
    assert mutual_information(constant, constant, 8) == 0
    assert conditional_information(constant, constant, constant, 8) == 0


@pytest.mark.parametrize("modalities", [2, 3])
def test_contributions_and_factors_are_those_of_the_reference(modalities):
    parts, joint = normal(modalities, 30, 5), normal(30, 5, seed=1)
    parts = parts + joint * torch.arange(1, modalities + 1)[:, None, None]
    pi = torch.tensor([0.9, 0.4, 0.6][:modalities], dtype=torch.float64)
    ours = contributions(parts, joint, pi, torch.tensor(0.8, dtype=torch.float64), 8)
    theirs = ref.contributions(parts.numpy(), joint.numpy(), pi.numpy(), 0.8, 8)
    np.testing.assert_allclose(ours, theirs, atol=5e-6)
    expected = ref.factors(theirs)
    np.testing.assert_allclose(log_factors(ours, 5.0).exp(), expected, rtol=1e-3)


def test_hand_computed_factors():
    even = log_factors(torch.tensor([0.3, 0.3]), 5.0)
    torch.testing.assert_close(even, torch.zeros(2))
    pair = log_factors(torch.tensor([0.6, 0.2]), 5.0).exp()  # the first one dominates
    torch.testing.assert_close(pair, torch.tensor([1 / 3, 3.0]))
    three = log_factors(torch.tensor([0.6, 0.2, 0.4]), 50.0).exp()
    assert three.prod().item() == pytest.approx(1, rel=1e-5)
    assert three.argmax() == 1
    bound = log_factors(torch.tensor([-0.1, 0.9]), 5.0).exp()  # floored, then cut off
    torch.testing.assert_close(bound, torch.tensor([5.0, 0.2]))


@pytest.mark.parametrize("layers", LAYERS)
def test_factors_scale_features_and_their_gradients(layers):
    method = toys.start(ARM, layers=layers).method
    z = {name: torch.randn(4, 8) for name in toys.NAMES[:2]}
    labels = torch.tensor([0, 1, 2, 0])

    def slopes(*factors):
        """∂L/∂z_k at z_k/λ_k, where the scaled features are always the same."""
        method.log_factors.copy_(torch.tensor(factors).log())
        at = {n: (x / f).requires_grad_() for (n, x), f in zip(z.items(), factors, strict=True)}
        cross_entropy(method.classify(at), labels).backward()
        return [x.grad for x in at.values()]

    plain, moved = slopes(1.0, 1.0), slopes(0.5, 2.0)
    torch.testing.assert_close(moved[0], 0.5 * plain[0])
    torch.testing.assert_close(moved[1], 2.0 * plain[1])


def test_one_layer_with_factors_of_one_is_joint_training_bit_for_bit():
    ours, theirs = toys.start(ARM, layers="one", limit=1.0), toys.start(Joint)
    for toy in (ours, theirs):
        toys.take_steps(toy, 3)
    for name, value in toys.values(theirs).items():
        toys.same(toys.values(ours)[name], value)


def test_two_layers_with_factors_of_one_are_the_plain_two_layers():
    toy, one = toys.start(ARM, limit=1.0), toys.batch()
    toys.take_steps(toy, 3)
    method = toy.method
    toys.same(method.log_factors, torch.zeros(2))
    z = torch.cat(list(method.model.features(one.inputs).values()), dim=-1)
    toys.same(method.predict(one.inputs), method.own[1](method.own[0](z)))


@pytest.mark.parametrize("layers", LAYERS)
@pytest.mark.parametrize("encoder", ["mlp", "cnn", "transformer"])
def test_factors_leave_one_and_change_the_gradient(layers, encoder):
    free, bound = (
        toys.gradients(
            toys.start(ARM, encoder=encoder, layers=layers, bins=BINS, momentum=0.0, limit=limit)
        )
        for limit in (5.0, 1.0)
    )
    for name in ("audio", "video"):
        keys = [key for key in free if f"encoders.{name}." in key]
        assert any(not torch.allclose(free[key], bound[key], rtol=1e-4) for key in keys)


def test_factors_of_a_pair_multiply_to_one_through_the_average():
    toy = toys.start(ARM, bins=BINS)
    toys.take_steps(toy, 4)
    factors = toy.method.log_factors.exp()
    assert factors.prod().item() == pytest.approx(1, rel=1e-5)
    assert abs(factors[0].item() - 1) > 1e-4


def test_average_forgets_slowly():
    quick, slow = (toys.start(ARM, bins=BINS, momentum=m) for m in (0.0, 0.75))
    for toy in (quick, slow):
        toys.gradients(toy)
    assert quick.method.log_factors.abs().min() > 1e-3
    torch.testing.assert_close(slow.method.log_factors, quick.method.log_factors / 4)


def test_with_more_cells_than_entries_the_estimate_is_bias_and_nothing_happens():
    """16 · 8 entries in 8³ cells: strangers seem to tell a lot, and both Γ fall below the floor."""
    x, c, y = (normal(16, 8, seed=seed) for seed in range(3))
    assert conditional_information(x, c, y, 8).item() > 0.25
    assert conditional_information(x, c, y, 2).item() < 0.05
    toy = toys.start(ARM, bins=8, momentum=0.0)
    toys.gradients(toy)
    toys.same(toy.method.log_factors, torch.zeros(2))


@pytest.mark.parametrize("layers", LAYERS)
def test_prediction_knows_neither_labels_nor_its_batch(layers):
    toy, one = toys.start(ARM, layers=layers, bins=BINS), toys.batch()
    toys.take_steps(toy, 2)
    method, before = toy.method.eval(), toy.method.log_factors.clone()
    whole = method.predict(one.inputs)
    part = method.predict({name: x[:3] for name, x in one.inputs.items()})
    # Another batch size may sum in another order, no more.
    torch.testing.assert_close(part, whole[:3], rtol=1e-5, atol=1e-6)
    toys.same(method.log_factors, before)
    wrong = replace(one, labels=(one.labels + 1) % 3)
    method.loss(wrong)  # training does look at labels: a twin that predicted so would see them
    assert not method.log_factors.equal(before)


def test_alone_leaves_the_others_out():
    method, one = toys.start(ARM, layers="one").method, toys.batch()
    method.log_factors.copy_(torch.tensor([0.5, 2.0]).log())
    z = method.model.features(one.inputs)
    bias = method.model.head.bias
    parts = method.alone(z)
    torch.testing.assert_close(parts["audio"] + parts["video"] - bias, method.classify(z))


@pytest.mark.parametrize("layers", LAYERS)
@pytest.mark.parametrize("modalities", [2, 3])
def test_trains(layers, modalities):
    toy = toys.start(ARM, modalities, "cnn", layers=layers, bins=BINS)
    before = toys.values(toy)
    losses = toys.train_epoch(toy)
    assert all(map(math.isfinite, losses))
    moved = {name for name, value in toys.values(toy).items() if not value.equal(before[name])}
    trained = {name for name, _ in toy.method.named_parameters()}
    if layers == "two":
        trained -= {"model.head.weight", "model.head.bias"}
    assert trained <= moved
    assert len(toy.monitor.layer.recorder) == len(losses)


@pytest.mark.parametrize("layers", LAYERS)
def test_resumes_bit_for_bit(layers):
    toys.same(*toys.resumed(ARM, layers=layers, bins=BINS))


@pytest.mark.parametrize("modalities", [2, 3])
def test_repeats_and_takes_mixed_precision(modalities):
    common.repeats(ARM, modalities, bins=BINS)
    common.mixes(ARM, modalities, bins=BINS)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"layers": "three"}, "layers"),
        ({"bins": 1}, "bins"),
        ({"momentum": 1.0}, "momentum"),
        ({"limit": 0.5}, "limit"),
        ({"modalities": 1}, "modalities"),
        ({"layers": "one", "fusion": "gated"}, "fusion"),
    ],
)
def test_refuses(options, word):
    with pytest.raises(ValueError, match=word):
        toys.start(ARM, **options)
