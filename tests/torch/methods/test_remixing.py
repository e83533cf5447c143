"""Remixing: certainty, whose clip it is, and who is trained by it."""

from functools import partial

import numpy as np
import pytest
import torch

from rgm_ref.baselines import remixing as ref
from rgm_torch.methods.multi_loss import MultiLoss
from rgm_torch.methods.remixing import Remixing, assign, certainty, whole
from tests.torch.methods import common, toys

NOW = {"warmup": 0.0}


def test_certainty_by_hand():
    p = torch.tensor([[[0.7, 0.1, 0.1, 0.1]], [[0.4, 0.3, 0.2, 0.1]]])
    ours = certainty(p.log())
    torch.testing.assert_close(ours.flatten(), torch.tensor([0.6432, 0.1536]), atol=5e-5, rtol=0)
    assert assign(ours).tolist() == [1]
    sure = torch.tensor([[[0.0, 0, 0, 0]], [[99.0, 0, 0, 0]]])
    # the floor of 1e-9 leaves 3 · 1e-9 · log₂(4e-9) bits
    torch.testing.assert_close(certainty(sure).flatten(), torch.tensor([0.0, 2]), atol=2e-6, rtol=0)
    assert assign(torch.tensor([[1.2], [0.3], [0.9]])).tolist() == [1]


def test_a_tie_goes_to_the_last():
    assert assign(torch.ones(3, 2)).tolist() == [2, 2]


@pytest.mark.parametrize("modalities", [2, 3, 5])
def test_closed_forms_of_the_reference(rng, modalities):
    logits = torch.tensor(rng.normal(size=(modalities, 20, 6)))
    ours, theirs = certainty(logits), ref.certainty(logits.softmax(-1).numpy())
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)
    np.testing.assert_array_equal(assign(ours), ref.assign(theirs))


def test_batches_are_filled_from_their_start():
    assert whole([4, 7, 9], 2) == [4, 7, 9, 4]
    assert whole([4], 3) == [4, 4, 4]
    assert whole([4, 7], 2) == [4, 7]
    assert whole([], 2) == []


@pytest.mark.parametrize("modalities", [2, 3])
def test_an_epoch_is_a_partition_in_batches_of_one_modality(modalities):
    toy = toys.start(Remixing, modalities, **NOW)
    toy.method.start_epoch(0)
    owners, size = toy.method.assigned, toys.SETTINGS.batch_size
    counts = torch.bincount(owners, minlength=modalities)
    assert (counts > 0).sum() > 1
    rows = torch.tensor(toy.method.order(0))
    assert sorted(set(rows.tolist())) == list(range(120))
    assert len(rows) == size * sum(-(-int(c) // size) for c in counts)
    by_batch = [owners[batch].unique().tolist() for batch in rows.split(size)]
    assert all(len(one) == 1 for one in by_batch)
    assert by_batch == sorted(by_batch, reverse=True)


@pytest.mark.parametrize("mask", ["skip", "zero"])
@pytest.mark.parametrize("encoder", ["mlp", "cnn", "transformer"])
@pytest.mark.parametrize("modalities", [2, 3])
def test_a_batch_trains_one_encoder_and_one_block(mask, encoder, modalities):
    toy = toys.start(Remixing, modalities, encoder, mask=mask, **NOW)
    method = toy.method
    for k, name in enumerate(method.model.modalities):
        method.assigned.fill_(k)
        found = toys.gradients(toy)
        blocks = method.model.fusion.blocks(found["model.head.weight"])
        assert [bool(block.any()) for block in blocks] == [j == k for j in range(modalities)]
        for other in method.model.modalities:
            encoders = [g for n, g in found.items() if f"encoders.{other}." in n]
            if other == name:
                assert any(gradient.any() for gradient in encoders)
            else:
                assert bool(encoders) == (mask == "zero")
                assert not any(gradient.any() for gradient in encoders)
                assert not any(f"heads.{other}." in n for n in found)


@pytest.mark.parametrize("mask", ["skip", "zero"])
@pytest.mark.parametrize("monitor", [False, True])
def test_masked_encoders_stand_still_only_when_skipped(mask, monitor):
    """With zeros the momentum and the weight decay go on, and so do batch norm's statistics."""
    toy = toys.start(Remixing, encoder="cnn", mask=mask, monitor=monitor, **NOW)
    rows = list(toys.batches(toy))
    toys.step(toy, rows[0])  # nobody owns a clip yet: both encoders gain momentum
    toy.method.assigned.fill_(0)
    before = toys.values(toy)
    toys.step(toy, rows[1])
    after = toys.values(toy)
    for name in before:
        if name.startswith("model.encoders.video."):
            assert torch.equal(before[name], after[name]) == (mask == "skip"), name


def test_loss_of_the_formula():
    toy = toys.start(Remixing, gamma=0.7, **NOW)
    method, batch = toy.method, toys.batch()
    method.assigned.fill_(1)
    z = method.model.features(batch.inputs)["video"]
    block = method.model.fusion.blocks(method.model.head.weight)[1]
    cross_entropy = torch.nn.functional.cross_entropy
    joint = cross_entropy(z @ block.T + method.model.head.bias, batch.labels)
    expected = joint + 0.7 * cross_entropy(method.heads["video"](z), batch.labels)
    torch.testing.assert_close(method.loss(batch), expected)


@pytest.mark.parametrize("heads", ["separate", "split"])
@pytest.mark.parametrize("modalities", [2, 3])
def test_a_warm_up_without_end_is_the_multi_loss(heads, modalities):
    other = partial(MultiLoss, heads=heads, weight=0.5)
    common.like(Remixing, other, modalities, warmup=1.0, heads=heads)


def test_the_warm_up_ends():
    toy = toys.start(Remixing, warmup=0.25)
    assert toy.method.order(0) is None
    toys.train_epoch(toy, 0)
    toys.train_epoch(toy, 1)
    assert sorted(set(toy.method.assigned.tolist())) == [0, 1]


@pytest.mark.parametrize("modalities", [2, 3])
@pytest.mark.parametrize("mask", ["skip", "zero"])
@pytest.mark.parametrize("heads", ["separate", "split"])
def test_it_trains(modalities, mask, heads):
    common.trains(Remixing, modalities, epochs=2, mask=mask, heads=heads)


@pytest.mark.parametrize("mask", ["skip", "zero"])
def test_it_repeats_and_resumes(mask):
    common.repeats(Remixing, mask=mask, **NOW)
    common.resumes(Remixing, mask=mask)


def test_it_mixes_precisions():
    common.mixes(Remixing)


def test_it_says_what_it_cannot_do():
    with pytest.raises(ValueError, match="fusion: got Gated"):
        toys.start(Remixing, fusion="gated")
    with pytest.raises(ValueError, match="mask: got 'noise'"):
        toys.start(Remixing, mask="noise")
    with pytest.raises(ValueError, match="modalities: got"):
        toys.start(Remixing, modalities=1)
    toy = toys.start(Remixing, **NOW)
    toy.method.assigned[::2] = 1
    with pytest.raises(ValueError, match="clips of several modalities"):
        toy.method.loss(toys.batch())
