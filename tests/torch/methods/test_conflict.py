"""What holds across the methods that compare the joint with the unimodal gradients."""

from functools import partial

import pytest
import torch

from rgm_torch.methods import Joint
from rgm_torch.methods.cagrad import CAGrad
from rgm_torch.methods.gradnorm import GradNorm
from rgm_torch.methods.mgda import MGDA
from rgm_torch.methods.mmpareto import MMPareto
from rgm_torch.methods.multi_loss import MultiLoss
from rgm_torch.methods.pcgrad import PCGrad
from rgm_torch.methods.upgrad import UPGrad
from rgm_torch.training.step import step
from tests.torch.methods import toys

METHODS = (MultiLoss, PCGrad, MGDA, UPGrad, CAGrad, MMPareto, GradNorm)


def agree(toy):
    """Own heads that read what the joint head reads: gradients without conflict."""
    model = toy.method.model
    blocks = model.fusion.blocks(model.head.weight)
    for head, block in zip(toy.method.heads.values(), blocks, strict=True):
        head.weight.data.copy_(block)
    return toy


@pytest.mark.parametrize("encoder", ["mlp", "cnn", "transformer"])
@pytest.mark.parametrize("modalities", [2, 3])
def test_switched_off_or_without_conflict_they_are_the_uniform_sum(encoder, modalities):
    expected = toys.gradients(agree(toys.start(MultiLoss, modalities, encoder)))
    for method, options in (
        (PCGrad, {}),
        (PCGrad, {"scope": "model"}),
        (UPGrad, {}),
        (UPGrad, {"scope": "model"}),
        (CAGrad, {"c": 0.0}),
        (CAGrad, {"c": 0.0, "scope": "model"}),
        (MMPareto, {"gamma": 1.0}),
        (GradNorm, {"rate": 0.0}),
        (GradNorm, {"rate": 0.0, "norms": "features"}),
    ):
        toy = agree(toys.start(method, modalities, encoder, **options))
        got = toys.gradients(toy)
        assert set(got) == set(expected)
        for name in got:
            # Two passes are added here, one is run there: some eps of the largest entries.
            torch.testing.assert_close(got[name], expected[name], rtol=1e-4, atol=1e-6)
        if hasattr(toy.method, "recorder") and "scope" not in options:
            recorded = toy.method.recorder.numpy()
            assert all(recorded[f"cosine_{name}"][-1] > 0 for name in toys.NAMES[:modalities])


@pytest.mark.parametrize("encoder", ["mlp", "cnn", "transformer"])
@pytest.mark.parametrize(
    "method",
    [PCGrad, MGDA, UPGrad, partial(CAGrad, c=1.0), partial(MMPareto, kappa="encoder")],
    ids=["pcgrad", "mgda", "upgrad", "cagrad", "mmpareto"],
)
def test_under_conflict_no_loss_of_an_encoder_rises(method, encoder):
    """The update's product with g_mm and with g_u is not negative; that of the plain sum is."""
    toy = toys.fight(toys.start(method, encoder=encoder))
    update = toys.gradients(toy)
    model, batch, worst = toy.method.model, toys.batch(), 0.0
    features = model.features(batch.inputs)
    joint, *own = toy.method.tasks(features, batch.labels)
    for k, name in enumerate(model.modalities):
        parameters = model.parameters_of[name]
        flat = torch.cat([update[f"model.encoders.{name}.{n}"].flatten() for n in names(toy, name)])
        pair = torch.stack(
            [
                torch.cat(
                    [g.flatten() for g in torch.autograd.grad(loss, parameters, retain_graph=True)]
                )
                for loss in (joint, own[k])
            ]
        )
        scale = pair.norm(dim=1).max() * flat.norm()
        assert (pair @ flat >= -1e-5 * scale).all()  # float32
        worst = min(worst, (pair @ pair.sum(dim=0)).min().item())
    assert worst < 0


def names(toy, modality):
    """Names of an encoder's parameters."""
    return [name for name, _ in toy.method.model.encoders[modality].named_parameters()]


def test_a_loss_ten_times_as_large_leaves_pcgrads_copy_of_the_other_alone():
    """ĝ_mm depends on the direction of g_u only: the update changes by ĝ_u alone, ninefold."""
    one, ten = (toys.gradients(toys.fight(toys.start(PCGrad, weight=w))) for w in (1.0, 10.0))
    zero = toys.gradients(toys.fight(toys.start(PCGrad, weight=1e-6)))
    for name in (n for n in one if ".encoders." in n):
        copy = zero[name]  # ĝ_mm, up to a millionth of ĝ_u
        torch.testing.assert_close(ten[name] - copy, 10 * (one[name] - copy), rtol=1e-2, atol=1e-4)


COUNTS = {
    Joint: (1, 1),
    MultiLoss: (1, 1),
    PCGrad: (1, 2),
    MGDA: (1, 2),
    UPGrad: (1, 2),
    CAGrad: (1, 2),
    MMPareto: (1, 2),
    GradNorm: (1, 2),
    partial(GradNorm, norms="features"): (1, 1),
    partial(PCGrad, scope="model"): (1, 2),
}


@pytest.mark.parametrize("method", COUNTS, ids=str)
@pytest.mark.parametrize("modalities", [2, 3])
def test_traversals_of_every_encoder(method, modalities):
    """Forward and backward passes through each encoder in one step, however many modalities."""
    toy = toys.start(method, modalities)
    forward = dict.fromkeys(toys.NAMES[:modalities], 0)
    backward = dict(forward)

    def count(name, output):
        forward[name] += 1
        output.register_hook(lambda _: backward.update({name: backward[name] + 1}))

    for name, encoder in toy.method.model.encoders.items():
        encoder.layers[0].register_forward_hook(lambda m, i, output, name=name: count(name, output))
    step(toy, toys.batch(modalities))
    assert set(zip(forward.values(), backward.values(), strict=True)) == {COUNTS[method]}
    text = getattr(method, "func", method)
    if method in METHODS:
        assert text.card.cost.startswith("{} forward, {} backward".format(*COUNTS[method]))


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_every_method_has_a_card_and_says_where_it_comes_from(method):
    assert method.card.source
    assert "Source:" in method.__doc__
    assert "Any M." in method.__doc__


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
@pytest.mark.parametrize("fusion", ["sum", "gated", "film"])
def test_they_train_behind_every_fusion(method, fusion):
    losses = toys.take_steps(toys.start(method, fusion=fusion), 3)
    assert torch.tensor(losses).isfinite().all()
