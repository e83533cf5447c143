"""Constant scaling: whose gradient is scaled, what ones and zeros are, what weight decay does."""

import math

import pytest
import torch

from rgm_torch.methods.joint import Joint
from rgm_torch.methods.scaling import Scaling
from rgm_torch.training.assemble import assemble
from rgm_torch.training.config import Config
from tests.torch.methods import common, toys

encoders = pytest.mark.parametrize("encoder", ["mlp", "cnn", "transformer"])


@pytest.mark.parametrize(("modalities", "scales"), [(2, (1.0, 1.0)), (3, [1, 1, 1]), (3, ())])
def test_ones_are_joint_training(modalities, scales):
    common.like(Scaling, Joint, modalities, scales=scales)


@encoders
@pytest.mark.parametrize("fusion", ["concat", "film"])
def test_each_encoder_has_its_factor_and_the_head_none(encoder, fusion):
    """Powers of two are exact."""
    ours = toys.gradients(toys.start(Scaling, 2, encoder, fusion, scales=(2, 0.25)))
    joint = toys.gradients(toys.start(Joint, 2, encoder, fusion))
    factors = {"audio": 2, "video": 0.25}
    assert ours.keys() == joint.keys()
    for name, gradient in joint.items():
        part = name.split(".")[2] if ".encoders." in name else "head"
        toys.same(ours[name], factors.get(part, 1) * gradient)


@encoders
def test_zero_leaves_an_encoder_without_gradient(encoder):
    found = toys.gradients(toys.start(Scaling, encoder=encoder, scales=(0, 1)))
    audio = [gradient for name, gradient in found.items() if "encoders.audio." in name]
    assert audio
    assert not any(gradient.any() for gradient in audio)
    assert any(gradient.any() for name, gradient in found.items() if "encoders.video." in name)


@pytest.mark.parametrize("decay", [0.0, 0.5])
def test_at_zero_only_weight_decay_moves_an_encoder(decay):
    """Two steps of u ← μu + λθ, θ ← θ − ηu, by hand; everything else moves."""
    eta, mu = 0.25, 0.5
    settings = {"method": "scaling", "method_options": {"scales": [0, 1]}, "width": 4}
    config = Config(lr=eta, momentum=mu, weight_decay=decay, **settings)
    toy = assemble(config, toys.corpus())
    before = toys.values(toy)
    toys.take_steps(toy, 2)
    first = 1 - eta * decay
    second = first - eta * (mu * decay + decay * first)
    for name, parameter in toy.method.named_parameters():
        if ".encoders.audio." in name:  # a few products of float32 on each side
            torch.testing.assert_close(parameter, second * before[name], rtol=1e-6, atol=0)
        else:
            assert not torch.equal(parameter, before[name]), name


def test_under_sgd_a_factor_is_a_learning_rate():
    """Without weight decay, with momentum; factors and rates are powers of two, hence exact."""
    settings = {"lr": 0.5, "momentum": 0.5, "weight_decay": 0.0, "width": 4}
    options = {"scales": [0.25, 0.25]}
    scaled = assemble(Config(method="scaling", method_options=options, **settings), toys.corpus())
    joint = assemble(Config(**settings), toys.corpus())
    parts = joint.method.model.parameters_of
    slow = [p for name in joint.method.model.modalities for p in parts[name]]
    groups = [{"params": slow, "lr": 0.125}, {"params": parts["head"]}]
    ours = torch.optim.SGD(groups, lr=0.5, momentum=0.5)
    for batch in list(toys.batches(joint))[:3]:
        ours.zero_grad()
        joint.method.loss(batch).backward()
        ours.step()
    toys.take_steps(scaled, 3)
    toys.same(dict(scaled.method.named_parameters()), dict(joint.method.named_parameters()))


def test_under_adamw_a_factor_is_hardly_anything():
    """u = m / (√v + 1e-8) forgets the length; a factor of 8 moves the weights by the rest alone."""
    settings = {"optimizer": "adamw", "lr": 0.01, "weight_decay": 0.0, "width": 4}
    options = {"scales": [8.0, 8.0]}
    scaled = assemble(Config(method="scaling", method_options=options, **settings), toys.corpus())
    joint = assemble(Config(**settings), toys.corpus())
    before = encoders_of(joint)
    for toy in (scaled, joint):
        toys.take_steps(toy, 1)
    moved, apart = encoders_of(joint) - before, encoders_of(scaled) - encoders_of(joint)
    # Measured 5e-4: entries whose gradient is not far above 1e-8.
    assert 0 < apart.norm() < 0.01 * moved.norm()


def encoders_of(toy):
    """All parameters of the encoders in a row."""
    parameters = toy.method.model.encoders.parameters()
    return torch.cat([parameter.detach().flatten() for parameter in parameters])


@pytest.mark.parametrize("modalities", [1, 2, 3])
def test_it_trains(modalities):
    common.trains(Scaling, modalities, scales=[0.5] * modalities)


def test_it_repeats_resumes_and_mixes_precisions():
    for case in (common.repeats, common.resumes, common.mixes):
        case(Scaling, scales=(2, 0.5))


@pytest.mark.parametrize("scales", [(1,), (1, 1, 1), 0.5, (1, -0.1), (math.nan, 1), (1, math.inf)])
def test_it_says_what_it_cannot_do(scales):
    with pytest.raises(ValueError, match=r"^scales: got .*, expected "):
        toys.start(Scaling, scales=scales)
