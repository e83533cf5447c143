"""Own residuals: the rule, the loss it is the gradient of, and its two ends."""

import pytest
import torch
from torch.nn.functional import cross_entropy

from rgm_ref.head import softmax
from rgm_torch.methods.joint import Joint
from rgm_torch.methods.own_residual import OwnResidual, Residuals, residuals
from tests.torch.methods import common, toys


def test_residuals_by_hand():
    """Two classes, label 0: the joint p is (0.9, 0.1), the modalities' own are 0.8 and 0.6."""
    own = torch.tensor([[[0.8, 0.2]], [[0.6, 0.4]]]).log()
    joint = torch.tensor([[0.9, 0.1]]).log()
    for alpha, expected in ((0.0, [-0.2, -0.2]), (0.5, [-0.3, -0.5]), (1.0, [-0.4, -0.8])):
        rho = residuals(joint, own, torch.tensor([0]), alpha)
        torch.testing.assert_close(rho[:, 0, 0], torch.tensor(expected))
        torch.testing.assert_close(rho.sum(dim=-1), torch.zeros(2, 1), atol=1e-6, rtol=0)


def loss_of_the_identity(model, batch, alpha):
    """2 [(1 − α) CE(joint) + α Σ_k CE(l_k + b)], by autograd."""
    features = model.features(batch.inputs)
    blocks, bias = model.fusion.blocks(model.head.weight), model.head.bias
    parts = [z @ block.T for z, block in zip(features.values(), blocks, strict=True)]
    own = sum(cross_entropy(part + bias, batch.labels) for part in parts)
    return 2 * ((1 - alpha) * cross_entropy(sum(parts) + bias, batch.labels) + alpha * own)


def doubled(modalities, encoder, fusion, alpha):
    """A method and its batch in float64, where rounding is 1e-16."""
    model = toys.model(modalities, encoder, fusion).double()
    with torch.no_grad():
        model.head.bias.copy_(torch.tensor([0.7, -0.4, 0.1]))
    batch = toys.batch(modalities)
    inputs = {name: x.double() for name, x in batch.inputs.items()}
    return OwnResidual(model, alpha=alpha), type(batch)(inputs, batch.labels, batch.indices)


@pytest.mark.parametrize("alpha", [0.0, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("fusion", ["concat", "sum"])
@pytest.mark.parametrize(("modalities", "encoder"), [(2, "cnn"), (3, "mlp"), (2, "transformer")])
def test_it_is_the_gradient_of_its_loss_but_for_the_bias(modalities, encoder, fusion, alpha):
    method, batch = doubled(modalities, encoder, fusion, alpha)
    model = method.model
    ours = method.loss(batch)
    theirs = loss_of_the_identity(model, batch, alpha)
    torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=0)
    names, parameters = zip(*model.named_parameters(), strict=True)
    mine = dict(zip(names, torch.autograd.grad(ours, parameters), strict=True))
    other = dict(zip(names, torch.autograd.grad(theirs, parameters), strict=True))
    bias = mine.pop("head.bias"), other.pop("head.bias")
    # relative to the largest entry: batch norm sends exact zeros to the biases before it
    for name, gradient in mine.items():
        scale = other[name].abs().max().item()
        torch.testing.assert_close(gradient, other[name], rtol=1e-10, atol=1e-12 * (scale + 1))
    joint = 2 * (1 - alpha) * bias_of_joint(model, batch)
    torch.testing.assert_close(bias[0] - joint, (bias[1] - joint) / modalities, atol=1e-14, rtol=0)


def bias_of_joint(model, batch):
    """The gradient of the joint loss in b."""
    return torch.autograd.grad(cross_entropy(model(batch.inputs), batch.labels), model.head.bias)[0]


def test_the_hand_written_rule():
    """W_kᵀ ρ_k and ρ_k z_kᵀ from NumPy numbers."""
    method, batch = doubled(2, "mlp", "concat", 0.75)
    model = method.model
    features = {name: z.detach() for name, z in model.features(batch.inputs).items()}
    blocks = [block.detach().numpy() for block in model.fusion.blocks(model.head.weight)]
    parts = [z.numpy() @ w.T for z, w in zip(features.values(), blocks, strict=True)]
    bias, y = model.head.bias.detach().numpy(), torch.eye(3, dtype=torch.float64)[batch.labels]
    r = softmax(sum(parts) + bias) - y.numpy()
    rho = [2 * (0.25 * r + 0.75 * (softmax(part + bias) - y.numpy())) for part in parts]
    method.loss(batch).backward()
    for k, z in enumerate(features.values()):
        expected = torch.from_numpy(rho[k].T @ z.numpy() / len(batch))
        ours = model.fusion.blocks(model.head.weight.grad)[k]
        torch.testing.assert_close(ours, expected, rtol=1e-10, atol=1e-14)
    mean = torch.from_numpy(sum(rho).mean(axis=0) / 2)
    torch.testing.assert_close(model.head.bias.grad, mean, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("modalities", [2, 3])
def test_alpha_zero_is_twice_the_joint_gradient(modalities):
    joint = toys.gradients(toys.start(Joint, modalities, "cnn"))
    ours = toys.gradients(toys.start(OwnResidual, modalities, "cnn", alpha=0.0))
    for name, gradient in joint.items():
        scale = gradient.abs().max().item()
        # float32: softmax − y here, log-softmax's derivative there
        torch.testing.assert_close(ours[name], 2 * gradient, rtol=1e-4, atol=1e-5 * scale + 1e-8)


def test_alpha_one_leaves_the_others_out():
    """Encoder k's gradient does not depend on the other modality's features."""
    toy, batch = toys.start(OwnResidual, alpha=1.0), toys.batch()
    before = toys.gradients(toy, batch)
    batch.inputs["video"][:] = 0
    after = toys.gradients(toy, batch)
    for name, gradient in before.items():
        if ".audio." in name:
            toys.same(after[name], gradient)
    other = toys.gradients(toys.start(OwnResidual, alpha=0.5), batch)
    assert any(not torch.allclose(other[n], after[n]) for n in before if ".audio." in n)


def test_a_starved_modality_has_a_signal_again():
    """Joint residual 0 and own residual not: nothing that maps the g_k alone could help."""
    split = torch.tensor([[[60.0, 0]], [[0.0, 0.5]]], requires_grad=True)
    labels = torch.tensor([0])
    joint = torch.autograd.grad(cross_entropy(split.sum(dim=0), labels), split)[0]
    assert joint.abs().max() < 1e-20
    ours = torch.autograd.grad(Residuals.apply(0.5, torch.zeros(2), labels, *split), split)[0]
    assert ours[1].abs().max() > 0.5


def test_no_own_residual_ever_fights_the_joint_one(rng):
    """r · ρ_k ≥ 0 of one clip with a hard label, for every α."""
    draws = torch.tensor(rng.normal(scale=3, size=(3, 2000, 5)))
    labels = torch.tensor(rng.integers(5, size=2000))
    r = residuals(draws[0], draws, labels, 0.0)[0]
    for alpha in (0.25, 0.5, 1.0):
        assert ((r * residuals(draws[0], draws, labels, alpha)).sum(dim=-1) >= 0).all()


def test_it_predicts_with_the_joint_head():
    toy, batch = toys.start(OwnResidual), toys.batch()
    toys.same(toy.method.predict(batch.inputs), toy.method.model(batch.inputs))


@pytest.mark.parametrize("modalities", [1, 2, 3])
def test_it_trains(modalities):
    common.trains(OwnResidual, modalities)


def test_it_trains_behind_a_sum():
    common.trains(OwnResidual, fusion="sum")


def test_it_repeats_and_resumes():
    common.repeats(OwnResidual)
    common.resumes(OwnResidual)


def test_half_precision_sums_in_float32():
    split = torch.randn(2, 4, 3, generator=torch.Generator().manual_seed(0)).bfloat16()
    split.requires_grad_()
    labels = torch.tensor([0, 1, 2, 0])
    loss = Residuals.apply(0.5, torch.zeros(3), labels, *split)
    loss.backward()
    assert (loss.dtype, split.grad.dtype) == (torch.float32, torch.bfloat16)


def test_it_mixes_precisions():
    common.mixes(OwnResidual)


def test_it_says_what_it_cannot_do():
    with pytest.raises(ValueError, match="fusion: got Gated"):
        toys.start(OwnResidual, fusion="gated")
    with pytest.raises(ValueError, match=r"alpha: got 1\.5"):
        toys.start(OwnResidual, alpha=1.5)
