"""ReconBoost: the stage loss by hand, whose turn it is, and that what rests does not move."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy, softmax

from rgm_ref.baselines import reconboost as ref
from rgm_torch.methods.late_fusion import LateFusion
from rgm_torch.methods.reconboost import ReconBoost, fit
from rgm_torch.training.step import step
from tests.torch.methods import common, toys


@pytest.fixture(autouse=True)
def _long_enough(monkeypatch):
    """A turn for each of three modalities."""
    monkeypatch.setattr(toys, "SETTINGS", replace(toys.SETTINGS, epochs=12))


def reconboost(modalities=2, epoch=0, **options):
    toy = toys.start(ReconBoost, modalities, **options)
    toy.method.start_epoch(epoch)
    return toy


def with_probability(p, classes):
    """Logits of a clip whose first class has probability p."""
    return torch.tensor([[math.log(p * (classes - 1) / (1 - p))] + [0.0] * (classes - 1)])


def test_hand_computed_stage_loss():
    label = torch.tensor([0])
    own, others = with_probability(0.5, 6), with_probability(0.8, 6)
    loss = fit(own, others, label, 5.0, 1.0, "code")
    torch.testing.assert_close(loss, torch.tensor(4.2 / 6 * math.log(2)))  # 0.4852
    first = fit(own, None, label, 5.0, 1.0, "code")
    torch.testing.assert_close(first, 4 / 6 * cross_entropy(own, label))
    plain = fit(own, others, label, 5.0, 0.0, "code")
    torch.testing.assert_close(plain, 5 / 6 * cross_entropy(own, label))
    paper = fit(own, None, label, 5.0, 1.0, "paper")
    torch.testing.assert_close(paper, cross_entropy(own, label))


@pytest.mark.parametrize("residual", ["code", "paper"])
def test_stage_loss_and_slope_are_those_of_the_reference(residual):
    torch.manual_seed(0)
    own = torch.randn(7, 4, dtype=torch.float64, requires_grad=True)
    others, labels = torch.randn(7, 4, dtype=torch.float64), torch.tensor([0, 1, 2, 3, 0, 1, 2])
    loss = fit(own, others, labels, 5.0, 1.0, residual)
    loss.backward()
    args = own.detach().numpy(), others.numpy(), labels.numpy()
    value, slope = ref.code_loss(*args) if residual == "code" else ref.paper_loss(*args, rate=0.2)
    assert loss.item() == pytest.approx(value, rel=1e-13)
    np.testing.assert_allclose(own.grad.numpy(), slope, rtol=1e-12, atol=1e-15)


def test_turns_of_three_modalities():
    method = reconboost(3, alone=2, together=1).method
    for epoch in range(12):
        stage, place = divmod(epoch, 3)
        method.start_epoch(epoch)
        assert method.fitting() == (None if place == 2 else toys.NAMES[stage % 3])
        assert method.present() == toys.NAMES[: min(stage, 2) + 1]


@pytest.mark.parametrize(
    ("epoch", "moving"), [(0, {"audio"}), (1, {"audio"}), (2, {"video"}), (3, {"audio", "video"})]
)
@pytest.mark.parametrize("heads", ["separate", "shared"])
def test_what_rests_is_bit_identical_and_what_trains_moves(epoch, moving, heads):
    """Weight decay and momentum of an earlier phase must not move it either."""
    toy = reconboost(heads=heads)
    for earlier in range(epoch):
        toys.train_epoch(toy, earlier)
    before = toys.values(toy)
    toys.train_epoch(toy, epoch)
    parameters = dict(toy.method.named_parameters())
    moved = {name for name in parameters if not toys.values(toy)[name].equal(before[name])}
    trained = set()
    for name in moving:
        trained |= {n for n in parameters if f"encoders.{name}." in n}
        trained |= {n for n in parameters if n.startswith(f"heads.{name}.") and heads == "separate"}
    if heads == "shared":
        trained |= {n for n in parameters if n.startswith("heads.")}
        trained |= {"beta"} if epoch % 2 else set()
    assert moved == trained
    assert parameters["beta"].requires_grad is (heads == "shared")


def test_momentum_starts_afresh_with_every_phase():
    toy = reconboost(alone=2)
    for epoch, forgotten in ((0, True), (1, False), (2, True), (3, True), (4, False)):
        toy.method.start_epoch(epoch)
        assert (len(toy.optimizer.state) == 0) is forgotten
        toys.take_steps(toy, 1, epoch)


def test_others_are_heeded_but_held_fixed():
    toy = reconboost(epoch=2)
    one = toys.batch()
    z = toy.method.model.features(one.inputs)
    votes = toy.method.votes(z)
    expected = fit(votes["video"], votes["audio"], one.labels, 5.0, 1.0, "code")
    toys.same(toy.method.loss(one), expected)
    found = toys.gradients(toy)
    assert found
    assert not any("audio" in name for name in found)
    heedless = reconboost(epoch=2, w2=0.0)
    ours, theirs = found, toys.gradients(heedless)
    assert any(not ours[name].equal(theirs[name]) for name in ours)


def test_first_stage_is_scaled_unimodal_training():
    one = toys.batch()
    ours, theirs = toys.gradients(reconboost()), toys.gradients(toys.start(LateFusion))
    for name, gradient in ours.items():
        torch.testing.assert_close(gradient, 4 / 3 * theirs[name])
    assert toys.gradients(reconboost(epoch=1), one).keys() == ours.keys()


def test_consistency_has_a_gradient_from_the_second_stage_on():
    one = toys.batch()
    for epoch, active in ((0, False), (2, True)):
        plain, pulled = reconboost(epoch=epoch), reconboost(epoch=epoch, consistency=0.5)
        ours, theirs = toys.gradients(plain, one), toys.gradients(pulled, one)
        assert ours.keys() == theirs.keys()
        assert any(not ours[name].equal(theirs[name]) for name in ours) is active
    votes = pulled.method.votes(pulled.method.model.features(one.inputs))
    added = pulled.method.loss(one) - plain.method.loss(one)
    arrays = votes["video"].detach().numpy(), votes["audio"].detach().numpy()
    # The difference of two losses near 1, so float32's 1e-7 of it.
    assert added.item() == pytest.approx(0.5 * ref.consistency(*arrays), abs=1e-6)


def test_rectification_and_prediction_are_those_of_the_ensemble():
    one = toys.batch()
    toy = reconboost(epoch=3, heads="shared")
    with torch.no_grad():
        toy.method.beta.fill_(0.5)
    logits = toy.method.predict(one.inputs)
    parts = toy.method.alone(toy.method.model.features(one.inputs))
    torch.testing.assert_close(logits, parts["audio"] + parts["video"])
    toys.same(toy.method.loss(one), cross_entropy(logits, one.labels))
    toy.method.start_epoch(0)
    toys.same(toy.method.predict(one.inputs), parts["audio"])  # video has had no turn yet


def test_shared_head_is_one():
    method = reconboost(3, heads="shared").method
    assert len({id(head) for head in method.heads.values()}) == 1
    with pytest.raises(ValueError, match="epochs: got 12"):
        toys.start(ReconBoost, 3, alone=5)


def test_batch_norm_of_what_rests_sees_the_data():
    toy = reconboost(epoch=2, encoder="cnn")
    before = {n: b.clone() for n, b in toy.method.model.encoders["audio"].named_buffers()}
    toys.take_steps(toy, 1)
    after = dict(toy.method.model.encoders["audio"].named_buffers())
    assert all(not after[name].equal(value) for name, value in before.items())


@pytest.mark.parametrize("encoder", ["mlp", "cnn", "transformer"])
@pytest.mark.parametrize("modalities", [2, 3])
def test_trains(encoder, modalities):
    toy = reconboost(modalities, encoder=encoder)
    before = toys.values(toy)
    losses = [loss for epoch in range(2 * modalities) for loss in toys.train_epoch(toy, epoch)]
    assert all(map(math.isfinite, losses))
    moved = {name for name, value in toys.values(toy).items() if not value.equal(before[name])}
    trained = {n for n, _ in toy.method.named_parameters() if "model.head" not in n}
    assert trained - {"beta"} <= moved


@pytest.mark.parametrize("options", [{}, {"heads": "shared", "alone": 2, "consistency": 0.5}])
def test_resumes_bit_for_bit_between_and_within_phases(options):
    """`resumed` goes from epoch 0 to 1: into the other phase, or to the second epoch of one."""
    toys.same(*toys.resumed(ReconBoost, **options))


def test_resumes_where_a_modality_rests():
    old, new = reconboost(), reconboost()
    for epoch in range(3):
        toys.train_epoch(old, epoch)
    new.method.load_state_dict(old.method.state_dict())
    assert new.method.fitting() == "video"
    one = toys.batch()
    toys.same(new.method.predict(one.inputs), old.method.predict(one.inputs))
    step(new, one)
    assert softmax(new.method.predict(one.inputs), dim=-1).isfinite().all()


@pytest.mark.parametrize("modalities", [2, 3])
def test_repeats_and_takes_mixed_precision(modalities):
    common.repeats(ReconBoost, modalities)
    common.mixes(ReconBoost, modalities)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"w1": 1.0, "w2": 2.0}, "w1, w2"),
        ({"w1": 0.0, "w2": 0.0}, "w1, w2"),
        ({"alone": 0}, "alone"),
        ({"together": -1}, "together"),
        ({"consistency": -0.5}, "consistency"),
        ({"residual": "kl"}, "residual"),
        ({"heads": "joint"}, "heads"),
    ],
)
def test_refuses(options, word):
    with pytest.raises(ValueError, match=word):
        toys.start(ReconBoost, **options)
