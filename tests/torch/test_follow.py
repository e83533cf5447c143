"""Step sizes and steps read off an optimizer, against sums done by hand."""

import numpy as np
import pytest
import torch
from torch.optim.lr_scheduler import LambdaLR, OneCycleLR, StepLR

from rgm_torch import RGM
from tests.torch.layer_oracle import Oracle, energy_of

# Sums of a few float64 squares.
EXACT = {"rtol": 1e-12}


def weights(count=2, dtype=torch.float64):
    """One leaf per modality; the features are the leaves themselves."""
    generator = torch.Generator().manual_seed(0)
    return [
        torch.randn(4, 6, generator=generator, dtype=dtype).requires_grad_() for _ in range(count)
    ]


def step(rgm, optimizer, features, g):
    """One step whose gradients are known; the monitor sends them on as they are."""
    optimizer.zero_grad()
    torch.autograd.backward(rgm(*features), list(torch.as_tensor(g)))
    optimizer.step()


@pytest.mark.parametrize(
    "schedule",
    [
        lambda o: StepLR(o, step_size=2, gamma=0.1),
        lambda o: OneCycleLR(o, max_lr=1.0, total_steps=8),
        lambda o: LambdaLR(o, lambda t: min(t / 3, 1)),  # warm-up from a rate of 0
    ],
    ids=["step", "one-cycle", "warm-up"],
)
def test_energies_follow_a_schedule(rng, schedule):
    features = weights()
    optimizer = torch.optim.SGD(features, lr=0.1)
    scheduler, rgm, expected = schedule(optimizer), RGM(modulate=False), 0
    rgm.follow(optimizer)
    for g in rng.normal(size=(6, 2, 4, 6)):
        expected = expected + optimizer.param_groups[0]["lr"] ** 2 * energy_of(g)
        step(rgm, optimizer, features, g)
        scheduler.step()
    np.testing.assert_allclose(rgm.energy, expected, **EXACT)
    assert rgm.cge.steps == 6


@pytest.mark.parametrize("as_tensor", [False, True])
def test_every_modality_has_the_rate_of_its_group(rng, as_tensor):
    features, rgm = weights(), RGM(modulate=False)
    rates = [torch.tensor(r) if as_tensor else r for r in (0.5, 0.25)]
    groups = [{"params": [f], "lr": rate} for f, rate in zip(features, rates, strict=True)]
    optimizer = torch.optim.SGD(groups)
    rgm.follow(optimizer, parameters=[[f] for f in features])
    g, h = rng.normal(size=(2, 2, 4, 6))
    step(rgm, optimizer, features, g)
    if as_tensor:
        optimizer.param_groups[1]["lr"].mul_(2)  # in place, as schedulers do with tensors
    else:
        optimizer.param_groups[1]["lr"] = 0.5
    step(rgm, optimizer, features, h)
    expected = [0.25, 0.0625] * energy_of(g) + [0.25, 0.25] * energy_of(h)
    np.testing.assert_allclose(rgm.energy, expected, **EXACT)


@pytest.mark.parametrize("energy", ["raw", "applied"])
def test_modulation_sees_energies_at_the_rates_of_their_groups(rng, energy):
    features, rates = weights(), np.array([0.5, 0.25])
    groups = [{"params": [f], "lr": rate} for f, rate in zip(features, rates, strict=True)]
    rgm, optimizer, oracle = RGM(energy=energy), torch.optim.SGD(groups), Oracle(energy=energy)
    rgm.follow(optimizer, parameters=[[f] for f in features])
    for g in rng.normal(size=(3, 2, 4, 6)):
        step(rgm, optimizer, features, g)
        expected = oracle.step(g, rate=rates)
        for feature, value in zip(features, expected, strict=True):
            np.testing.assert_allclose(feature.grad, value, rtol=1e-10, atol=1e-12)


def test_differing_rates_need_to_be_told_apart():
    features, rgm = weights(), RGM()
    groups = [{"params": [f], "lr": rate} for f, rate in zip(features, (0.5, 0.25), strict=True)]
    with pytest.raises(ValueError, match=r"learning rates \[0\.25, 0\.5\], .* say which"):
        rgm.follow(torch.optim.SGD(groups))


def test_rates_that_part_during_training_are_noticed():
    features, rgm = weights(), RGM()
    optimizer = torch.optim.SGD([{"params": [f]} for f in features], lr=0.1)
    rgm.follow(optimizer)
    optimizer.param_groups[1]["lr"] = 0.2
    with pytest.raises(ValueError, match="say which parameters belong to which modality"):
        step(rgm, optimizer, features, np.ones((2, 4, 6)))


def test_one_modality_in_two_groups_of_one_rate(rng):
    """Weight decay on some parameters and not on others is the commonest reason for groups."""
    features, bias, rgm = weights(), torch.zeros(1, requires_grad=True), RGM(modulate=False)
    groups = [{"params": features}, {"params": [bias], "weight_decay": 0.1}]
    optimizer, g = torch.optim.SGD(groups, lr=0.5), rng.normal(size=(2, 4, 6))
    rgm.follow(optimizer, parameters=[[features[0], bias], [features[1]]])
    step(rgm, optimizer, features, g)
    np.testing.assert_allclose(rgm.energy, 0.25 * energy_of(g), **EXACT)


def test_a_frozen_modality_has_no_rate():
    features, rgm = weights(), RGM()
    features[1].requires_grad_(False)
    optimizer = torch.optim.SGD(features[:1], lr=0.5)
    rgm.follow(optimizer, parameters=[[f] for f in features])
    assert rgm.cge.rate.tolist() == [0.5, 0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"step": "real"}, "step: got 'real'"),
        ({"step": "effective"}, "parameters: needed for step='effective'"),
        ({"parameters": [[], [], []]}, "parameters: got 3 lists, expected one per modality"),
        ({"parameters": "stranger"}, r"parameters\[1\]: the optimizer holds none of them"),
    ],
)
def test_bad_arguments(options, message):
    features = weights()
    if options.get("parameters") == "stranger":
        options = {"parameters": [features[:1], weights(1)]}
    with pytest.raises(ValueError, match=message):
        RGM().follow(torch.optim.SGD(features, lr=0.1), **options)


def test_effective_step_of_plain_descent_is_the_learning_rate(rng):
    """Up to rounding: lengths are summed in float32."""
    features, rgm = weights(), RGM(modulate=False)
    optimizer = torch.optim.SGD(features, lr=0.3)
    rgm.follow(optimizer, parameters=[[f] for f in features], step="effective")
    for g in rng.normal(size=(3, 2, 4, 6)):
        step(rgm, optimizer, features, g)
        np.testing.assert_allclose(rgm.cge.rate, [0.3, 0.3], rtol=1e-6)


def test_effective_step_with_momentum(rng):
    """v ← 0.9 v + g, θ ← θ − η v: the energy of a step is ‖η v‖² where features are parameters."""
    features, rgm, velocity, expected = weights(), RGM(modulate=False), 0, 0
    optimizer = torch.optim.SGD(features, lr=0.3, momentum=0.9)
    rgm.follow(optimizer, parameters=[[f] for f in features], step="effective")
    for g in rng.normal(size=(4, 2, 4, 6)):
        velocity = 0.9 * velocity + g
        expected = expected + energy_of(0.3 * velocity)
        step(rgm, optimizer, features, g)
        np.testing.assert_allclose(rgm.energy, expected, rtol=1e-6)


@pytest.mark.parametrize("fused", [False, True])
def test_effective_step_of_adamw(rng, fused):
    """Adam's first step has length η in every entry, whatever the gradient; decay is added."""
    features, rgm = weights(), RGM(modulate=False)
    optimizer = torch.optim.AdamW(features, lr=0.01, weight_decay=0.1, eps=1e-12, fused=fused)
    rgm.follow(optimizer, parameters=[[f] for f in features], step="effective")
    g = rng.normal(size=(2, 4, 6)) * np.array([1, 100]).reshape(2, 1, 1)
    before = np.stack([f.detach().numpy().copy() for f in features])
    step(rgm, optimizer, features, g)
    moved = 0.01 * (np.sign(g) + 0.1 * before)
    expected = np.sqrt(energy_of(moved) / energy_of(g))
    np.testing.assert_allclose(rgm.cge.rate, expected, rtol=1e-5)
    np.testing.assert_allclose(rgm.energy, energy_of(moved), rtol=1e-5)


def test_effective_step_keeps_the_last_one_where_there_is_no_gradient(rng):
    features, rgm = weights(), RGM(modulate=False)
    optimizer = torch.optim.SGD(features, lr=0.3)
    rgm.follow(optimizer, parameters=[[f] for f in features], step="effective")
    step(rgm, optimizer, features, rng.normal(size=(2, 4, 6)))
    optimizer.zero_grad()
    rgm(*features)[0].sum().backward()
    optimizer.step()
    np.testing.assert_allclose(rgm.cge.rate, [0.3, 0.3], rtol=1e-6)


def test_modulation_uses_the_last_known_effective_step(rng):
    """Rates of 4 : 1 make equal gradients look like energies of 16 : 1, from the second step on."""
    features, g = weights(), np.repeat(rng.normal(size=(1, 4, 6)), 2, axis=0)
    optimizer = torch.optim.SGD(
        [{"params": [f], "lr": lr} for f, lr in zip(features, (0.4, 0.1), strict=True)]
    )
    rgm = RGM(modulate=False)
    rgm.follow(optimizer, parameters=[[f] for f in features], step="effective")
    for _ in range(2):
        step(rgm, optimizer, features, g)
    np.testing.assert_allclose(rgm.recorder.numpy()["share_0"], 16 / 17, rtol=1e-6)


def test_following_another_optimizer_leaves_the_first(rng):
    features, rgm, g = weights(), RGM(modulate=False), rng.normal(size=(2, 4, 6))
    first, second = (torch.optim.SGD(features, lr=rate) for rate in (0.5, 0.25))
    rgm.follow(first)
    step(rgm, first, features, g)
    rgm.follow(second)
    step(rgm, second, features, g)
    first.step()  # no longer counted
    np.testing.assert_allclose(rgm.energy, (0.25 + 0.0625) * energy_of(g), **EXACT)
    assert rgm.cge.steps == 2


def test_a_restored_optimizer_is_followed_on(rng):
    """Loading a state replaces the optimizer's groups; the layer reads the new ones."""
    features, rgm, g = weights(), RGM(modulate=False), rng.normal(size=(2, 4, 6))
    groups = [{"params": [f], "lr": 0.5} for f in features]
    optimizer = torch.optim.SGD(groups)
    rgm.follow(optimizer, parameters=[[f] for f in features])
    saved = optimizer.state_dict()
    saved["param_groups"][1]["lr"] = 0.25
    optimizer.load_state_dict(saved)
    step(rgm, optimizer, features, g)
    np.testing.assert_allclose(rgm.energy, [0.25, 0.0625] * energy_of(g), **EXACT)


def test_a_closure_is_part_of_its_step(rng):
    """Lightning calls backward inside of optimizer.step."""
    features, rgm, g = weights(), RGM(modulate=False), rng.normal(size=(2, 4, 6))
    optimizer = torch.optim.SGD(features, lr=0.5)
    rgm.follow(optimizer)

    def closure():
        optimizer.zero_grad()
        torch.autograd.backward(rgm(*features), list(torch.from_numpy(g)))

    for _ in range(2):
        optimizer.step(closure)
    np.testing.assert_allclose(rgm.energy, 2 * 0.25 * energy_of(g), **EXACT)
    assert rgm.cge.steps == 2
