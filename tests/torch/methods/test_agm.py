"""AGM: Shapley's shares, the sign of the advantage, and which gradients κ multiplies."""

from math import exp

import numpy as np
import pytest
import torch

from rgm_ref.baselines import agm as ref
from rgm_torch.methods.agm import AGM, advantage, coefficients, evaluating, losses
from rgm_torch.methods.coalitions import coalition_logits, responses, shapley_matrix
from rgm_torch.methods.joint import Joint
from tests.torch.methods import common, toys

REMOVALS = ("feature", "input")


def first_step(removal="feature", modalities=2, encoder="mlp", fusion="concat", **options):
    """A method, what its first step would hand to the optimizer, and the κ of that step."""
    options = {"until": 1.0, "clip": False, **options}
    toy = toys.start(AGM, modalities, encoder, fusion, removal=removal, **options)
    gradients = toys.gradients(toy)
    rows = toy.method.recorder.numpy()
    return toy, gradients, [rows[f"kappa_{name}"][-1] for name in toys.NAMES[:modalities]]


def test_first_step_by_hand():
    scores = torch.tensor([0.5, 1.0])
    torch.testing.assert_close(advantage(scores), torch.tensor([exp(0.5), exp(-0.5)]))
    kappa = coefficients(scores, torch.zeros(2), 1.0)
    torch.testing.assert_close(kappa, torch.tensor([0.5227, 1.4821]), atol=5e-5, rtol=0)


def test_three_by_hand():
    expected = torch.tensor([2.117, 1, 0.4724])
    torch.testing.assert_close(
        advantage(torch.tensor([0.5, 1, 1.5])), expected, atol=5e-5, rtol=1e-4
    )


@pytest.mark.parametrize("modalities", [2, 3, 4])
def test_closed_forms_of_the_reference(rng, modalities):
    values, labels = rng.normal(size=(2**modalities, 5, 3)), rng.integers(3, size=5)
    ours, theirs = responses(torch.tensor(values)), ref.responses(values)
    np.testing.assert_allclose(ours, theirs, atol=1e-14)
    np.testing.assert_allclose(ours.sum(dim=0), values[-1], atol=1e-14)
    scores, mean = losses(ours, torch.tensor(labels)), rng.gamma(1, size=modalities)
    np.testing.assert_allclose(scores, ref.scores(theirs, labels), rtol=1e-12)
    np.testing.assert_allclose(advantage(scores), ref.advantage(scores.numpy()), rtol=1e-12)
    kappa = coefficients(scores, torch.tensor(mean), 2.5)
    np.testing.assert_allclose(kappa, ref.coefficients(scores.numpy(), mean, 2.5), rtol=1e-12)


def test_running_means_of_the_reference():
    toy, mean = toys.start(AGM), np.zeros(2)
    toys.take_steps(toy, 4)
    rows = toy.method.recorder.numpy()
    for step in range(4):
        scores = np.array([rows[f"score_{name}"][step] for name in toys.NAMES[:2]])
        kappa = np.array([rows[f"kappa_{name}"][step] for name in toys.NAMES[:2]])
        # scores and κ of the run are float32
        np.testing.assert_allclose(kappa, ref.coefficients(scores, mean, 1.0), rtol=1e-5)
        mean = ref.running_mean(mean, scores, step + 1)
    np.testing.assert_allclose(toy.method.mean, mean, rtol=1e-6)


def test_better_than_usual_is_held_back():
    """The benchmark's sign would boost it."""
    kappa = coefficients(torch.tensor([0.5, 1.0]), torch.tensor([0.7, 1.0]), 1.0)
    assert kappa[0] < 1 < kappa[1]
    same = torch.tensor([0.5, 1.0])
    assert coefficients(same, same, 1.0).tolist() == [1, 1]


def test_a_score_that_stays_is_its_own_reference():
    mean, scores = torch.zeros(2), torch.tensor([0.5, 1.25])
    for step in (1, 2, 3):
        kappa = coefficients(scores, mean, 1.0)
        assert (kappa == 1).all() == (step > 1)
        mean.lerp_(scores, 1 / step)


@pytest.mark.parametrize("modalities", [2, 3])
def test_shares_of_an_additive_head_are_its_split_logits(modalities):
    toy = toys.start(AGM, modalities)
    features = toy.method.model.features(toys.batch(modalities).inputs)
    absent = toy.method.absent(toys.batch(modalities).inputs, features)
    shares = responses(coalition_logits(toy.method.model, features, absent))
    split = toy.method.model.split_logits(features)
    torch.testing.assert_close(shares, torch.stack(list(split.values())))


@pytest.mark.parametrize("modalities", [2, 3])
@pytest.mark.parametrize("encoder", ["mlp", "cnn", "transformer"])
def test_encoder_and_head_block_are_scaled_and_nothing_else(encoder, modalities):
    """What the cheap form would do to Joint's gradient; float32 rounding apart."""
    joint = toys.gradients(toys.start(Joint, modalities, encoder))
    _, ours, kappa = first_step(encoder=encoder, modalities=modalities, alpha=10)
    assert max(kappa) - min(kappa) > 0.05
    for k, name in enumerate(toys.NAMES[:modalities]):
        mine = [n for n in joint if f"encoders.{name}." in n]
        assert mine
        for n in mine:
            scale = joint[n].abs().max().item()
            torch.testing.assert_close(ours[n], kappa[k] * joint[n], rtol=1e-4, atol=1e-5 * scale)
    blocks = torch.tensor(kappa).repeat_interleave(8).float()
    head = "model.head.weight"
    torch.testing.assert_close(ours[head], blocks * joint[head], rtol=1e-4, atol=1e-6)
    bias = "model.head.bias"
    torch.testing.assert_close(
        ours[bias], float(np.mean(kappa)) * joint[bias], rtol=1e-4, atol=1e-6
    )


def test_subset_passes_without_gradient_would_balance_nothing():
    """The wrong twin: only F(all)/M of every share carries gradient, so all get the mean of κ."""
    toy, _, kappa = first_step()
    features = toy.method.model.features(toys.batch().inputs)
    absent = toy.method.absent(toys.batch().inputs, features)
    logits = coalition_logits(toy.method.model, features, absent)
    twin = responses(torch.cat([logits[:-1].detach(), logits[-1:]]))
    joint = torch.autograd.grad(
        logits[-1].square().sum(), list(features.values()), retain_graph=True
    )
    slope = 2 * logits[-1].detach()
    wrong = torch.autograd.grad(
        (torch.tensor(kappa).float()[:, None, None] * twin * slope).sum(), list(features.values())
    )
    for one, plain in zip(wrong, joint, strict=True):
        torch.testing.assert_close(one, float(np.mean(kappa)) * plain, rtol=1e-4, atol=1e-5)


def test_zero_inputs_are_encoded_with_gradient():
    """The zero clip of encoder k receives ½ (κ_j − κ_k) δ through W_k."""
    _, ours, kappa = first_step("input")
    plain = toys.start(Joint, monitor=False)
    model, batch = plain.method.model, toys.batch()
    features = model.features(batch.inputs)
    logits = model.classify(features)
    slope = (logits.softmax(-1) - torch.eye(3)[batch.labels]).detach() / len(batch)
    empty = {n: e(torch.zeros_like(batch.inputs[n][:1])) for n, e in model.encoders.items()}
    surrogate = 0.0
    for k, name in enumerate(model.modalities):
        push = slope @ model.fusion.blocks(model.head.weight)[k].detach()
        surrogate = surrogate + (kappa[k] * push * features[name]).sum()
        surrogate = surrogate + (0.5 * (kappa[1 - k] - kappa[k]) * push * empty[name]).sum()
    surrogate.backward()
    for n, p in plain.method.named_parameters():
        if ".encoders." in n:
            torch.testing.assert_close(ours[n], p.grad, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("removal", REMOVALS)
@pytest.mark.parametrize("off", [{"alpha": 0.0}, {"until": 0.0}])
def test_switched_off_it_is_joint_training(removal, off):
    """Batch norm's statistics too: the zero clip leaves no trace in them."""
    common.like(AGM, Joint, removal=removal, clip=False, **off)
    common.like(AGM, Joint, 3, "mlp", removal=removal, clip=False, **off)


def test_means_go_on_after_the_window():
    toy = toys.start(AGM, until=0.25)
    toys.train_epoch(toy, 0)
    toys.train_epoch(toy, 1)
    assert toy.method.steps == 16
    joint, ours = toys.start(Joint), toys.start(AGM, until=0.25, clip=False)
    ours.method.start_epoch(1)
    toys.same(toys.gradients(ours), toys.gradients(joint))


@pytest.mark.parametrize("fusion", ["sum", "gated", "film"])
def test_other_fusions_have_shares_too(fusion):
    joint = toys.gradients(toys.start(Joint, fusion=fusion))
    _, ours, kappa = first_step(fusion=fusion)
    assert kappa[0] != kappa[1]
    assert any(not torch.allclose(ours[n], joint[n], rtol=1e-2) for n in joint)


def test_large_head_gradients_are_clipped():
    toy = toys.start(AGM)
    for part in toy.method.model.parameters():
        part.grad = torch.full_like(part, 0.5)
    toy.method.edit()
    assert toy.method.model.head.weight.grad.max() == 0.5
    toy.method.model.head.weight.grad[0, 0] = -1.5
    toy.method.edit()
    total = torch.cat([p.grad.flatten() for p in toy.method.model.parameters()]).norm()
    assert total.item() == pytest.approx(1, abs=1e-5)


def test_every_part_gets_its_mode_back():
    layers = torch.nn.Sequential(torch.nn.Dropout(), torch.nn.BatchNorm1d(2)).train()
    layers[1].eval()
    with evaluating(layers):
        assert not layers[0].training
    assert (layers.training, layers[0].training, layers[1].training) == (True, True, False)


@pytest.mark.parametrize("modalities", [2, 3])
@pytest.mark.parametrize("removal", REMOVALS)
def test_it_trains(modalities, removal):
    common.trains(AGM, modalities, removal=removal)


@pytest.mark.parametrize("removal", REMOVALS)
def test_it_repeats_and_resumes(removal):
    common.repeats(AGM, removal=removal)
    common.resumes(AGM, removal=removal, until=1.0)


def test_shares_add_up_to_all_minus_nothing():
    matrix = shapley_matrix(3)
    expected = torch.zeros(8, dtype=torch.float64)
    expected[0], expected[-1] = -1, 1
    torch.testing.assert_close(matrix.sum(dim=0), expected)


def test_it_mixes_precisions():
    common.mixes(AGM)


def test_it_says_what_it_cannot_do():
    with pytest.raises(ValueError, match="removal: got 'noise'"):
        toys.start(AGM, removal="noise")
    with pytest.raises(ValueError, match="modalities: got"):
        toys.start(AGM, modalities=1)
