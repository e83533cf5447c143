"""What torch users do to a training: accumulation, loss scaling, checkpointing, several losses."""

import itertools

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint, set_checkpoint_early_stop

from rgm_torch import RGM
from tests.torch.layer_oracle import Oracle, energy_of

# As in test_layer.py: float64 Gram matrices of random gradients.
EXACT = {"rtol": 1e-10, "atol": 1e-12}


class Model(nn.Module):
    """Two linear encoders, the layer, and a head of one layer."""

    def __init__(self, rgm: RGM, dtype=torch.float64):
        super().__init__()
        torch.manual_seed(0)
        self.encoders = nn.ModuleList([nn.Linear(5, 6), nn.Linear(5, 6)])
        self.rgm, self.head = rgm, nn.Linear(12, 3)
        self.to(dtype)

    def forward(self, x):
        return self.head(torch.cat(self.rgm(*(e(x).tanh() for e in self.encoders)), dim=-1))


def batch(size=8, dtype=torch.float64):
    """Inputs and targets."""
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(size, 5, generator=generator, dtype=torch.float64)
    return x.to(dtype), (x[:, :3] * 2).to(dtype)


def loss_of(model, x, y):
    return (model(x).float() - y.float()).square().mean()


@pytest.mark.parametrize("parts", [1, 2, 4])
def test_energy_of_an_accumulated_gradient(parts):
    """Shares of one batch give its energy; inside the step each sees what came before it."""
    x, y = batch()
    model = Model(RGM(modulate=False))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    model.rgm.follow(optimizer)
    for one, target in zip(x.chunk(parts), y.chunk(parts), strict=True):
        ((model(one) - target).square().mean() / parts).backward()
    optimizer.step()
    whole = Model(RGM(modulate=False))
    (whole(x) - y).square().mean().backward()
    np.testing.assert_allclose(model.rgm.energy, 0.01 * whole.rgm.energy, **EXACT)
    assert model.rgm.cge.steps == 1
    assert model.rgm.cge.pending.sum() == 0


def test_every_micro_batch_sees_the_energy_of_those_before_it(rng):
    """What accumulation changes inside a step, said in numbers."""
    rgm, weights = RGM(), [torch.zeros(1, 6, dtype=torch.float64, requires_grad=True) for _ in "av"]
    optimizer = torch.optim.SGD(weights, lr=0.5)
    rgm.follow(optimizer)
    oracle, expected = Oracle(), 0
    for g in rng.normal(size=(3, 2, 4, 6)):
        features = rgm(*(w.expand(4, 6) for w in weights))
        torch.autograd.backward(features, list(torch.from_numpy(g)))
        expected = expected + oracle.step(g, rate=0.5).sum(axis=1, keepdims=True)
    for weight, value in zip(weights, expected, strict=True):
        np.testing.assert_allclose(weight.grad, value, **EXACT)
    optimizer.step()
    np.testing.assert_allclose(rgm.energy, oracle.spent, **EXACT)


@pytest.mark.parametrize("set_to_none", [True, False])
def test_gradients_thrown_away_do_not_count(set_to_none):
    """With `set_to_none`, the default of zero_grad, the layer can tell."""
    model = Model(RGM())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    model.rgm.follow(optimizer)
    x, y = batch()
    loss_of(model, x, 100 * y).backward()
    optimizer.zero_grad(set_to_none=set_to_none)
    loss_of(model, x, y).backward()
    optimizer.step()
    clean = Model(RGM())
    loss_of(clean, x, y).backward()
    same = torch.allclose(model.rgm.energy, 0.01 * clean.rgm.energy)
    assert same == set_to_none


@pytest.mark.parametrize("name", ["plain", "fused"])
def test_energies_under_loss_scaling_are_those_of_the_loss(name):
    """A scale is a power of two, so nothing but its removal differs: equal up to rounding."""
    x, y = batch(dtype=torch.float32)
    found = {}
    for scaled in (True, False):
        model = Model(RGM(), torch.float32)
        optimizer = torch.optim.AdamW(model.parameters(), lr=0.01, fused=name == "fused")
        scaler = torch.amp.GradScaler("cpu", enabled=scaled, init_scale=2.0**12)
        model.rgm.follow(optimizer, scaler)
        for _ in range(3):
            optimizer.zero_grad()
            scaler.scale(loss_of(model, x, y)).backward()
            scaler.step(optimizer)
            scaler.update()
        found[scaled] = model.rgm.energy, model.rgm.recorder.numpy()
    torch.testing.assert_close(found[True][0], found[False][0], rtol=1e-5, atol=0)
    for column, values in found[True][1].items():
        np.testing.assert_allclose(values, found[False][1][column], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize("step", ["rate", "effective"])
def test_a_step_that_overflows_does_not_count(fused, step):
    """The encoder's gradient overflows, not the layer's: only the scaler knows."""
    model = Model(RGM(), torch.float32)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, fused=fused)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**12)
    parameters = [e.parameters() for e in model.encoders]
    model.rgm.follow(optimizer, scaler, parameters, step)
    x, y = batch(dtype=torch.float32)
    for overflow in (False, True, False):
        optimizer.zero_grad()
        scaler.scale(loss_of(model, x, y)).backward()
        if overflow:
            model.encoders[0].weight.grad[0, 0] = torch.inf
            before = model.rgm.energy.clone()
        scaler.step(optimizer)
        scaler.update()
        if overflow:
            assert torch.equal(model.rgm.energy, before)
    assert model.rgm.cge.steps == 2
    np.testing.assert_allclose(model.rgm.cge.rate, [0.1, 0.1], rtol=1e-5)
    clean = Model(RGM(), torch.float32)
    plain = torch.optim.SGD(clean.parameters(), lr=0.1)
    clean.rgm.follow(plain)
    for _ in range(2):
        plain.zero_grad()
        loss_of(clean, x, y).backward()
        plain.step()
    torch.testing.assert_close(model.rgm.energy, clean.rgm.energy, rtol=1e-4, atol=0)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_autocast_even_around_the_backward_pass(dtype):
    """The layer's products stay float32: its answer does not depend on where backward is called."""
    x, y = batch(dtype=torch.float32)
    found = []
    for inside in (True, False):
        model = Model(RGM(), torch.float32)
        with torch.autocast("cpu", dtype):
            loss = loss_of(model, x, y)
        with torch.autocast("cpu", dtype, enabled=inside):
            loss.backward()
        found.append(model.rgm.energy)
    # The features' gradients are half precision here and there, and the head's differ by its eps.
    torch.testing.assert_close(*found, rtol=4 * torch.finfo(dtype).eps, atol=0)


def test_products_are_not_rounded_by_autocast(rng):
    g = torch.from_numpy(rng.normal(size=(2, 4, 64))).float()
    energies = []
    for enabled in (True, False):
        rgm, z = RGM(), [torch.zeros(4, 64, requires_grad=True) for _ in range(2)]
        with torch.autocast("cpu", torch.bfloat16, enabled=enabled):
            torch.autograd.backward(rgm(*z), list(g))
        energies.append(rgm.energy)
    assert torch.equal(*energies)


@pytest.mark.parametrize("reentrant", [False, True])
@pytest.mark.parametrize("around", ["encoders", "layer", "both"])
@pytest.mark.parametrize("early_stop", [False, True])
def test_checkpointing_changes_nothing(reentrant, around, early_stop):
    """Encoders, the layer or both run again in the backward pass: equal gradients, energies.

    Without early stop the layer, which saves nothing, is run again after its own backward pass.
    """
    x, y = batch()
    x.requires_grad_()  # reentrant checkpoints need an input that does

    def forward(model):
        def encode(x):
            return tuple(e(x).tanh() for e in model.encoders)

        def again(function, *inputs):
            with set_checkpoint_early_stop(early_stop):
                return checkpoint(function, *inputs, use_reentrant=reentrant)

        if around == "encoders":
            return model.rgm(*again(encode, x))
        if around == "layer":
            return again(model.rgm, *encode(x))
        return again(lambda x: model.rgm(*encode(x)), x)

    found = []
    for features in (forward, lambda model: model.rgm(*(e(x).tanh() for e in model.encoders))):
        model = Model(RGM())
        # Nothing behind the layer is trained: no gradient exists when the forward pass is repeated.
        optimizer = torch.optim.SGD(model.encoders.parameters(), lr=0.1)
        model.rgm.follow(optimizer)
        for _ in range(2):
            optimizer.zero_grad()
            za, zv = features(model)
            loss = (za * zv - y.sum(dim=1, keepdim=True)).square().mean()
            loss.backward()
            optimizer.step()
        found.append([model.rgm.energy, *(p.detach() for p in model.encoders.parameters())])
        assert model.rgm.cge.steps == 2
    for checkpointed, plain in zip(*found, strict=True):
        assert torch.equal(checkpointed, plain)


@pytest.mark.parametrize("energy", ["raw", "applied"])
@pytest.mark.parametrize("followed", [False, True])
def test_two_losses_through_one_forward(rng, energy, followed):
    """Each is modulated by itself; the step's energy is that of the sum of what it used."""
    rgm = RGM(energy=energy)
    features = [torch.zeros(4, 6, dtype=torch.float64, requires_grad=True) for _ in range(2)]
    optimizer = torch.optim.SGD(features, lr=1.0)
    if followed:
        rgm.follow(optimizer)
    first, second = rng.normal(size=(2, 2, 4, 6))
    through = rgm(*features)
    torch.autograd.backward(through, list(torch.from_numpy(first)), retain_graph=True)
    torch.autograd.backward(through, list(torch.from_numpy(second)))
    sent = np.stack([f.grad for f in features])
    optimizer.step()
    whole = first + second if energy == "raw" else sent
    np.testing.assert_allclose(rgm.energy, energy_of(whole), **EXACT)


def test_backward_again_after_a_step_is_a_step_of_its_own(rng):
    rgm, first, second = RGM(), *rng.normal(size=(2, 2, 4, 6))
    features = [torch.zeros(4, 6, dtype=torch.float64, requires_grad=True) for _ in range(2)]
    optimizer = torch.optim.SGD(features, lr=1.0)
    rgm.follow(optimizer)
    through = rgm(*features)
    for g in (first, second):
        torch.autograd.backward(through, list(torch.from_numpy(g)), retain_graph=True)
        optimizer.step()
    np.testing.assert_allclose(rgm.energy, energy_of(first) + energy_of(second), **EXACT)


def test_second_derivatives_are_refused():
    features = [torch.ones(4, 6, requires_grad=True) for _ in range(2)]
    za, zv = RGM()(*features)
    (first,) = torch.autograd.grad((za * zv).sum(), [features[0]], create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        first.square().sum().backward()


def test_gradients_of_some_inputs_only(rng):
    g = rng.normal(size=(2, 4, 6))
    features = [torch.zeros(4, 6, dtype=torch.float64, requires_grad=True) for _ in range(2)]
    rgm, oracle = RGM(), Oracle()
    through = rgm(*features)
    (only,) = torch.autograd.grad(through, features[1:], list(torch.from_numpy(g)))
    np.testing.assert_allclose(only, oracle.step(g)[1], **EXACT)
    np.testing.assert_allclose(rgm.energy, oracle.spent, **EXACT)


def test_two_layers_follow_one_optimizer():
    x, y = batch()
    model = Model(RGM())
    second = Model(RGM())
    optimizer = torch.optim.SGD([*model.parameters(), *second.parameters()], lr=0.1)
    for rgm in (model.rgm, second.rgm):
        rgm.follow(optimizer)
    for _ in range(2):
        optimizer.zero_grad()
        (loss_of(model, x, y) + loss_of(second, x, y)).backward()
        optimizer.step()
    assert torch.equal(model.rgm.energy, second.rgm.energy)
    assert model.rgm.cge.steps == second.rgm.cge.steps == 2


@pytest.mark.parametrize("granularity", ["sample", "batch"])
def test_peak_memory_is_one_extra_copy(granularity):
    """In the layer's backward pass, beside the gradients that come and those that go.

    Torch's own allocations on the CPU are added up; Gram matrices are the small change.
    """
    size = (256, 512)
    copy = 2 * 4 * size[0] * size[1]
    features = [torch.zeros(size, requires_grad=True) for _ in range(2)]
    gradients = [torch.randn(size) for _ in range(2)]
    through = RGM(granularity=granularity)(*features)
    with torch.profiler.profile(profile_memory=True) as profile:
        torch.autograd.backward(through, gradients)
    events = profile.profiler.kineto_results.events()
    memory = sorted((e.start_ns(), e.nbytes()) for e in events if e.name() == "[memory]")
    new = list(itertools.accumulate(size for _, size in memory))
    assert 1.9 * copy < max(new) < 2.1 * copy  # the modulated gradients, and one extra copy
    assert new[-1] < 1.1 * copy  # the modulated gradients
