"""GradNorm: its weights by hand and against the reference, and what they do in training."""

import numpy as np
import pytest
import torch

from rgm_ref.baselines import gradnorm as reference
from rgm_torch.methods.gradnorm import GradNorm, step, targets
from rgm_torch.methods.multi_loss import MultiLoss
from tests.torch.methods import common, toys

NORMS = ("encoders", "features")


def tensor(*values):
    return torch.tensor(values, dtype=torch.float64)


def close(got, expected, atol):
    torch.testing.assert_close(got.double(), tensor(*expected), rtol=0, atol=atol)


def test_one_step_by_hand():
    """n = (1, 2, 4), all r = 1: Ḡ = 7/3, ∂ = (−1, −2, 4), before scaling (1.025, 1.05, 0.9)."""
    method = GradNorm(toys.model())
    method.learn(tensor(1, 1, 1).float(), tensor(1, 2, 4).float())
    close(method.weights, [1.0336, 1.0588, 0.9076], atol=5e-5)


def test_targets_by_hand():
    aims = targets(tensor(1, 2, 4), tensor(0.5, 0.9, 1.0), 1.5)
    close(aims, [1.153, 2.784, 3.261], atol=5e-4)


def test_the_reference_agrees(rng):
    for _ in range(50):
        weights, norms, losses, first = rng.uniform(0.1, 2, (4, 4))
        aims = reference.targets(weights, norms, losses, first, 0.7)
        slope = reference.weight_gradient(weights, norms, aims)
        ours = targets(*map(torch.tensor, (weights * norms, losses / first)), 0.7)
        np.testing.assert_allclose(ours, aims, rtol=1e-12)
        moved = step(torch.tensor(weights), torch.tensor(slope), 0.3)
        np.testing.assert_allclose(moved, reference.step(weights, slope, 0.3), rtol=1e-12)


def test_without_alpha_weights_drift_to_equal_lengths():
    """w_i ∝ 1/n_i, up to the chatter of a sign: at most η_w n_i in each weight."""
    method = GradNorm(toys.model(), alpha=0.0, rate=1e-3)
    norms = torch.tensor([1.0, 2.0, 4.0])
    for _ in range(2000):
        method.learn(torch.ones(3), method.weights * norms)
        assert method.weights.sum().item() == pytest.approx(3, rel=1e-6)
    close(method.weights, [12 / 7, 6 / 7, 3 / 7], atol=0.02)


@pytest.mark.parametrize("norms", NORMS)
@pytest.mark.parametrize("encoder", ["mlp", "cnn"])
def test_without_a_rate_it_is_the_uniform_sum(norms, encoder):
    """Up to rounding: two passes are added here, one is run there."""
    ours = toys.start(GradNorm, 2, encoder, rate=0.0, norms=norms)
    plain = toys.start(MultiLoss, 2, encoder)
    got, expected = (toys.gradients(toy) for toy in (ours, plain))
    for name in expected:
        torch.testing.assert_close(got[name], expected[name], rtol=1e-4, atol=1e-7)
    losses = toys.take_steps(ours, 3)
    assert losses == pytest.approx(toys.take_steps(plain, 3), rel=1e-5)
    toys.same(ours.method.weights, torch.ones(3))


@pytest.mark.parametrize("norms", NORMS)
def test_the_step_uses_the_weights_from_before(norms):
    """The gradient is Σ_i w_i ∇L_i on all parameters, heads too."""
    toy = toys.start(GradNorm, norms=norms)
    weights = torch.tensor([0.5, 2.0, 0.5])
    toy.method.weights.copy_(weights)
    got = toys.gradients(toy)
    assert not torch.equal(toy.method.weights, weights)
    toy.method.zero_grad()
    features = toy.method.model.features(toys.batch().inputs)
    losses = toy.method.tasks(features, toys.batch().labels)
    (weights * torch.stack(losses)).sum().backward()
    for name, parameter in toy.method.named_parameters():
        torch.testing.assert_close(got[name], parameter.grad, rtol=1e-4, atol=1e-7)


def test_lengths_are_taken_over_all_encoders_and_over_each():
    toy = toys.start(GradNorm, rate=1e-6, alpha=0.0)
    toy.method.weights.copy_(torch.tensor([0.5, 2.0, 0.5]))
    seen = {}
    toy.method.learn = lambda losses, lengths: seen.update(lengths=lengths)
    toys.gradients(toy)
    features = toy.method.model.features(toys.batch().inputs)
    losses = toy.method.tasks(features, toys.batch().labels)
    encoders = list(toy.method.model.encoders.parameters())
    for i, (weight, loss) in enumerate(zip([0.5, 2.0, 0.5], losses, strict=True)):
        found = torch.autograd.grad(loss, encoders, retain_graph=True, allow_unused=True)
        norm = torch.cat([g.flatten() for g in found if g is not None]).norm()
        assert seen["lengths"][i].item() == pytest.approx(weight * norm.item(), rel=1e-5)


@pytest.mark.parametrize("norms", NORMS)
def test_a_loss_ten_times_as_large_loses_weight(norms):
    """Its progress L(t)/L(0) is the same, its gradient ten times as long."""

    class Scaled(GradNorm):
        def tasks(self, features, labels):
            joint, first, *rest = super().tasks(features, labels)
            return [joint, 10 * first, *rest]

    plain, scaled = (toys.start(method, norms=norms) for method in (GradNorm, Scaled))
    for toy in (plain, scaled):
        toys.take_steps(toy, 6)
    assert scaled.method.weights[1] < plain.method.weights[1]
    assert scaled.method.weights[1] < 1
    assert scaled.method.weights.sum().item() == pytest.approx(3, rel=1e-6)


def test_the_floor_keeps_weights_positive():
    close(
        step(tensor(1, 1, 1), tensor(1e3, 0, 0), 1.0), [3e-3 / 2.001, 3 / 2.001, 3 / 2.001], 1e-12
    )


def test_loss_scaling_changes_nothing():
    for norms in NORMS:
        runs = [toys.start(GradNorm, norms=norms, scale=scale) for scale in (0.0, 2.0**12)]
        toys.same(*(toys.take_steps(run, 3) for run in runs))
        toys.same(*map(common.weights, runs))
        toys.same(*(run.method.weights for run in runs))


@pytest.mark.parametrize("norms", NORMS)
def test_a_step_that_overflows_teaches_nothing(norms):
    toy = toys.start(GradNorm, norms=norms, scale=2.0**127)
    toy.method.weight = 1e4  # 1e4 · 2^127 is beyond float32
    before = {name: p.detach().clone() for name, p in toy.method.named_parameters()}
    toys.take_steps(toy, 1)
    toys.same(dict(toy.method.named_parameters()), before)
    toys.same(toy.method.weights, torch.ones(3))


@pytest.mark.parametrize("norms", NORMS)
def test_a_frozen_encoder_stays(norms):
    toy = toys.start(GradNorm, 3, norms=norms)
    toy.method.model.encoders["video"].requires_grad_(False)
    before = toys.values(toy)
    toys.take_steps(toy, 2)
    for name, value in toys.values(toy).items():
        if ".encoders.video." in name:
            toys.same(value, before[name])
    assert toy.method.weights.isfinite().all()


@pytest.mark.parametrize("modalities", [2, 3])
@pytest.mark.parametrize("norms", NORMS)
def test_it_trains_resumes_and_repeats(modalities, norms):
    common.trains(GradNorm, modalities, norms=norms)
    common.resumes(GradNorm, modalities, norms=norms)
    common.repeats(GradNorm, modalities, norms=norms)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"alpha": -1.0}, "alpha: got -1.0"),
        ({"rate": float("inf")}, "rate: got inf"),
        ({"norms": "layer"}, "norms: got 'layer'"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        GradNorm(toys.model(), **options)
