"""The protocol of the methods, and the methods that are hardly more than it."""

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy, softmax

from rgm_torch import RGM, models
from rgm_torch.data.batch import Batch, Clips
from rgm_torch.methods import METHODS, Joint, LateFusion, Reconcile, Unimodal, create
from rgm_torch.training.assemble import assemble
from rgm_torch.training.step import step
from tests.torch import tiny
from tests.torch.tiny import CONFIG, corpus

TWO, THREE = ("audio", "video"), ("audio", "video", "text")


def model(modalities=TWO, fusion="concat"):
    shapes = {name: (1, 16, 16) for name in modalities}
    return models.build(shapes, 3, width=4, fusion=fusion, seed=0)


def batch(modalities=TWO) -> Batch:
    return corpus(modalities=modalities).train.__getitems__(range(16))


def gradients(method, modalities=TWO):
    """One backward pass; the gradients by name, of the parameters that have one."""
    method.backward(method.loss(batch(modalities)))
    return {name: p.grad for name, p in method.named_parameters() if p.grad is not None}


def same(ours, theirs):
    """Equal bit for bit."""
    torch.testing.assert_close(ours, theirs, rtol=0, atol=0)


def test_joint_is_cross_entropy_of_the_fused_logits():
    ours, plain = gradients(Joint(model())), model()
    cross_entropy(plain(batch().inputs), batch().labels).backward()
    for name, parameter in plain.named_parameters():
        same(ours[f"model.{name}"], parameter.grad)


def test_rgm_modulates_the_encoders_and_leaves_the_head_alone():
    joint, rgm = gradients(Joint(model())), gradients(Reconcile(model()))
    heads = [name for name in joint if ".head." in name]
    assert heads
    for name in heads:
        same(rgm[name], joint[name])
    encoders = [name for name in joint if ".encoders." in name]
    assert any(not torch.equal(rgm[name], joint[name]) for name in encoders)


def test_rgm_that_only_watches_is_joint_bit_for_bit():
    watched = model()
    watched.modulator = RGM(2, modulate=False)
    ours, joint = gradients(Joint(watched)), gradients(Joint(model()))
    for name, gradient in joint.items():
        same(ours[name], gradient)


def test_rgm_reads_the_models_head_for_the_conflict_of_logits():
    rgm = Reconcile(model(), conflict="logit", granularity="batch", blocks=2)
    assert rgm.layer.modulation.head is rgm.model.head
    assert rgm.layer.modulation.blocks == 2


def test_rgm_counts_energy_in_the_optimizers_learning_rate():
    spent = []
    for lr in (0.01, 0.02):
        rgm = Reconcile(model())
        optimizer = torch.optim.SGD(rgm.parameters_to_train(), lr=lr)
        rgm.attach(optimizer)
        gradients(rgm)
        optimizer.step()
        spent.append(rgm.layer.energy.clone())
    # E = η² ‖g‖² with the same g: a power of two is exact.
    same(spent[1], 4 * spent[0])


@pytest.mark.parametrize("modality", TWO)
def test_unimodal_touches_one_encoder_and_its_own_head(modality):
    touched = gradients(Unimodal(model(), modality=modality))
    prefixes = {f"model.encoders.{modality}", "head"}
    assert {name for name in touched if not name.startswith(tuple(prefixes))} == set()
    assert all(any(name.startswith(p) for name in touched) for p in prefixes)


def test_unimodal_needs_no_input_of_the_others():
    alone = Unimodal(model(), modality="video").eval()
    inputs = batch().inputs
    same(alone.predict({"video": inputs["video"]}), alone.classify(alone.model.features(inputs)))


def test_late_fusion_trains_each_encoder_as_it_would_alone():
    late = LateFusion(model())
    alone = Unimodal(model(), modality="video")
    alone.head.load_state_dict(late.heads["video"].state_dict())
    theirs = gradients(alone)
    for name, gradient in gradients(late).items():
        if name.startswith("model.encoders.video"):
            same(gradient, theirs[name])


@pytest.mark.parametrize("modalities", [TWO, THREE])
def test_late_fusion_is_bayes_rule_under_independence(modalities):
    """With logits log p(x_k|y) + log π(y) it gives the posterior of the product of likelihoods."""
    rng = torch.Generator().manual_seed(0)
    late = LateFusion(model(modalities)).double()
    prior = torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64)
    late.log_prior.copy_(prior.log())
    likelihoods = torch.rand(len(modalities), 8, 3, generator=rng, dtype=torch.float64)
    for head in late.heads.values():  # V = I and a = 0: the feature is the logit
        head.weight.data, head.bias.data = torch.eye(3), torch.zeros(3)
        head.double()
    features = {
        name: (likelihood * prior).log()
        for name, likelihood in zip(modalities, likelihoods, strict=True)
    }
    expected = likelihoods.prod(dim=0) * prior
    expected /= expected.sum(dim=-1, keepdim=True)
    # Some twenty operations of float64: 1e-12 leaves room for hundreds of ulps.
    torch.testing.assert_close(
        softmax(late.classify(features), -1), expected, rtol=1e-12, atol=1e-12
    )


def test_late_fusion_counts_the_prior_and_survives_a_class_without_clips():
    late, data = LateFusion(model()), corpus()
    labels = torch.tensor([0, 0, 0, 1])
    train = Clips({name: torch.zeros(4, 1, 16, 16) for name in TWO}, labels)
    late.begin(type(data)("few", TWO, data.classes, train, train, train), CONFIG)
    torch.testing.assert_close(late.log_prior.exp(), torch.tensor([4, 2, 1]) / 7)
    assert late.eval().predict(batch().inputs).isfinite().all()


@pytest.mark.parametrize("fusion", ["concat", "sum"])
def test_alone_has_the_whole_bias_each(fusion):
    joint = Joint(model(fusion=fusion)).eval()
    joint.model.head.bias.data = torch.tensor([1.0, 2.0, 3.0])
    features = joint.model.features(batch().inputs)
    own = joint.alone(features)
    total = sum(own.values()) - joint.model.head.bias  # the bias came twice
    # Two rounded sums of a few float32 numbers of size 10.
    torch.testing.assert_close(total, joint.classify(features), rtol=1e-5, atol=1e-5)


def test_alone_is_refused_behind_a_fusion_that_mixes():
    joint = Joint(model(fusion="film"))
    with pytest.raises(ValueError, match="additive"):
        joint.alone(joint.model.features(batch().inputs))


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("modalities", [TWO, THREE])
def test_a_few_steps_predict_the_batch_better(name, modalities):
    """By one loss for all: a method's own may weigh the clips anew at every step."""
    parts = assemble(tiny.config(name), corpus(modalities=modalities))
    parts.method.train()
    parts.method.start_epoch(0)
    seen = batch(modalities)
    before = cross_entropy(parts.method.predict(seen.inputs), seen.labels)
    losses = [step(parts, seen) for _ in range(8)]
    assert np.isfinite(losses).all()
    assert cross_entropy(parts.method.predict(seen.inputs), seen.labels) < before
    assert parts.method.eval().predict(batch(modalities).inputs).shape == (16, 3)


@pytest.mark.parametrize("name", METHODS)
def test_state_dict_is_all_of_the_state(name):
    """A fresh method that loads the state of a trained one predicts and draws the same."""
    old, new = (assemble(tiny.config(name), corpus()).method for _ in range(2))
    torch.rand(3, generator=old.generator)
    for parameter in old.parameters():
        parameter.data += 0.1
    new.load_state_dict(old.state_dict())
    inputs = batch().inputs
    same(new.eval().predict(inputs), old.eval().predict(inputs))
    same(torch.rand(3, generator=new.generator), torch.rand(3, generator=old.generator))


def test_an_unknown_method_is_answered_with_the_known_ones():
    with pytest.raises(ValueError, match=r"method: got 'rmg'; did you mean 'rgm'\?.*late-fusion"):
        create("rmg", model())


@pytest.mark.parametrize(
    ("name", "option", "message"),
    [
        ("rgm", "block", r"got 'block'; did you mean 'blocks'\? \(rgm knows: blocks, orth"),
        ("rgm", "modulate", r"got 'modulate'.*rgm knows"),
        ("joint", "blocks", r"got 'blocks' \(joint knows: none\)"),
    ],
)
def test_an_unknown_option_is_answered_with_the_known_ones(name, option, message):
    with pytest.raises(ValueError, match=rf"method_options: {message}"):
        create(name, model(), **{option: 1})


def test_a_modality_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="modality: got 'smell', expected one of audio, video"):
        Unimodal(model(), modality="smell")


@pytest.mark.parametrize("name", METHODS)
def test_every_method_says_what_it_is(name):
    families = {"baseline", "reconciling", "imbalance", "conflict", "control", "aggregator", "ours"}
    assert METHODS[name].name == name
    assert METHODS[name].family in families
