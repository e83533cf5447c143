"""PCGrad, MGDA, UPGrad, CAGrad as training methods: what they do to a model's gradients."""

import pytest
import torch

from rgm_ref.baselines import cagrad, mgda, pcgrad, upgrad
from rgm_torch.methods import Joint
from rgm_torch.methods.cagrad import CAGrad
from rgm_torch.methods.mgda import MGDA
from rgm_torch.methods.multi_loss import MultiLoss
from rgm_torch.methods.pcgrad import PCGrad
from rgm_torch.methods.surgery import SCOPES
from rgm_torch.methods.upgrad import UPGrad
from rgm_torch.training.step import step
from tests.torch.methods import common, toys
from tests.torch.methods.toys import same

METHODS = (PCGrad, MGDA, UPGrad, CAGrad)
REFERENCE = {
    PCGrad: pcgrad.pcgrad,
    MGDA: lambda g: len(g) * mgda.mgda(g),
    UPGrad: lambda g: len(g) * upgrad.upgrad(g),
    CAGrad: lambda g: len(g) * cagrad.cagrad(g),
}
every = pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)


def task_gradients(toy) -> list[dict[str, torch.Tensor]]:
    """∇L_mm, ∇L_1, … as a step sees them, zeros where a loss does not reach, each by autograd."""
    named = dict(toy.method.named_parameters())
    batch = toys.batch(len(toy.corpus.modalities))
    losses = toy.method.tasks(toy.method.model.features(batch.inputs), batch.labels)
    found = [
        torch.autograd.grad(loss, list(named.values()), retain_graph=True, allow_unused=True)
        for loss in losses
    ]
    return [
        {
            name: torch.zeros_like(p) if g is None else g
            for (name, p), g in zip(named.items(), one, strict=True)
        }
        for one in found
    ]


def flat(gradient, part=""):
    """The entries of all parameters with `part` in their name."""
    return torch.cat([g.flatten() for name, g in gradient.items() if part in name])


@every
@pytest.mark.parametrize("encoder", ["mlp", "cnn", "transformer"])
@pytest.mark.parametrize("modalities", [2, 3])
def test_every_encoder_gets_what_the_reference_makes_of_its_pair(method, encoder, modalities):
    toy = toys.fight(toys.start(method, modalities, encoder, monitor=False))
    joint, *own = task_gradients(toy)
    plain, ours = {n: sum(g[n] for g in (joint, *own)) for n in joint}, toys.gradients(toy)
    for k, name in enumerate(toys.NAMES[:modalities]):
        part = f".encoders.{name}."
        pair = torch.stack([flat(joint, part), flat(own[k], part)])
        assert pair[0] @ pair[1] < 0
        expected = torch.from_numpy(REFERENCE[method](pair.double().numpy())).float()
        # Weights from float32 Gram entries, some 10 eps of terms that partly cancel.
        scale = pair.norm(dim=1).max().item()
        torch.testing.assert_close(flat(ours, part), expected, rtol=0, atol=3e-6 * scale)
        change = (flat(ours, part) - flat(plain, part)).norm() / flat(plain, part).norm()
        assert change > 0.05  # conflict really changes the gradient


@every
def test_heads_keep_the_plain_sum(method):
    ours = toys.gradients(toys.fight(toys.start(method)))
    plain = toys.gradients(toys.fight(toys.start(MultiLoss)))
    for name in (n for n in plain if ".encoders." not in n):
        same(ours[name], plain[name])


@every
def test_under_split_heads_the_joint_head_keeps_the_plain_sum(method):
    ours = toys.gradients(toys.start(method, heads="split"))
    plain = toys.gradients(toys.start(MultiLoss, heads="split"))
    for name in ("model.head.weight", "model.head.bias"):
        torch.testing.assert_close(ours[name], plain[name], rtol=1e-5, atol=1e-7)


@every
@pytest.mark.parametrize("modalities", [2, 3])
def test_the_whole_models_gradients_are_one_row_per_loss(method, modalities):
    toy = toys.fight(toys.start(method, modalities, scope="model"))
    rows = torch.stack([flat(gradient) for gradient in task_gradients(toy)]).double().numpy()
    if method is PCGrad:
        rng = torch.Generator().manual_seed(0)
        rng.set_state(toy.method.generator.get_state())
        orders = [torch.randperm(len(rows), generator=rng).tolist() for _ in rows]
        expected = pcgrad.pcgrad(rows, orders)
    else:
        expected = REFERENCE[method](rows)
    ours = flat(toys.gradients(toy)).double().numpy()
    assert abs(ours - expected).max() < 1e-5 * abs(rows).max() * len(rows)


def test_the_whole_model_moves_the_head_and_a_single_encoder_does_not():
    plain = toys.gradients(toys.fight(toys.start(MultiLoss)))["model.head.weight"]
    for scope in SCOPES:
        ours = toys.gradients(toys.fight(toys.start(PCGrad, scope=scope)))["model.head.weight"]
        assert torch.equal(ours, plain) == (scope == "encoder")


def test_only_the_whole_models_pcgrad_draws_numbers():
    for scope in SCOPES:
        toy = toys.start(PCGrad, scope=scope)
        before = toy.method.generator.get_state()
        toys.take_steps(toy, 1)
        assert torch.equal(before, toy.method.generator.get_state()) == (scope == "encoder")


def test_of_a_pair_upgrad_is_pcgrad_bit_for_bit():
    common.like(UPGrad, PCGrad, encoder="mlp")


@every
def test_the_mean_is_half_the_sum(method):
    total = toys.gradients(toys.fight(toys.start(method)))
    mean = toys.gradients(toys.fight(toys.start(method, reduction="mean")))
    for name in (n for n in total if ".encoders." in n):
        torch.testing.assert_close(2 * mean[name], total[name], rtol=1e-6, atol=0)


def test_cagrad_can_be_divided_as_a_library_does():
    plain = toys.gradients(toys.fight(toys.start(CAGrad)))
    ours = toys.gradients(toys.fight(toys.start(CAGrad, rescale=True)))
    for name in (n for n in plain if ".encoders." in n):
        torch.testing.assert_close(ours[name], plain[name] / 1.25, rtol=1e-5, atol=1e-8)


@every
@pytest.mark.parametrize("scope", SCOPES)
def test_the_monitor_sees_the_joint_gradient_once(method, scope):
    toy, joint = toys.start(method, scope=scope), toys.start(Joint)
    for one in (toy, joint):
        step(one, toys.batch())
    layer, expected = toy.monitor.layer, joint.monitor.layer
    assert layer.recorder.written == 1
    same(layer.energy, expected.energy)


def test_the_recorder_has_cosine_and_lengths():
    toy = toys.fight(toys.start(PCGrad))
    joint, *own = task_gradients(toy)
    update = toys.gradients(toy)
    row = {name: values[-1] for name, values in toy.method.recorder.numpy().items()}
    for k, name in enumerate(("audio", "video")):
        part = f".encoders.{name}."
        g, u, after = flat(joint, part), flat(own[k], part), flat(update, part)
        expected = torch.cosine_similarity(g, u, dim=0).item()
        assert row[f"cosine_{name}"] == pytest.approx(expected, rel=1e-5)
        assert row[f"norm_before_{name}"] == pytest.approx((g + u).norm().item(), rel=1e-4)
        assert row[f"norm_after_{name}"] == pytest.approx(after.norm().item(), rel=1e-5)


@every
def test_a_frozen_encoder_stays_and_has_no_numbers(method):
    toy = toys.start(method, 3)
    toy.method.model.encoders["video"].requires_grad_(False)
    before = toys.values(toy)
    toys.take_steps(toy, 2)
    after = toys.values(toy)
    for name in before:
        if ".encoders.video." in name:
            same(after[name], before[name])
    recorded = toy.method.recorder.numpy()
    assert torch.tensor(recorded["cosine_video"]).isnan().all()
    assert torch.tensor(recorded["cosine_text"]).isfinite().all()


@every
@pytest.mark.parametrize("scope", SCOPES)
def test_loss_scaling_changes_nothing(method, scope):
    """A scale is a power of two: not one bit is rounded otherwise."""
    plain, ours = (toys.start(method, scope=scope, scale=scale) for scale in (0.0, 2.0**12))
    toys.same(*(toys.take_steps(toy, 3) for toy in (plain, ours)))
    toys.same(*map(common.weights, (plain, ours)))


@every
def test_a_step_that_overflows_is_skipped(method):
    toy = toys.start(method, scale=2.0**120, weight=1e4)  # 2^120 · 1e4 is beyond float32
    before = {name: p.clone() for name, p in toy.method.named_parameters()}
    toys.take_steps(toy, 1)
    same(dict(toy.method.named_parameters()), before)
    assert toy.scaler.get_scale() == 2.0**119


@every
@pytest.mark.parametrize(("modalities", "scope"), [(2, "encoder"), (3, "encoder"), (3, "model")])
def test_they_train_and_resume(method, modalities, scope):
    common.trains(method, modalities, scope=scope)
    common.resumes(method, modalities, "cnn" if modalities == 2 else "mlp", scope=scope)


def test_pcgrads_orders_repeat():
    common.repeats(PCGrad, 3, scope="model")


@every
@pytest.mark.parametrize(
    ("option", "value"), [("scope", "layer"), ("reduction", "max"), ("heads", "none")]
)
def test_an_unknown_word_is_named(method, option, value):
    with pytest.raises(ValueError, match=f"{option}: got '{value}', expected one of"):
        method(toys.model(), **{option: value})


def test_a_negative_c_is_refused():
    with pytest.raises(ValueError, match="c: got -1, expected a finite number >= 0"):
        CAGrad(toys.model(), c=-1)
