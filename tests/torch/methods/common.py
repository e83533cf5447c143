"""What every method must do, as asserts that the tests of each method call."""

import math

import torch

from tests.torch.methods import toys


def trains(method, modalities=2, encoder="mlp", epochs=1, still=(), **options):
    """Some real epochs: every loss finite, and every parameter moved but for the `still` groups."""
    toy = toys.start(method, modalities, encoder, **options)
    before = toys.values(toy)
    losses = [loss for epoch in range(epochs) for loss in toys.train_epoch(toy, epoch)]
    assert losses
    assert all(map(math.isfinite, losses))
    after = toys.values(toy)
    moving = [name for name, p in toy.method.named_parameters() if p.requires_grad]
    assert {n.split(".")[2] for n in moving if ".encoders." in n} == set(toys.NAMES[:modalities])
    for name in moving:
        assert torch.equal(before[name], after[name]) == any(part in name for part in still), name
    return toy


def resumes(method, modalities=2, encoder="cnn", **options):
    """The step after a save and a load is the step without them, bit for bit."""
    toys.same(*toys.resumed(method, modalities, encoder, **options))


def repeats(method, modalities=2, **options):
    """Two runs of one seed are equal bit for bit, losses and all state."""
    runs = [toys.start(method, modalities, **options) for _ in range(2)]
    toys.same(*(toys.train_epoch(run) for run in runs))
    toys.same(*map(toys.values, runs))


def mixes(method, modalities=2, **options):
    """Under autocast and a loss scale of 1024 the gradients are those of a scale of 1.

    bfloat16 has the exponents of float32, so that a power of two changes no other bit.
    """
    found = []
    for scale in (1.0, 1024.0):
        toy = toys.start(method, modalities, monitor=False, scale=scale, **options)
        with torch.autocast("cpu", torch.bfloat16):
            loss = toy.method.loss(toys.batch(modalities))
        toy.method.backward(loss)
        toy.scaler.unscale_(toy.optimizer)
        toy.method.edit()
        found.append({n: p.grad for n, p in toy.method.named_parameters() if p.grad is not None})
    assert any(gradient.any() for gradient in found[0].values())
    toys.same(*found)


def like(ours, theirs, modalities=2, encoder="cnn", epochs=1, **options):
    """Training with `ours` (and its options) is training with `theirs`, bit for bit."""
    mine = toys.start(ours, modalities, encoder, **options)
    other = toys.start(theirs, modalities, encoder)
    for epoch in range(epochs):
        toys.same(toys.train_epoch(mine, epoch), toys.train_epoch(other, epoch))
    toys.same(weights(mine), weights(other))


def weights(toy):
    """The model's parameters and buffers, without what a method adds."""
    return {name: value for name, value in toys.values(toy).items() if name.startswith("model.")}
