"""Modality dropout: how often, never all, and that nobody's gradient leaks."""

import pytest
import torch

from rgm_torch.methods.joint import Joint
from rgm_torch.methods.modality_dropout import ModalityDropout, draw
from tests.torch.methods import common, toys


@pytest.mark.parametrize("modalities", [2, 3])
@pytest.mark.parametrize("rate", [0.0, 0.3, 1.0])
def test_frequencies(modalities, rate):
    clips = 20_000
    kept = draw(clips, modalities, rate, torch.Generator().manual_seed(0))
    assert kept.any(dim=1).all()
    lost = rate**modalities  # clips that lose all and get one back
    expected = torch.full((modalities,), 1 - rate + lost / modalities)
    # five standard deviations of a share of 20,000 clips, at most 0.5 / √20000 each
    assert (kept.float().mean(dim=0) - expected).abs().max() <= 5 * 0.5 / clips**0.5
    both = kept.all(dim=1).float().mean().item()
    # at rate 1 one modality is kept, never all
    assert both == pytest.approx((1 - rate) ** modalities, abs=5 * 0.5 / clips**0.5)


def only(monkeypatch, kept):
    """Every clip keeps the modalities given."""
    monkeypatch.setattr(
        "rgm_torch.methods.modality_dropout.draw",
        lambda clips, *rest: torch.tensor(kept).expand(clips, -1),
    )


@pytest.mark.parametrize("encoder", ["mlp", "cnn", "transformer"])
def test_a_dropped_modality_gets_no_gradient(monkeypatch, encoder):
    only(monkeypatch, [False, True])
    toy = toys.start(ModalityDropout, encoder=encoder)
    found = toys.gradients(toy)
    block = toy.method.model.fusion.blocks(found["model.head.weight"])[0]
    assert not block.any()
    assert not any(g.any() for n, g in found.items() if "encoders.audio." in n)
    assert any(g.any() for n, g in found.items() if "encoders.video." in n)


def test_loss_is_that_of_the_model_without_it(monkeypatch):
    only(monkeypatch, [True, False])
    toy, batch = toys.start(ModalityDropout), toys.batch()
    logits = toy.method.model(batch.inputs, missing=["video"])
    expected = torch.nn.functional.cross_entropy(logits, batch.labels)
    torch.testing.assert_close(toy.method.loss(batch), expected)


@pytest.mark.parametrize("modalities", [2, 3])
def test_without_dropping_it_is_joint_training(modalities):
    common.like(ModalityDropout, Joint, modalities, rate=0.0)


def test_dropping_changes_training():
    toy, joint = toys.start(ModalityDropout), toys.start(Joint)
    assert toys.train_epoch(toy) != toys.train_epoch(joint)


def test_prediction_uses_all_modalities():
    toy, batch = toys.start(ModalityDropout, rate=1.0), toys.batch()
    toys.same(toy.method.predict(batch.inputs), toy.method.model(batch.inputs))


@pytest.mark.parametrize("modalities", [2, 3])
@pytest.mark.parametrize("fusion", ["concat", "sum"])
def test_it_trains(modalities, fusion):
    common.trains(ModalityDropout, modalities, fusion=fusion)


def test_it_trains_behind_a_gate():
    common.trains(ModalityDropout, fusion="gated")


def test_it_repeats_and_resumes():
    common.repeats(ModalityDropout)
    common.resumes(ModalityDropout)


def test_it_mixes_precisions():
    common.mixes(ModalityDropout)


def test_it_says_what_it_cannot_do():
    with pytest.raises(ValueError, match="rate: got 2"):
        toys.start(ModalityDropout, rate=2)
    with pytest.raises(ValueError, match="modalities: got"):
        toys.start(ModalityDropout, modalities=1)
