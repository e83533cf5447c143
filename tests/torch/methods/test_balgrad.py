"""BalGrad: weights, projection and teaching by hand, and what it is when nobody disagrees."""

import math

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from rgm_ref.baselines import balgrad as ref
from rgm_torch.methods.balgrad import BalGrad, amplification, mutual_kl, shares
from rgm_torch.methods.heads import own_logits
from rgm_torch.methods.multi_loss import MultiLoss
from tests.torch.methods import common, toys


def test_hand_computed_weights():
    lengths = torch.tensor([3.0, 1.0])
    toys.same(shares(lengths, "other"), torch.tensor([0.25, 0.75]))
    toys.same(shares(lengths, "own"), torch.tensor([0.75, 0.25]))
    for rule in ("other", "own"):
        toys.same(shares(torch.tensor([2.0, 2.0]), rule), torch.tensor([0.5, 0.5]))
        toys.same(shares(torch.zeros(2), rule), torch.tensor([0.5, 0.5]))
        ours = shares(torch.tensor([3.0, 1.0, 4.0], dtype=torch.float64), rule).numpy()
        np.testing.assert_allclose(ours, ref.weights([3.0, 1.0, 4.0], rule), rtol=1e-14)
        assert ours.sum() == pytest.approx(1)


def test_hand_computed_projection():
    """g_kl = (1, 0, 0, 3) and g_mm = (−2, 1, 1, 0): π = −2, ‖g_kl‖² = 10."""
    inner, square = torch.tensor([-2.0, 0.0]), torch.tensor([1.0, 9.0])
    factor = amplification(inner, square, "all", 10.0)
    torch.testing.assert_close(factor, torch.tensor([1.2, 1.2]))
    g_kl, task = torch.tensor([1.0, 0.0, 0.0, 3.0]), torch.tensor([-2.0, 1.0, 1.0, 0.0])
    projected = task + (factor[0] - 1) * g_kl
    torch.testing.assert_close(projected, torch.tensor([-1.8, 1.0, 1.0, 0.6]))
    assert projected @ g_kl == pytest.approx(0, abs=1e-6)
    np.testing.assert_allclose(projected, ref.project(task.numpy(), g_kl.numpy()), rtol=1e-6)
    toys.same(amplification(-inner, square, "all", 10.0), torch.ones(2))
    toys.same(amplification(inner, square, "encoder", 10.0), torch.tensor([3.0, 1.0]))
    toys.same(amplification(inner, square / 1e6, "all", 10.0), torch.full((2,), 10.0))
    toys.same(amplification(torch.zeros(2), torch.zeros(2), "all", 10.0), torch.ones(2))


@pytest.mark.parametrize("modalities", [2, 3])
def test_teaching_is_that_of_the_reference(modalities):
    torch.manual_seed(0)
    logits = {
        name: torch.randn(5, 4, dtype=torch.float64, requires_grad=True)
        for name in toys.NAMES[:modalities]
    }
    losses = mutual_kl(logits)
    losses.sum().backward()
    values, slopes = ref.mutual_kl(np.stack([x.detach().numpy() for x in logits.values()]))
    np.testing.assert_allclose(losses.detach().numpy(), values, rtol=1e-12)
    ours = np.stack([x.grad.numpy() for x in logits.values()])
    np.testing.assert_allclose(ours, slopes, rtol=1e-10, atol=1e-14)


def pieces(method, one):
    """(a_k, b_k, c_k) of every encoder, each flattened, by three plain backward passes."""
    z = method.model.features(one.inputs)
    own = own_logits(method.model, method.heads, z)
    losses = (
        cross_entropy(method.model.classify(z), one.labels),
        sum(cross_entropy(o, one.labels) for o in own.values()),
        mutual_kl(own).sum(),
    )
    encoders = [list(method.model.encoders[n].parameters()) for n in method.model.modalities]
    return [
        [
            torch.cat([g.flatten() for g in torch.autograd.grad(loss, e, retain_graph=True)])
            .double()
            .numpy()
            for e in encoders
        ]
        for loss in losses
    ]


def flat(method, name):
    return torch.cat([p.grad.flatten() for p in method.model.encoders[name].parameters()]).numpy()


def started(fight: bool, modalities=2, **options):
    """A run whose joint head agrees with what the modalities teach one another, or fights it."""
    toy = toys.start(BalGrad, modalities, **options)
    a, _, c = pieces(toy.method, toys.batch(modalities))
    agrees = sum(x @ y for x, y in zip(a, c, strict=True)) > 0
    if agrees == fight:
        with torch.no_grad():
            toy.method.model.head.weight.neg_()
    return toy


@pytest.mark.parametrize("modalities", [2, 3])
@pytest.mark.parametrize("fight", [False, True])
@pytest.mark.parametrize("rule", ["other", "own"])
def test_encoder_gradients_are_those_of_the_reference(modalities, fight, rule):
    toy, one = started(fight, modalities, rule=rule), toys.batch(modalities)
    method = toy.method
    a, b, c = pieces(method, one)
    omega = ref.weights([np.linalg.norm(x) for x in b], rule)
    expected = ref.combine(a, b, c, omega, method.cap)
    toys.gradients(toy, one)
    for name, theirs in zip(method.model.modalities, expected, strict=True):
        # Float32 sums of a thousand products.
        np.testing.assert_allclose(flat(method, name), theirs, atol=1e-5 * np.abs(theirs).max())
    seen = {column: values[-1] for column, values in method.recorder.numpy().items()}
    assert (seen["cosine"] < 0) == (seen["factor"] > 1) == fight
    np.testing.assert_allclose(seen["weight_audio"], omega[0], rtol=1e-5)


def test_a_fight_changes_the_gradient_and_makes_the_task_orthogonal():
    """What is left of g_mm has no product with g_kl, which itself is not projected."""
    toy, one = started(True, cap=math.inf), toys.batch()
    a, b, c = pieces(toy.method, one)
    toys.gradients(toy, one)
    omega = ref.weights([np.linalg.norm(x) for x in b])
    kl = np.concatenate([w * x for w, x in zip(omega, c, strict=True)])
    task, unimodal = np.concatenate(a), np.concatenate(b)
    ours = np.concatenate([flat(toy.method, name) for name in toy.method.model.modalities])
    left = ours - unimodal - kl
    assert np.linalg.norm(left - task) > 0.01 * np.linalg.norm(task)
    assert abs(left @ kl) < 1e-4 * np.linalg.norm(left) * np.linalg.norm(kl)
    assert task @ kl < -0.01 * np.linalg.norm(task) * np.linalg.norm(kl)


def test_equal_predictions_are_the_uniform_multi_loss_step():
    """p_k alike: no teaching, nothing to fight with. Up to rounding: three passes, not one."""
    found = []
    for method in (BalGrad, MultiLoss):
        toy = toys.start(method)
        for head in toy.method.heads.values():
            head.weight.data.zero_()
            head.bias.data.zero_()
        found.append(toys.gradients(toy))
    for name, gradient in found[1].items():
        torch.testing.assert_close(found[0][name], gradient, rtol=1e-5, atol=1e-8)


def test_heads_follow_their_own_losses_and_the_joint_head_the_task():
    toy, one = toys.start(BalGrad), toys.batch()
    found, method = toys.gradients(toy, one), toy.method
    z = method.model.features(one.inputs)
    own = own_logits(method.model, method.heads, z)
    joint = cross_entropy(method.model.classify(z), one.labels)
    expected = torch.autograd.grad(joint, method.model.head.weight, retain_graph=True)[0]
    toys.same(found["model.head.weight"], expected)
    omega = method.recorder.numpy()["weight_video"][-1]
    loss = cross_entropy(own["video"], one.labels) + omega * mutual_kl(own)[1]
    weight = method.heads["video"].weight
    torch.testing.assert_close(found["heads.video.weight"], torch.autograd.grad(loss, weight)[0])


def test_frozen_encoder_is_left_out():
    toy = toys.start(BalGrad)
    for parameter in toy.method.model.encoders["audio"].parameters():
        parameter.requires_grad_(False)
    found = toys.gradients(toy)
    assert not any("encoders.audio" in name for name in found)
    assert all(gradient.isfinite().all() for gradient in found.values())


@pytest.mark.parametrize("encoder", ["mlp", "cnn", "transformer"])
@pytest.mark.parametrize("modalities", [2, 3])
def test_trains(encoder, modalities):
    toy = toys.start(BalGrad, modalities, encoder)
    before = toys.values(toy)
    losses = toys.train_epoch(toy)
    assert all(map(math.isfinite, losses))
    moved = {name for name, value in toys.values(toy).items() if not value.equal(before[name])}
    assert {name for name, _ in toy.method.named_parameters()} <= moved
    assert len(toy.method.recorder) == len(toy.monitor.layer.recorder) == len(losses)


@pytest.mark.parametrize("options", [{}, {"rule": "own", "scope": "encoder"}])
def test_resumes_bit_for_bit(options):
    toys.same(*toys.resumed(BalGrad, **options))


@pytest.mark.parametrize("modalities", [2, 3])
def test_repeats_and_takes_mixed_precision(modalities):
    common.repeats(BalGrad, modalities)
    common.mixes(BalGrad, modalities)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"rule": "slow"}, "rule"),
        ({"scope": "layer"}, "scope"),
        ({"cap": 0.5}, "cap"),
        ({"modalities": 1}, "modalities"),
    ],
)
def test_refuses(options, word):
    with pytest.raises(ValueError, match=word):
        toys.start(BalGrad, **options)
