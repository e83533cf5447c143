"""LFM: divergence, contrast and schedules by hand, and that only the weights of losses move."""

import math

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy, linear, softmax

from rgm_ref.baselines import lfm as ref
from rgm_torch.methods import lfm
from rgm_torch.methods.joint import Joint
from rgm_torch.methods.lfm import LFM, fitted, learned
from rgm_torch.methods.matching import contrast, divergence
from tests.torch.methods import common, toys

SCHEDULES = ("fitted", "heuristic", "learned")


def begun(modalities=2, epoch=0, **options):
    toy = toys.start(LFM, modalities, **options)
    toy.method.start_epoch(epoch)
    return toy


def test_hand_computed_divergence():
    p, q = torch.tensor([[0.8, 0.2]]).log(), torch.tensor([[0.4, 0.6]]).log()
    assert divergence([p, q]).item() == pytest.approx(0.09287, abs=5e-6)  # true JS: 0.08630
    assert divergence([p, p]).item() == pytest.approx(0, abs=1e-7)


@pytest.mark.parametrize("modalities", [2, 3])
def test_matching_is_that_of_the_reference(modalities):
    torch.manual_seed(0)
    each = [torch.randn(6, 4, dtype=torch.float64) for _ in range(modalities)]
    p = np.stack([softmax(x, dim=-1).numpy() for x in each])
    assert divergence(each).item() == pytest.approx(ref.match(p), rel=1e-12)
    pairs = [(0, 1)] if modalities == 2 else [(0, 1), (0, 2), (1, 2)]
    theirs = [ref.contrast(each[i].numpy(), each[j].numpy(), 0.2) for i, j in pairs]
    assert contrast(each, 0.2).item() == pytest.approx(np.mean(theirs), rel=1e-12)


def test_divergence_stays_finite_for_certain_and_opposite_predictions():
    logits = [torch.tensor([[200.0, 0.0]], requires_grad=True), torch.tensor([[0.0, 200.0]])]
    loss = divergence(logits)
    loss.backward()
    assert loss.isfinite()
    assert logits[0].grad.isfinite().all()


def test_no_modality_is_held_fixed():
    logits = [torch.randn(4, 3, requires_grad=True) for _ in range(2)]
    divergence(logits).backward()
    assert all(own.grad.abs().max() > 1e-3 for own in logits)


def test_fitted_schedule_has_the_published_values_and_is_stretched():
    for epoch, value in ((0, 0.205), (50, 0.437), (100, 0.539), (150, 0.821), (199, 0.916)):
        # Coefficients to four digits: at e = 199 they add up to an error of a few thousandths.
        assert fitted(epoch, 200) == pytest.approx(value, abs=4e-3)
        assert fitted(epoch, 200) == pytest.approx(ref.schedule(epoch), abs=1e-12)
    assert fitted(5, 10) == fitted(100, 200)
    values = [fitted(epoch, 30) for epoch in range(30)]
    assert max(values) <= 1
    assert values[-1] > values[0]


def test_heuristic_schedule_fades_matching():
    method = begun(schedule="heuristic").method
    seen = []
    for epoch in range(3):
        method.start_epoch(epoch)
        seen.append(1 - method.weight.item())
    np.testing.assert_allclose(seen, [0.632, 0.393, 0.283], atol=5e-4)
    np.testing.assert_allclose(seen, [1 - ref.heuristic(t) for t in (1, 2, 3)], rtol=1e-6)


def test_learned_weight_is_that_of_the_reference():
    torch.manual_seed(0)
    rows = torch.randn(3, 20, dtype=torch.float64)
    weight = torch.tensor(0.4, dtype=torch.float64)
    theirs = ref.learn_weight(0.4, *rows.numpy(), rate=0.1, weight_rate=0.3)
    assert learned(weight, rows, 0.1, 0.3).item() == pytest.approx(theirs, rel=1e-12)
    ends = sorted(learned(weight, rows, 0.1, rate).item() for rate in (1e6, -1e6))
    assert ends == pytest.approx([0.05, 0.95])


def test_learned_weight_follows_the_slope_of_the_loss_on_clips_kept_out():
    """A step of the model with a little more matching: did the loss on unseen clips rise?"""
    one = toys.batch()

    def after(b):
        """L_held after one plain step with weight b on matching."""
        method = begun(schedule="learned").method.double()
        data = one.inputs["audio"].double(), one.inputs["video"].double()
        inputs = dict(zip(("audio", "video"), data, strict=True))
        z = method.model.features(inputs)
        loss = 2 * ((1 - b) * cross_entropy(method.unwatched(z), one.labels) + b * method.match(z))
        parameters = list(method.model.parameters())
        for p, g in zip(parameters, torch.autograd.grad(loss, parameters), strict=True):
            p.data -= 1e-4 * g
        unseen = {name: x.double() for name, x in method.unseen.inputs.items()}
        logits = method.unwatched(method.model.features(unseen))
        return cross_entropy(logits, method.unseen.labels).item()

    slope = (after(0.96) - after(0.94)) / 0.02
    toy = begun(schedule="learned")
    toy.optimizer.param_groups[0]["lr"], toy.method.rate = 1e-4, 100.0
    toy.method.weight.fill_(0.5)
    toy.method.loss(one)
    # a = 1 − b grows by rate · slope. Second order in the step of 1e-4, and a float32 a near ½
    # resolves 6e-8 of some 1e-3: 2 % is generous.
    assert abs(slope) * 100 > 1e-4
    assert toy.method.weight.item() - 0.5 == pytest.approx(100 * slope, rel=0.02)


def test_learned_weight_moves_once_per_epoch_and_its_clips_are_kept_out():
    toy = begun(schedule="learned")
    seen = []
    toy.method.start_epoch(0)
    for skip in range(3):
        toys.take_steps(toy, 1, skip=skip)
        seen.append(toy.method.weight.item())
    assert seen[0] != pytest.approx(0.05, abs=1e-6)
    assert seen == [seen[0]] * 3
    rows = toy.method.order(1)
    assert len(rows) == len(set(rows)) == 120 - 16
    assert not set(rows) & set(toy.method.held)
    assert len(toy.monitor.layer.recorder) == 3  # the extra passes leave no trace there


def test_all_weight_on_classification_is_joint_training_with_twice_the_gradient(monkeypatch):
    monkeypatch.setattr(lfm, "fitted", lambda epoch, epochs: 1.0)
    ours, theirs = toys.gradients(begun()), toys.gradients(toys.start(Joint))
    assert ours.keys() == theirs.keys()
    for name, gradient in theirs.items():
        toys.same(ours[name], 2 * gradient)


@pytest.mark.parametrize("matching", ["code", "contrast"])
@pytest.mark.parametrize("encoder", ["mlp", "cnn", "transformer"])
def test_matching_changes_the_gradient_of_every_encoder(matching, encoder):
    ours = toys.gradients(begun(matching=matching, encoder=encoder))
    theirs = toys.gradients(toys.start(Joint, encoder=encoder))
    a = fitted(0, 4)
    changed = {n for n in theirs if not torch.allclose(ours[n], 2 * a * theirs[n], rtol=1e-3)}
    for name in ("audio", "video"):
        assert any(f"encoders.{name}." in each for each in changed)


def test_whole_logits_are_the_authors_pair_of_averaged_heads():
    method = begun().method
    z = {name: torch.randn(5, 8) for name in toys.NAMES[:2]}
    blocks = method.model.fusion.blocks(method.model.head.weight)
    heads = [
        linear(x, 2 * w, method.model.head.bias) for x, w in zip(z.values(), blocks, strict=True)
    ]
    torch.testing.assert_close(method.match(z), divergence(heads))
    torch.testing.assert_close(method.classify(z), (heads[0] + heads[1]) / 2)
    split = begun(logits="split").method.match(z)
    assert split < method.match(z)
    torch.testing.assert_close(split, divergence(list(method.model.split_logits(z).values())))


def test_contrast_projects_features_of_several_widths():
    model = toys.model()
    model.encoders["video"].layers[2] = torch.nn.Linear(12, 5)
    model.encoders["video"].width = 5
    uneven = toys.Multimodal(dict(model.encoders), toys.FUSIONS["concat"]([8, 5]), 3)
    method = LFM(uneven, matching="contrast")
    assert [head.out_features for head in method.projections.values()] == [128, 128]
    assert method.match(uneven.features(toys.batch().inputs)).isfinite()
    assert not begun(matching="contrast").method.projections
    begun(matching="contrast", fusion="gated")


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("modalities", [2, 3])
def test_trains(schedule, modalities):
    toy = toys.start(LFM, modalities, "cnn", schedule=schedule)
    before = toys.values(toy)
    losses = toys.train_epoch(toy)
    assert all(map(math.isfinite, losses))
    moved = {name for name, value in toys.values(toy).items() if not value.equal(before[name])}
    assert {name for name, _ in toy.method.named_parameters()} <= moved


def test_loss_scaling_changes_nothing():
    """A scale is a power of two: not one bit is rounded otherwise."""
    plain, scaled = (toys.start(LFM, schedule="learned", scale=scale) for scale in (0.0, 2.0**12))
    toys.same(toys.take_steps(scaled, 3), toys.take_steps(plain, 3))
    toys.same(common.weights(scaled), common.weights(plain))


def test_extra_passes_do_not_move_batch_norm():
    toys_of = [begun(schedule=schedule, encoder="cnn") for schedule in ("fitted", "learned")]
    for toy in toys_of:
        toy.method.loss(toys.batch())
    for name, buffer in toys_of[0].method.model.encoders.named_buffers():
        toys.same(toys_of[1].method.model.encoders.get_buffer(name), buffer)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_resumes_bit_for_bit(schedule):
    toys.same(*toys.resumed(LFM, schedule=schedule, encoder="cnn"))


@pytest.mark.parametrize("modalities", [2, 3])
def test_repeats_and_takes_mixed_precision(modalities):
    common.repeats(LFM, modalities, schedule="learned")
    common.mixes(LFM, modalities, schedule="learned")


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"schedule": "cosine"}, "schedule"),
        ({"matching": "kl"}, "matching"),
        ({"logits": "own"}, "logits"),
        ({"temperature": 0.0}, "temperature"),
        ({"rate": math.inf}, "rate"),
        ({"modalities": 1}, "modalities"),
        ({"fusion": "film"}, "fusion"),
    ],
)
def test_refuses(options, word):
    with pytest.raises(ValueError, match=word):
        toys.start(LFM, **options)
