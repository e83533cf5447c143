"""Diag&Re: purities, when there is an event, and what it leaves alone."""

import sys

import numpy as np
import pytest
import torch

from rgm_ref.baselines import diag_re as ref
from rgm_torch.methods.diag_relearn import DiagRelearn, cluster, pull, purity, relearn, scale
from rgm_torch.methods.joint import Joint
from tests.torch.methods import common, toys


def test_strength_by_hand():
    assert pull(0.9, 0.7, 3) == pytest.approx(0.5370, abs=5e-5)
    assert pull(0.7, 0.9, 3) == pytest.approx(0.5370, abs=5e-5)
    assert pull(0.8, 0.8, 3) == 0


def test_purities_by_hand():
    labels = torch.tensor([0, 0, 1, 1, 2, 2])
    assert purity(labels, labels) == 1
    assert purity((labels + 1) % 3, labels) == 1
    assert purity(torch.zeros(6, dtype=torch.int64), labels) == pytest.approx(1 / 3)
    assert purity(torch.tensor([0, 0, 0, 1, 1, 1]), labels) == pytest.approx(4 / 6)


def test_closed_forms_of_the_reference(rng):
    z = rng.normal(size=(30, 4))
    z[:, 2] = 1.5
    np.testing.assert_allclose(scale(torch.tensor(z)), ref.scale(z), rtol=1e-13)
    for _ in range(5):
        clusters, labels = rng.integers(6, size=(2, 30))
        ours = purity(torch.tensor(clusters), torch.tensor(labels))
        assert ours == pytest.approx(ref.purity(clusters, labels), rel=1e-14)
    assert pull(0.83, 0.61, 2) == pytest.approx(ref.strength(0.83, 0.61, 2), rel=1e-14)


def test_separated_clouds_are_found(rng):
    labels = np.arange(60) % 3
    z = 10 * np.eye(3)[labels] + rng.normal(size=(60, 3))
    z[:, 0] *= 1e6  # scaled away
    assert purity(cluster(torch.tensor(z), 3), torch.tensor(labels)) == 1


def test_a_dead_encoder_is_one_cluster():
    assert cluster(torch.ones(8, 4), 3).tolist() == [0] * 8


@pytest.mark.parametrize("omega", [0.0, 0.3, 0.7, 1.0])
def test_relearning_of_the_reference(omega):
    encoder, first = (toys.model(seed=seed, encoder="cnn").encoders["audio"] for seed in (0, 1))
    before = [p.detach().clone() for p in encoder.parameters()]
    relearn(encoder, first, omega)
    for now, old, initial in zip(encoder.parameters(), before, first.parameters(), strict=True):
        expected = ref.relearn(old.numpy(), initial.detach().numpy(), omega)
        np.testing.assert_allclose(now.detach(), expected, rtol=1e-5, atol=1e-7)
        if omega in (0, 1):
            toys.same(now.detach(), (old, initial.detach())[int(omega)])


@pytest.mark.parametrize(
    ("epochs", "times"),
    [(90, {20, 40, 60}), (10, {2, 4, 7}), (4, {1, 2, 3}), (2, {1}), (1, set())],
)
def test_times_are_those_of_the_paper_and_never_the_end(epochs, times):
    method = DiagRelearn(toys.model())
    method.epochs = epochs
    assert method.times() == times


def event(modalities=2, encoder="cnn", **options):
    """A method before and after its first event, at the end of epoch 0."""
    toy = toys.start(DiagRelearn, modalities, encoder, **options)
    toys.take_steps(toy, 6)
    before = toys.values(toy)
    momentum = [dict(state) for state in toy.optimizer.state.values()]
    toy.method.finish_epoch(0)
    return toy, before, momentum


@pytest.mark.parametrize("encoder", ["mlp", "cnn", "transformer"])
@pytest.mark.parametrize("modalities", [2, 3])
def test_an_event_moves_the_encoders_and_nothing_else(encoder, modalities):
    toy, before, momentum = event(modalities, encoder, strength=30.0)
    purities = toys.start(DiagRelearn, modalities, encoder).method
    purities.load_state_dict({**toy.method.state_dict(), **before})
    found = purities.diagnose()
    now, parameters = toys.values(toy), dict(toy.method.named_parameters())
    for name, old in before.items():
        if not (name.startswith("model.encoders.") and name in parameters):
            toys.same(now[name], old)
            continue
        omega = ref.strength(*found[name.split(".")[2]].values(), 30)
        first = before[name.replace("model.encoders", "first")]
        expected = torch.tensor(ref.relearn(old.numpy(), first.numpy(), omega)).float()
        torch.testing.assert_close(now[name], expected, rtol=1e-5, atol=1e-6)
        assert omega == 0 or not torch.equal(now[name], old) or torch.equal(old, first)
    for state, old in zip(toy.optimizer.state.values(), momentum, strict=True):
        toys.same(state["momentum_buffer"], old["momentum_buffer"])


def test_the_optimizer_still_holds_the_same_tensors():
    toy, *_ = event(strength=30.0)
    held = {id(p) for group in toy.optimizer.param_groups for p in group["params"]}
    assert {id(p) for p in toy.method.model.parameters()} == held


def test_both_splits_are_cut_to_one_size():
    toy = toys.start(DiagRelearn, equal=True)
    sizes = {split: len(toy.method.part(split)) for split in ("train", "validation")}
    assert sizes == {"train": 30, "validation": 30}
    toy = toys.start(DiagRelearn, limit=20)
    assert {len(toy.method.part(split)) for split in ("train", "validation")} == {20}
    toy = toys.start(DiagRelearn)
    assert toy.method.part("train") is toy.corpus.train


@pytest.mark.parametrize("off", [{"events": 0}, {"strength": 0.0}])
@pytest.mark.parametrize("modalities", [2, 3])
def test_switched_off_it_is_joint_training(off, modalities):
    common.like(DiagRelearn, Joint, modalities, epochs=2, **off)


def test_an_event_changes_training():
    toy, joint = toys.start(DiagRelearn, strength=30.0), toys.start(Joint)
    toys.same(toys.train_epoch(toy), toys.train_epoch(joint))
    assert toys.train_epoch(toy, 1) != toys.train_epoch(joint, 1)


@pytest.mark.parametrize("modalities", [1, 2, 3])
def test_it_trains(modalities):
    common.trains(DiagRelearn, modalities, epochs=2)


@pytest.mark.parametrize("options", [{}, {"limit": 25, "strength": 20.0}])
def test_it_repeats_and_resumes(options):
    common.repeats(DiagRelearn, **options)
    common.resumes(DiagRelearn, **options)


def test_without_scikit_learn_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.cluster", None)
    with pytest.raises(ImportError, match=r'pip install "rgm-course\[train\]"'):
        toys.start(DiagRelearn)


def test_it_mixes_precisions():
    common.mixes(DiagRelearn)


def test_it_says_what_it_cannot_do():
    with pytest.raises(ValueError, match="every: got 0"):
        toys.start(DiagRelearn, every=0)
    with pytest.raises(ValueError, match="events, limit"):
        toys.start(DiagRelearn, events=-1)
