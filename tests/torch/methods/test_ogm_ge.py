"""OGM-GE: the damped encoder, the noise, and the head that nobody touches."""

import numpy as np
import pytest
import torch

from rgm_ref.baselines import ogm_ge as ref
from rgm_torch.methods.joint import Joint
from rgm_torch.methods.ogm_ge import OGMGE, coefficients, modulate, ratios
from rgm_torch.methods.scores import confidence
from tests.torch.methods import common, toys


def test_one_sample_by_hand():
    logits = torch.tensor([[[2 / 3, 1.0]], [[4.0, 1.0]]]).log()
    scores = confidence(logits, torch.tensor([0])).sum(dim=1)
    torch.testing.assert_close(scores, torch.tensor([0.4, 0.8]))
    torch.testing.assert_close(ratios(scores), torch.tensor([0.5, 2]))
    for alpha, damped in ((0.5, 0.2384), (0.1, 0.8026)):
        kappa = coefficients(ratios(scores), alpha)
        assert kappa[0] == 1
        assert kappa[1].item() == pytest.approx(damped, abs=5e-5)


@pytest.mark.parametrize("modalities", [2, 3, 5])
@pytest.mark.parametrize("rule", ref.RULES)
def test_coefficients_of_the_reference(rng, modalities, rule):
    logits, labels = rng.normal(size=(modalities, 9, 4)), rng.integers(4, size=9)
    scores = confidence(torch.tensor(logits), torch.tensor(labels)).sum(dim=1)
    rho = ratios(scores, rule)
    expected = ref.ratios(ref.scores(logits, labels), rule)
    np.testing.assert_allclose(rho, expected, rtol=1e-13)
    np.testing.assert_allclose(coefficients(rho, 0.3), ref.coefficients(expected, 0.3), rtol=1e-12)


def test_modulated_gradient_of_the_reference(rng):
    gradient, draw = rng.normal(size=(3, 4)), torch.Generator().manual_seed(3)
    ours = torch.tensor(gradient)
    modulate(ours, torch.tensor(0.7, dtype=torch.float64), draw)
    noise = torch.randn(3, 4, generator=torch.Generator().manual_seed(3)).double()
    np.testing.assert_allclose(ours, ref.modulate(gradient, 0.7, noise.numpy()), rtol=1e-12)


def test_a_tensor_of_one_entry_gets_no_noise():
    one = torch.tensor([[2.0]])
    modulate(one, torch.tensor(0.5), torch.Generator())
    assert one.item() == 1


def test_expected_gradient_is_kappa_g():
    gradient, draw = torch.linspace(-1, 1, 50), torch.Generator().manual_seed(0)
    total, draws = torch.zeros(50), 400
    for _ in range(draws):
        one = gradient.clone()
        modulate(one, torch.tensor(0.3), draw)
        total += one
    spread = 5 * gradient.std().item() / draws**0.5  # five standard errors of the mean
    torch.testing.assert_close(total / draws, 0.3 * gradient, atol=spread, rtol=0)


@pytest.mark.parametrize("encoder", ["mlp", "cnn", "transformer"])
def test_the_better_encoder_is_damped_whatever_it_is_made_of(encoder):
    joint = toys.gradients(toys.start(Joint, encoder=encoder))
    toy = toys.start(OGMGE, encoder=encoder, alpha=0.5, noise=False)
    ours, kappa = toys.gradients(toy), toy.method.kappa
    assert sorted(kappa < 1) == [False, True]
    for name, gradient in joint.items():
        k = next((k for k, m in enumerate(toys.NAMES[:2]) if f"encoders.{m}." in name), None)
        if k is None or gradient.ndim == 1:
            toys.same(ours[name], gradient)
        else:
            assert gradient.any()
            toys.same(ours[name], kappa[k] * gradient)


def test_noise_goes_to_every_encoder_and_not_to_the_head():
    joint, ours = (toys.gradients(toys.start(method)) for method in (Joint, OGMGE))
    for name, gradient in joint.items():
        touched = ".encoders." in name and gradient.ndim > 1
        assert torch.equal(ours[name], gradient) != touched, name


def test_convolutions_only_is_the_authors_reading():
    joint = toys.gradients(toys.start(Joint, encoder="cnn"))
    ours = toys.gradients(toys.start(OGMGE, encoder="cnn", parameters="convolutions"))
    for name, gradient in joint.items():
        touched = ".encoders." in name and gradient.ndim == 4
        assert torch.equal(ours[name], gradient) != touched, name
    with pytest.raises(ValueError, match="parameters: encoder audio has no convolutions"):
        toys.start(OGMGE, encoder="mlp", parameters="convolutions")


@pytest.mark.parametrize("options", [{"alpha": 0.0, "noise": False}, {"until": 0.0}])
@pytest.mark.parametrize("modalities", [2, 3])
def test_switched_off_it_is_joint_training(options, modalities):
    common.like(OGMGE, Joint, modalities, **options)


def test_it_ends_where_its_window_does():
    toy, joint = toys.start(OGMGE, until=0.5), toys.start(Joint)
    for epoch, touched in enumerate([True, True, False, False]):
        toy.method.start_epoch(epoch)
        ours, plain = toys.gradients(toy), toys.gradients(joint)
        assert any(not torch.equal(ours[name], plain[name]) for name in plain) == touched


@pytest.mark.parametrize("rule", ref.RULES)
def test_ratios_in_training_are_those_of_the_reference(rule):
    toy, batch = toys.start(OGMGE, modalities=3, rule=rule), toys.batch(3)
    split = toy.method.model.split_logits(toy.method.model.features(batch.inputs))
    logits = np.stack([own.detach().double().numpy() for own in split.values()])
    expected = ref.ratios(ref.scores(logits, batch.labels.numpy()), rule)
    toy.method.loss(batch)
    rows = toy.method.recorder.numpy()
    ours = [rows[f"ratio_{name}"][0] for name in toys.NAMES[:3]]
    np.testing.assert_allclose(ours, expected, rtol=1e-5)  # float32 against float64


@pytest.mark.parametrize("rule", ref.RULES)
def test_of_three_never_are_all_damped(rule):
    toy = toys.start(OGMGE, modalities=3, rule=rule)
    toys.take_steps(toy, 5)
    rows = toy.method.recorder.numpy()
    kappa = np.stack([rows[f"kappa_{name}"] for name in toys.NAMES[:3]])
    assert (kappa.max(axis=0) == 1).all()
    assert (kappa.min(axis=0) < 1).all()


@pytest.mark.parametrize("modalities", [2, 3])
def test_it_trains(modalities):
    common.trains(OGMGE, modalities)


def test_it_repeats_and_resumes():
    common.repeats(OGMGE)
    common.resumes(OGMGE)


def test_hopeless_batches_do_not_divide_by_zero():
    assert ratios(torch.tensor([0.0, 0.0])).tolist() == [1, 1]
    assert coefficients(ratios(torch.tensor([0.5, 0.0])), 0.1).tolist() == [0, 1]


def test_it_mixes_precisions():
    common.mixes(OGMGE)


def test_it_says_what_it_cannot_do():
    with pytest.raises(ValueError, match="fusion: got Gated"):
        toys.start(OGMGE, fusion="gated")
    with pytest.raises(ValueError, match="modalities: got"):
        toys.start(OGMGE, modalities=1)
    with pytest.raises(ValueError, match="alpha: got -1"):
        toys.start(OGMGE, alpha=-1)
    with pytest.raises(ValueError, match="until: got 2"):
        toys.start(OGMGE, until=2)
