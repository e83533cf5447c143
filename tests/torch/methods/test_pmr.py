"""PMR: prototypes, who is pulled and who is held back, and that the head does not notice."""

import numpy as np
import pytest
import torch

from rgm_ref.baselines import pmr as ref
from rgm_torch.methods.joint import Joint
from rgm_torch.methods.outputs import outputs
from rgm_torch.methods.pmr import PMR, coefficients
from rgm_torch.methods.prototypes import balanced_rows, class_means, distances, entropy
from tests.torch.methods import common, toys


@pytest.mark.parametrize(
    ("scores", "beta", "gamma"),
    [([0.8, 1], [0.25, 0], [0, 0.25]), ([1, 1], [0, 0], [0, 0]), ([3, 1], [0, 1], [1, 0])],
)
def test_coefficients_by_hand(scores, beta, gamma):
    ours = coefficients(torch.tensor(scores, dtype=torch.float64))
    np.testing.assert_allclose(ours, [beta, gamma], atol=1e-15)


def test_probabilities_by_hand():
    z, c = torch.zeros(1, 2), torch.tensor([[3.0, 4], [0, 1]])
    far = distances(z, c)
    assert far.tolist() == [[5, 1]]
    p = (-far).softmax(dim=-1)
    torch.testing.assert_close(p, torch.tensor([[0.0180, 0.9820]]), atol=5e-5, rtol=0)
    pull = torch.nn.functional.cross_entropy(-far, torch.tensor([1]))
    assert pull.item() == pytest.approx(0.01815, abs=5e-6)


def test_closed_forms_of_the_reference(rng):
    z, c, labels = rng.normal(size=(9, 4)), rng.normal(size=(3, 4)), np.arange(9) % 3
    logits = -distances(torch.tensor(z), torch.tensor(c))
    p = ref.probabilities(z, c)
    np.testing.assert_allclose(logits.softmax(-1), p, rtol=1e-12)
    pull = torch.nn.functional.cross_entropy(logits, torch.tensor(labels))
    assert pull.item() == pytest.approx(ref.cross_entropy(p, labels), rel=1e-12)
    assert entropy(logits).item() == pytest.approx(ref.entropy(p), rel=1e-12)
    means = class_means(torch.tensor(z), torch.tensor(labels), 3)
    np.testing.assert_allclose(means, ref.prototypes(z, labels, 3), rtol=1e-12)


@pytest.mark.parametrize(("modalities", "rule"), [(2, "paper"), (2, "code"), (4, "paper")])
def test_coefficients_of_the_reference(rng, modalities, rule):
    for scores in rng.gamma(1, size=(20, modalities)):
        ours = coefficients(torch.tensor(scores), rule)
        np.testing.assert_allclose(ours, ref.coefficients(scores, rule), rtol=1e-12)


def test_code_pulls_nobody_at_equality():
    assert coefficients(torch.ones(2), "code")[0].tolist() == [0, 0]


def test_no_slope_is_undefined_on_a_prototype():
    z = torch.zeros(1, 2, requires_grad=True)
    distances(z, torch.tensor([[0.0, 0], [1, 0]])).sum().backward()
    assert z.grad.tolist() == [[-1, 0]]


def test_probabilities_that_underflow_are_a_tie():
    assert coefficients(torch.zeros(2))[0].tolist() == [0, 0]
    assert coefficients(torch.tensor([0.5, 0]))[0].tolist() == [0, 1]


def test_rows_hold_every_class_equally():
    labels = torch.tensor([0] * 80 + [1] * 15 + [2])
    rows = balanced_rows(labels, 3, 0.1, torch.Generator())
    assert torch.bincount(labels[rows]).tolist() == [3, 3, 1]
    assert len(set(rows.tolist())) == len(rows)
    with pytest.raises(ValueError, match="no clip of class 3"):
        balanced_rows(labels, 4, 0.1, torch.Generator())


def test_prototypes_are_means_in_evaluation_mode_with_momentum():
    toy = toys.start(PMR, encoder="cnn", momentum=0.25)
    method, rows = toy.method, toy.method.rows
    first = {name: c.clone() for name, c in method.prototypes.items()}
    labels = toy.corpus.train.labels[rows].numpy()
    for epoch in range(2):
        toys.train_epoch(toy, epoch)
        features = outputs(method, toy.corpus.train).features
        for name, old in first.items():
            z = features[name][rows].numpy()
            expected = ref.prototypes(z, labels, 3, old.numpy(), 0.25)
            # float32 sums in another order
            np.testing.assert_allclose(method.prototypes[name], expected, rtol=1e-4, atol=1e-6)
        first = {name: c.clone() for name, c in method.prototypes.items()}


def loss_parts(toy, batch):
    """Reference values of the loss's parts, from the method's features and prototypes."""
    with torch.no_grad():
        features = toy.method.model.features(batch.inputs)
        joint = torch.nn.functional.cross_entropy(toy.method.classify(features), batch.labels)
    p = [
        ref.probabilities(features[n].double().numpy(), c.double().numpy())
        for n, c in toy.method.prototypes.items()
    ]
    labels = batch.labels.numpy()
    weights = ref.coefficients([ref.true_class(one, labels).sum() for one in p], toy.method.rule)
    pulls, entropies = [ref.cross_entropy(q, labels) for q in p], [ref.entropy(q) for q in p]
    return joint.item(), pulls, entropies, weights


@pytest.mark.parametrize(("modalities", "rule"), [(2, "paper"), (2, "code"), (3, "paper")])
@pytest.mark.parametrize("epoch", [0, 1, 3])
def test_loss_of_the_reference_by_epochs(modalities, rule, epoch):
    """Epoch 0 of 4 has the entropy too, epoch 1 the pull, epoch 3 neither."""
    toy = toys.start(PMR, modalities, rule=rule, alpha=1.5, mu=0.7)
    toy.method.start_epoch(epoch)
    batch = toys.batch(modalities)
    parts = loss_parts(toy, batch)
    assert max(parts[3][0]) > 0
    expected = ref.loss(*parts, 1.5 * (epoch < 3), 0.7 * (epoch < 1))
    assert toy.method.loss(batch).item() == pytest.approx(expected, rel=1e-5)


def test_the_head_sees_joint_training_only():
    joint, ours = (toys.gradients(toys.start(m, encoder="cnn")) for m in (Joint, PMR))
    for name in ("model.head.weight", "model.head.bias"):
        toys.same(ours[name], joint[name])
    for modality in toys.NAMES[:2]:
        assert any(not torch.equal(ours[n], joint[n]) for n in joint if f".{modality}." in n)


def test_a_pull_reaches_its_own_encoder_only():
    toy = toys.start(PMR, rule="code")
    features = toy.method.model.features(toys.batch().inputs)
    toy.method.terms(features, toys.batch().labels)[0].backward()
    pulled = {
        name: any(p.grad is not None and p.grad.any() for p in toy.method.model.parameters_of[name])
        for name in toys.NAMES[:2]
    }
    assert sorted(pulled.values()) == [False, True]


def test_entropy_of_the_leader_rises():
    """The sign: a step against the gradient of −μ γ H makes the leader's p flatter."""
    z = torch.tensor([[0.3, 0.1]], requires_grad=True)
    c = torch.tensor([[0.0, 0.0], [2.0, 0.0]])
    before = entropy(-distances(z, c))
    (-before).backward()
    with torch.no_grad():
        after = entropy(-distances(z - 0.1 * z.grad, c))
    assert after > before


@pytest.mark.parametrize("off", [{"alpha": 0.0, "mu": 0.0}, {"until": 0.0}])
@pytest.mark.parametrize("modalities", [2, 3])
def test_switched_off_it_is_joint_training(off, modalities):
    common.like(PMR, Joint, modalities, epochs=2, **off)


@pytest.mark.parametrize("fusion", ["concat", "gated"])
def test_it_trains_behind_any_fusion(fusion):
    common.trains(PMR, fusion=fusion)


def test_it_trains_with_three():
    common.trains(PMR, modalities=3)


def test_it_repeats_and_resumes():
    common.repeats(PMR)
    common.resumes(PMR, momentum=0.5)


def test_it_mixes_precisions():
    common.mixes(PMR)


def test_it_says_what_it_cannot_do():
    with pytest.raises(ValueError, match="rule: 'code' is for a pair"):
        toys.start(PMR, modalities=3, rule="code")
    with pytest.raises(ValueError, match="momentum"):
        toys.start(PMR, momentum=1)
    with pytest.raises(ValueError, match="modalities: got"):
        toys.start(PMR, modalities=1)
