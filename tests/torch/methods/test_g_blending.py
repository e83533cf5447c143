"""G-Blending: its weights, the trainings that find them, and what they leave alone."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from rgm_ref.baselines import g_blending as ref
from rgm_torch.methods._rehearsal import rehearse, twin
from rgm_torch.methods.g_blending import GBlending, blend, changes, losses
from rgm_torch.methods.joint import Joint
from rgm_torch.methods.late_fusion import LateFusion
from rgm_torch.methods.multi_loss import MultiLoss
from rgm_torch.methods.unimodal import Unimodal
from rgm_torch.training import Stopped, checkpoint, train
from rgm_torch.training.assemble import assemble
from tests.torch import tiny
from tests.torch.methods import common, toys


def test_two_heads_by_hand():
    train = torch.tensor([[2.0, 2.0], [1.0, 0.5]])
    holdout = torch.tensor([[2.1, 2.1], [1.5, 1.6]])
    overfitting, generalisation = changes(train, holdout)
    torch.testing.assert_close(overfitting, torch.tensor([0.4, 1.0]))
    torch.testing.assert_close(generalisation, torch.tensor([0.6, 0.5]))
    expected = torch.tensor([0.8824, 0.1176])
    torch.testing.assert_close(blend(overfitting, generalisation), expected, atol=5e-5, rtol=0)


def test_equal_heads_weigh_the_same():
    same = torch.full((4,), 0.3)
    torch.testing.assert_close(blend(same, same), torch.full((4,), 0.25))


@pytest.mark.parametrize("heads", [3, 4])
def test_weights_of_the_reference(rng, heads):
    train, holdout = rng.uniform(0, 2, size=(2, 2, heads))
    ours = changes(torch.tensor(train), torch.tensor(holdout))
    theirs = ref.changes(train, holdout)
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_allclose(blend(*ours), ref.weights(*theirs), rtol=1e-13)


def test_a_head_that_became_worse_is_nearly_off():
    """The benchmark's |ΔG| would give it half of the weight."""
    weights = blend(torch.tensor([0.3, 0.3]), torch.tensor([0.5, -0.5]))
    assert weights[1] < 3e-4


@pytest.mark.parametrize("modalities", [2, 3])
def test_all_weight_on_the_joint_loss_is_joint_training(modalities):
    common.like(GBlending, Joint, modalities, weights=(1.0, *[0.0] * modalities))


def test_equal_weights_are_the_multi_loss_gradient():
    ours = toys.gradients(toys.start(GBlending, weights=[0.25, 0.25, 0.5]))
    theirs = toys.gradients(toys.start(MultiLoss))
    joint = toys.gradients(toys.start(Joint))
    for name in ("model.head.weight", "model.head.bias"):  # the joint loss alone reaches it
        toys.same(ours[name], joint[name] / 4)
    toys.same(ours["heads.audio.weight"], theirs["heads.audio.weight"] / 4)
    toys.same(ours["heads.video.weight"], theirs["heads.video.weight"] / 2)


def test_the_estimate_is_what_three_separate_trainings_give():
    """The joint model and each modality, trained alone for the whole run and measured by hand."""
    toy = toys.start(GBlending, encoder="cnn")
    heads = toy.method.heads
    runs = [Joint(twin(toy.method.model))]
    for name in toys.NAMES[:2]:
        runs.append(Unimodal(twin(toy.method.model), modality=name))
        runs[-1].head.load_state_dict(heads[name].state_dict())
    splits = (toy.corpus.train, toy.corpus.validation)
    table = np.zeros((2, 2, 3))  # split, before and after, head
    for time in (0, 1):
        for head, run in enumerate(runs):
            if time:
                rehearse(run, toy.corpus, toys.SETTINGS, range(toys.SETTINGS.epochs))
            for split, clips in enumerate(splits):
                with torch.no_grad():
                    logits = run.eval().predict(clips.inputs)
                table[split, time, head] = cross_entropy(logits, clips.labels)
    toy.method.start_epoch(0)
    # Float32 losses of size 1 in ΔO, whose square is in the weights: seven digits become five.
    expected = ref.weights(*ref.changes(*table))
    np.testing.assert_allclose(toy.method.weights, expected, rtol=1e-4)
    row = toy.method.recorder.numpy()
    np.testing.assert_allclose(row["weight_joint"], expected[0], rtol=1e-4)
    assert row["epoch"] == 0


def test_a_rehearsed_joint_training_is_a_real_one(tmp_path):
    """Same batches, learning rates and optimizer as the trainer's own loop."""
    corpus = toys.corpus()
    copy = Joint(twin(assemble(toys.SETTINGS, corpus).method.model))
    random = torch.get_rng_state()
    rehearse(copy, corpus, toys.SETTINGS, range(toys.SETTINGS.epochs))
    toys.same(torch.get_rng_state(), random)
    train(toys.SETTINGS, tmp_path, corpus=corpus, display=tiny.QUIET)
    trained = checkpoint.load(tmp_path / "last.pt")["method"]
    for name, value in copy.model.state_dict().items():
        toys.same(value, trained[f"model.{name}"])


def test_estimating_touches_weights_only():
    toy = toys.start(GBlending, encoder="cnn")
    before, state = toys.values(toy), toy.method.generator.get_state()
    modulator = toy.method.model.modulator
    toy.method.start_epoch(0)
    after = toys.values(toy)
    assert {name for name in before if not torch.equal(before[name], after[name])} == {"weights"}
    assert toy.method.model.modulator is modulator
    assert modulator.recorder.written == 0
    toys.same(toy.method.generator.get_state(), state)
    assert toy.method.weights.sum().item() == pytest.approx(1)


@pytest.mark.parametrize(("horizon", "times"), [(1.0, [0]), (0.5, [0, 2]), (0.01, [0, 1, 2, 3])])
def test_offline_estimates_once_and_online_at_each_super_epoch(horizon, times):
    toy = toys.start(GBlending, horizon=horizon)
    for epoch in range(toys.SETTINGS.epochs):
        toy.method.start_epoch(epoch)
    assert toy.method.recorder.numpy()["epoch"].tolist() == times


def test_a_later_estimate_starts_from_the_trained_heads():
    toy = toys.start(GBlending, horizon=0.25)
    toys.train_epoch(toy)
    joint = Joint(twin(toy.method.model))
    own = LateFusion(twin(toy.method.model))
    own.heads.load_state_dict(toy.method.heads.state_dict())
    found = losses(joint, own, toy.corpus.validation)
    clips = toy.corpus.validation
    with torch.no_grad():
        toy.method.eval()
        features = toy.method.model.features(clips.inputs)
        logits = toy.method.alone(features)["video"]
    assert found[2].item() == pytest.approx(cross_entropy(logits, clips.labels).item(), rel=1e-6)


def test_a_training_that_runs_away_stops_the_run():
    toy = toys.start(GBlending)
    toy.method.settings = replace(toys.SETTINGS, lr=1e30)
    with pytest.raises(Stopped, match="beside the real one: its loss became nan"):
        toy.method.start_epoch(0)


@pytest.mark.parametrize("modalities", [2, 3])
def test_it_trains(modalities):
    common.trains(GBlending, modalities)


def test_it_repeats_and_resumes():
    common.repeats(GBlending)
    common.resumes(GBlending, horizon=0.25)


def test_it_says_what_it_cannot_do():
    with pytest.raises(ValueError, match="modalities: got"):
        toys.start(GBlending, modalities=1)
    with pytest.raises(ValueError, match="horizon: got 0"):
        toys.start(GBlending, horizon=0)
    for weights in ((1.0, 0.0), (0.5, 0.5, 0.5), (2.0, -1.0, 0.0)):
        with pytest.raises(ValueError, match=r"weights: got .* each of joint, audio, video"):
            toys.start(GBlending, weights=weights)
