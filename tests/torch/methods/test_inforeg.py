"""InfoReg: gaps, windows, and the tie that acts on the leader only."""

import math
from functools import partial

import numpy as np
import pytest
import torch

from rgm_ref.baselines import inforeg as ref
from rgm_torch.methods.inforeg import InfoReg, gaps, is_open, strength
from rgm_torch.methods.joint import Joint
from rgm_torch.methods.multi_loss import MultiLoss
from rgm_torch.methods.scores import confidence
from tests.torch.methods import common, toys

ALWAYS = {"threshold": 0.0}


def test_numbers_by_hand():
    assert strength(torch.tensor(0.3), 0.9).item() == pytest.approx(1.2998, abs=5e-5)
    ours = gaps(torch.tensor([0.6, 0.5, 0.2]))
    torch.testing.assert_close(ours, torch.tensor([0.25, 0.3, 0]))
    now, before = torch.tensor([10.0, 10.2, 0.0]), torch.tensor([9.0, 10.0, 0.0])
    assert is_open(now, before, 0.04).tolist() == [True, False, False]


@pytest.mark.parametrize("modalities", [2, 3, 5])
def test_closed_forms_of_the_reference(rng, modalities):
    logits, labels = rng.normal(size=(modalities, 7, 4)), rng.integers(4, size=7)
    p = confidence(torch.tensor(logits), torch.tensor(labels))
    for score, ours in (("probability", p), ("cross-entropy", p.log())):
        expected = ref.scores(logits, labels, score)
        np.testing.assert_allclose(ours.mean(dim=1), expected, rtol=1e-12)
        gap = gaps(ours.mean(dim=1))
        np.testing.assert_allclose(gap, ref.gaps(expected), rtol=1e-10)
        np.testing.assert_allclose(strength(gap, 0.9), ref.strength(gap.numpy()), rtol=1e-12)
    for now, before in rng.gamma(1, size=(20, 2)):
        ours = is_open(torch.tensor(now), torch.tensor(before), 0.04)
        assert ours.item() == ref.window(now, before)


def opened(modalities=2, encoder="mlp", **options):
    """A method with open windows, two steps after the start of its epoch."""
    toy = toys.start(InfoReg, modalities, encoder, **options)
    toy.method.start_epoch(0)
    toys.take_steps(toy, 2)
    toy.method.window.fill_(True)
    return toy


@pytest.mark.parametrize("encoder", ["mlp", "cnn", "transformer"])
@pytest.mark.parametrize("modalities", [2, 3])
def test_all_but_the_weakest_are_tied(encoder, modalities):
    toy = opened(modalities, encoder)
    tied = toys.gradients(toy)
    toy.method.window.fill_(False)
    free = toys.gradients(toy)
    alpha = toy.method.alpha.tolist()
    assert sorted(alpha)[0] == 0 < sorted(alpha)[1]
    now, start = dict(toy.method.model.named_parameters()), toy.method.start
    for name, gradient in free.items():
        encoders = "model.encoders."
        if not name.startswith(encoders) or alpha[modality(name)] == 0:
            toys.same(tied[name], gradient)
            continue
        moved = now[name.removeprefix("model.")] - start.get_parameter(name.removeprefix(encoders))
        assert moved.any()
        expected = gradient + alpha[modality(name)] * moved
        torch.testing.assert_close(tied[name], expected.detach(), rtol=1e-6, atol=1e-8)


def modality(name):
    return toys.NAMES.index(name.split(".")[2])


@pytest.mark.parametrize("score", ref.READINGS)
def test_strengths_in_training_are_those_of_the_reference(score):
    toy, batch = toys.start(InfoReg, modalities=3, score=score), toys.batch(3)
    split = toy.method.model.split_logits(toy.method.model.features(batch.inputs))
    logits = np.stack([own.detach().double().numpy() for own in split.values()])
    expected = ref.strength(ref.gaps(ref.scores(logits, batch.labels.numpy(), score)))
    toy.method.loss(batch)
    np.testing.assert_allclose(toy.method.alpha, expected, rtol=1e-5)  # float32 against float64


def test_nothing_is_tied_in_the_first_step_of_an_epoch():
    toy, joint = opened(), toys.start(Joint)
    toys.take_steps(joint, 2)
    toy.method.start_epoch(1)
    toys.same(toys.gradients(toy), toys.gradients(joint))


def test_traces_are_means_of_squared_gradients_before_the_tie():
    toy = opened()
    toy.method.total.zero_()
    toy.method.steps.zero_()
    plain = toys.start(Joint)
    rows = []
    for one in list(toys.batches(toy))[:3]:
        plain.method.model.load_state_dict(toy.method.model.state_dict())
        found = toys.gradients(plain, one)
        norms = [[g.flatten() for n, g in found.items() if f".{m}." in n] for m in toys.NAMES[:2]]
        rows.append([torch.cat(g).double().numpy() for g in norms])
        toys.step(toy, one)
    assert toy.method.alpha.max() > 0
    toy.method.finish_epoch(0)
    for k in range(2):
        expected = ref.trace(np.stack([row[k] for row in rows]))
        assert toy.method.traces[1, k].item() == pytest.approx(expected, rel=1e-5)
    assert toy.method.steps.tolist() == [0, 0]


def test_windows_open_from_the_third_epoch_on_by_each_ones_own_trace():
    toy = toys.start(InfoReg, modalities=3)
    method = toy.method
    for epoch, trace in enumerate([[9, 10, 1], [10, 10.2, 5], [9, 11, 5]]):
        method.start_epoch(epoch)
        assert not method.window.any() or epoch == 2
        method.total.copy_(torch.tensor(trace, dtype=torch.float32))
        method.steps.fill_(1)
        method.finish_epoch(epoch)
    assert method.window.tolist() == [True, False, True]
    method.start_epoch(3)
    assert method.window.tolist() == [False, True, False]


def test_an_overflowed_step_does_not_count():
    toy = toys.start(InfoReg)
    toys.gradients(toy)
    before = toy.method.total.clone()
    for parameter in toy.method.model.parameters():
        parameter.grad = torch.full_like(parameter, torch.inf)
    toy.method.edit()
    toys.same(toy.method.total, before)
    assert toy.method.steps.tolist() == [1, 1]


@pytest.mark.parametrize("modalities", [2, 3])
def test_with_closed_windows_it_is_joint_training(modalities):
    common.like(InfoReg, Joint, modalities, epochs=3, threshold=math.inf)


def test_inforeg_star_with_closed_windows_is_the_multi_loss():
    split = partial(MultiLoss, heads="split")
    common.like(InfoReg, split, epochs=3, threshold=math.inf, unimodal=True)


@pytest.mark.parametrize("score", ref.READINGS)
def test_an_open_window_changes_training(score):
    toy, joint = toys.start(InfoReg, score=score, **ALWAYS), toys.start(Joint)
    for one in (toy, joint):
        for epoch in range(2):
            toys.train_epoch(one, epoch)
    toys.same(common.weights(toy), common.weights(joint))
    toy.method.traces.copy_(torch.tensor([[1.0, 1.0], [2.0, 2.0]]))
    for one in (toy, joint):
        toys.train_epoch(one, 2)
    ours, plain = common.weights(toy), common.weights(joint)
    assert any(not torch.equal(ours[name], plain[name]) for name in plain)


@pytest.mark.parametrize("modalities", [2, 3])
@pytest.mark.parametrize("unimodal", [False, True])
def test_it_trains(modalities, unimodal):
    toy = common.trains(InfoReg, modalities, epochs=3, unimodal=unimodal, **ALWAYS)
    assert (toy.method.traces > 0).all()


def test_it_repeats_and_resumes():
    common.repeats(InfoReg)
    common.resumes(InfoReg)


def test_it_resumes_within_a_window():
    """The tie's far end and the window are state."""
    old, new = (toys.start(InfoReg) for _ in range(2))
    old.method.start_epoch(0)
    toys.take_steps(old, 3)
    old.method.window.fill_(True)
    new.method.load_state_dict(old.method.state_dict())
    toys.same(toys.gradients(old), toys.gradients(new))
    assert old.method.alpha.max() > 0


def test_it_mixes_precisions():
    common.mixes(InfoReg, unimodal=True)


def test_it_says_what_it_cannot_do():
    with pytest.raises(ValueError, match="fusion: got FiLM"):
        toys.start(InfoReg, fusion="film")
    with pytest.raises(ValueError, match="modalities: got"):
        toys.start(InfoReg, modalities=1)
    with pytest.raises(ValueError, match="score: got 'loss'"):
        toys.start(InfoReg, score="loss")
    with pytest.raises(ValueError, match="threshold: got -1"):
        toys.start(InfoReg, threshold=-1)
