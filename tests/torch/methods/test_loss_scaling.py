"""Loss scaling under methods that take gradients of several losses themselves."""

import pytest
import torch

from rgm_torch.methods import METHODS
from tests.torch.methods import common, toys

SEVERAL = [METHODS[name] for name in ("gmd", "cggm", "balgrad")]


@pytest.mark.parametrize("method", SEVERAL)
def test_loss_scaling_changes_nothing(method):
    """A scale is a power of two: not one bit is rounded otherwise."""
    plain, scaled = (toys.start(method, scale=scale) for scale in (0.0, 2.0**12))
    toys.same(toys.take_steps(scaled, 3), toys.take_steps(plain, 3))
    toys.same(common.weights(scaled), common.weights(plain))


@pytest.mark.parametrize("method", SEVERAL)
def test_a_step_that_overflows_is_skipped(method):
    toy = toys.start(method, scale=2.0**127)
    with torch.no_grad():
        toy.method.model.head.weight *= 1e4  # losses and gradients beyond float32 with the scale
    before = {name: p.clone() for name, p in toy.method.named_parameters()}
    toys.take_steps(toy, 1)
    toys.same(dict(toy.method.named_parameters()), before)
    assert toy.scaler.get_scale() == 2.0**126
