"""IMCL: weights of samples, who learns from whom, and the teachers."""

from math import e, inf

import numpy as np
import pytest
import torch
from scipy.special import lambertw
from torch.nn.functional import cross_entropy

from rgm_ref.baselines import imcl as ref
from rgm_torch.methods._rehearsal import rehearse, twin
from rgm_torch.methods.easy_first import lambert, sample_weights
from rgm_torch.methods.imcl import IMCL, shares
from rgm_torch.methods.late_fusion import LateFusion
from rgm_torch.methods.outputs import outputs
from tests.torch.methods import common, toys


def started(modalities=2, **options):
    """A method with teachers that know something."""
    toy = toys.start(IMCL, modalities, **options)
    toy.method.start_epoch(0)
    return toy


def test_weights_by_hand():
    losses = torch.tensor([0.0, 2.0, 1.0, -2 / e, -9.0]).double() + 3
    found = sample_weights(losses, torch.tensor(3.0), 1.0)
    expected = torch.tensor([1.0, 0.5671, 0.7035, e, e]).double()
    torch.testing.assert_close(found, expected, atol=5e-5, rtol=0)


@pytest.mark.parametrize("beta", [0.3, 1.0, 10.0])
def test_weights_of_the_reference(rng, beta):
    losses = rng.uniform(0, 30, size=50)
    found = sample_weights(torch.tensor(losses), torch.tensor(9.0), beta)
    np.testing.assert_allclose(found, ref.sample_weights(losses, 9.0, beta), rtol=1e-13)


def test_lambert_is_that_of_scipy():
    x = np.concatenate([np.linspace(-1 / e + 1e-9, 3, 200), np.logspace(0, 6, 50)])
    # At the branch point W goes with a square root: half of the digits of x are left.
    np.testing.assert_allclose(lambert(torch.tensor(x)), lambertw(x).real, rtol=1e-7)
    np.testing.assert_allclose(lambert(torch.tensor(x[5:])), lambertw(x[5:]).real, rtol=1e-11)


def test_shares_by_hand():
    own = [torch.tensor([1.0, 0.0])] * 2
    found = shares(own, [torch.tensor([0.0, 2.0]), torch.tensor([1.0, 1.0])])
    torch.testing.assert_close(found, torch.tensor([0.8, 1.0]).double())


def test_shares_of_the_reference(rng):
    own, task = rng.normal(size=(2, 3, 4, 5)) * np.array([[0.2], [1], [5]])[:, None]
    found = shares(list(map(torch.tensor, own)), list(map(torch.tensor, task)))
    expected = [ref.task_share(*pair) for pair in zip(own, task, strict=True)]
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert int(found.argmax()) == ref.route(expected)


@pytest.mark.parametrize("modalities", [2, 3])
@pytest.mark.parametrize(("encoder", "distance"), [("mlp", "sum"), ("cnn", "mean")])
def test_a_step_by_hand(modalities, encoder, distance):
    """Loss, routes and gradients from three plain passes and the reference's closed forms."""
    toy = started(modalities, encoder=encoder, distance=distance)
    batch = toys.batch(modalities)
    entries = 8 if distance == "mean" else 1
    method, names = toy.method, toys.NAMES[:modalities]
    with torch.no_grad():
        targets = [method.teachers[name](batch.inputs[name]) for name in names]
    start = {
        name: value.clone()
        for name, value in method.model.state_dict().items()
        if "modulator" not in name
    }
    ours = toys.gradients(toy)

    method.model.load_state_dict(start, strict=False)  # the step has moved batch norm's statistics
    method.zero_grad()
    z = list(method.model.features(batch.inputs).values())
    leaves = [one.detach().requires_grad_() for one in z]
    cross_entropy(method.model.head(torch.cat(leaves, dim=1)), batch.labels).backward()
    alpha = []
    for leaf, target in zip(leaves, targets, strict=True):
        copy = leaf.detach().requires_grad_()
        ((copy - target).square().sum(dim=1).mean() / entries).backward()
        alpha.append(ref.task_share(copy.grad.numpy(), leaf.grad.numpy()))
    chosen = ref.route(alpha)
    method.zero_grad()
    mixed = [one if k == chosen else one.detach() for k, one in enumerate(z)]
    losses = [cross_entropy(method.model.head(torch.cat(mixed, 1)), batch.labels, reduction="none")]
    others = (k for k in range(modalities) if k != chosen)
    losses += [(z[k] - targets[k]).square().sum(dim=1) / entries for k in others]
    total = 0
    for loss in losses:  # the first step: λ is the batch's own mean
        weights = ref.sample_weights(loss.detach().numpy(), loss.mean().item())
        total = total + (torch.tensor(weights) * loss).mean()
    total.backward()
    for name, parameter in method.named_parameters():
        if parameter.requires_grad:  # float32 against weights in float64
            torch.testing.assert_close(ours[name], parameter.grad, rtol=2e-4, atol=1e-6)
    row = method.recorder.numpy()
    assert row["task_modality"] == chosen
    np.testing.assert_allclose([row[f"share_{name}"][0] for name in names], alpha, rtol=1e-4)


@pytest.mark.parametrize("chosen", [0, 1, 2])
def test_every_encoder_learns_from_one_source(chosen):
    """Without distillation only m* moves; without the task only the others and not the head."""
    batch = toys.batch(3)
    for source in ("task", "teachers"):
        toy = started(3)
        method = toy.method
        method.task_gradients = lambda features, labels: [
            (1e6 if k == chosen else 1e-9) * torch.ones_like(z)
            for k, z in enumerate(features.values())
        ]
        if source == "task":
            features = {k: v.detach() for k, v in method.model.features(batch.inputs).items()}
            method.targets = lambda batch, at=features: [z + 1e-7 for z in at.values()]
        else:
            torch.nn.init.zeros_(method.model.head.weight)  # no way back to the features
        found = toys.gradients(toy, batch)
        for k, name in enumerate(toys.NAMES[:3]):
            of = [g for n, g in found.items() if f"model.encoders.{name}" in n]
            small = all(g.abs().max() < 1e-5 for g in of)
            assert small == ((k == chosen) != (source == "task")), (name, source)


def test_the_longer_task_gradient_routes_the_task():
    for k in (0, 1):
        own = [torch.full((4, 8), 0.1)] * 2
        task = [torch.full((4, 8), -10.0 if j == k else -0.01) for j in (0, 1)]
        assert int(shares(own, task).argmax()) == k


def test_means_of_the_reference():
    toy = toys.start(IMCL)
    method, losses = toy.method, np.array([[1.0, 5.0, 7.0], [0.5, 4.0, 9.0], [0.2, 1.0, 1.0]])
    expected = losses[0]
    for row in losses:
        method.average(torch.tensor(row), [True, False, True])
        if row is not losses[0]:
            expected = np.array(list(map(ref.moving_average, expected, row)))
        np.testing.assert_allclose(method.means, expected, rtol=1e-12)


def test_means_that_move_only_when_used():
    method = toys.start(IMCL, means="used").method
    method.average(torch.tensor([1.0, 5.0, 7.0]), [True, False, True])
    assert method.means.tolist() == [1.0, 0.0, 7.0]
    method.average(torch.tensor([1.0, 4.0, 9.0]), [True, True, False])
    torch.testing.assert_close(method.means, torch.tensor([1.0, 4.0, 7.0]).double())


def test_teachers_are_the_best_of_encoders_trained_alone():
    toy, alone = (toys.start(IMCL, encoder="cnn") for _ in range(2))
    pupil = LateFusion(twin(alone.method.model), generator=alone.method.generator)
    history = []

    def look():
        seen = outputs(pupil, toy.corpus.validation)
        scores = {k: (v.argmax(1) == seen.labels).float().mean() for k, v in seen.alone.items()}
        states = {k: v.state_dict() for k, v in twin(pupil.model).encoders.items()}
        history.append((scores, states))

    rehearse(pupil, alone.corpus, toys.SETTINGS, range(toys.SETTINGS.epochs), look)
    students = toys.values(toy)
    toy.method.start_epoch(0)
    for name, teacher in toy.method.teachers.items():
        best = max(history, key=lambda row: row[0][name])  # the first of equal ones
        toys.same(dict(teacher.state_dict()), dict(best[1][name]))
        assert best[0][name] > 0.5
    after = toys.values(toy)
    changed = {name for name in students if not torch.equal(students[name], after[name])}
    assert changed
    assert all(name.startswith("teachers.") for name in changed)


def test_teachers_stay_as_they_are():
    toy = started(encoder="cnn")
    before = {name: value.clone() for name, value in toy.method.teachers.state_dict().items()}
    toys.take_steps(toy, 3)
    toy.method.start_epoch(1)
    toy.method.train()
    assert not any(module.training for module in toy.method.teachers.modules())
    assert toy.method.model.training
    toys.same(dict(toy.method.teachers.state_dict()), before)
    known = {id(p) for group in toy.optimizer.param_groups for p in group["params"]}
    assert known.isdisjoint(map(id, toy.method.teachers.parameters()))


def test_the_gradient_is_clipped():
    for clip in (0.25, inf):
        toy = started(clip=clip)
        found = toys.gradients(toy)
        length = torch.cat([g.flatten() for g in found.values()]).norm().item()
        assert (length < 0.2501) == (clip == 0.25)


def test_sgd_diverges_with_the_published_sum_at_a_rate_that_ours_bears():
    """At the rate 0.1, three epochs with convolutions: a finite loss against NaN."""

    def losses(**options):
        toy = started(encoder="cnn", **options)
        toy.optimizer.param_groups[0]["lr"] = 0.1
        return [toys.train_epoch(toy, epoch)[-1] for epoch in (1, 2, 3)]

    assert np.isfinite(losses()).all()
    assert np.isfinite(losses(distance="sum", clip=0.25)).all()
    with pytest.raises(FloatingPointError):
        losses(distance="sum")


def test_the_monitor_sees_the_plain_joint_gradient_once_per_step():
    toy = started()
    toys.take_steps(toy, 2)
    assert toy.method.model.modulator.recorder.written == 2


def test_prediction_is_the_models():
    toy, batch = started(), toys.batch()
    toy.method.eval()
    with torch.no_grad():
        toys.same(toy.method.predict(batch.inputs), toy.method.model(batch.inputs))


@pytest.mark.parametrize("modalities", [2, 3])
def test_it_trains(modalities):
    common.trains(IMCL, modalities)


@pytest.mark.parametrize("fusion", ["sum", "gated", "film"])
def test_any_fusion_will_do(fusion):
    toy = toys.start(IMCL, fusion=fusion)
    assert np.isfinite(toys.train_epoch(toy)).all()


def test_it_repeats_and_resumes():
    common.repeats(IMCL)
    common.resumes(IMCL)


def test_it_says_what_it_cannot_do():
    with pytest.raises(ValueError, match="modalities: got"):
        toys.start(IMCL, modalities=1)
    for option, value in (
        ("beta", 0),
        ("momentum", 1),
        ("clip", 0),
        ("means", "none"),
        ("distance", "max"),
    ):
        with pytest.raises(ValueError, match=f"{option}: got {value!r}"):
            toys.start(IMCL, **{option: value})
