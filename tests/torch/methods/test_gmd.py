"""GMD: the merge of means and sums, the projection of whole vectors, and its leak."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy, linear

from rgm_ref.baselines import gmd as ref
from rgm_torch.methods.gmd import GMD, fighting, merge
from rgm_torch.methods.gradients import Gradients, gradients
from rgm_torch.methods.joint import Joint
from tests.torch.methods import common, toys

# Losses {1}, {2}, {1, 2} of the specification, two scalar encoders.
ROWS = torch.tensor([[1.0, 0.0], [0.0, -1.0], [-0.5, -1.0]])
REACHED = torch.tensor([[True, False], [False, True], [True, True]])


def found(rows, reached) -> Gradients:
    """Scalar parameters with given gradients."""
    return Gradients([nn.Parameter(torch.zeros(1)) for _ in rows[0]], rows, reached, 1.0)


def gmd(modalities=2, **options):
    return toys.start(GMD, modalities, **options).method


def test_hand_computed_projection_and_merge():
    method = gmd()
    table = (ROWS @ ROWS.T).tolist()
    for _ in range(5):  # any order gives the same here
        total = torch.tensor(method.weigh(table)) @ ROWS
        torch.testing.assert_close(total, torch.tensor([0.8, -2.4]))
    torch.testing.assert_close(merge(found(ROWS, REACHED), total), total)
    # The plain sum is (0.5, −2): −0.4 of loss {1} has leaked into encoder 2.
    torch.testing.assert_close(ROWS.sum(dim=0), torch.tensor([0.5, -2.0]))


def test_merge_is_the_mean_where_all_losses_reach_and_the_sum_elsewhere():
    rows = torch.tensor([[1.0, 2.0, 3.0], [0.0, 4.0, 5.0], [6.0, 0.0, 7.0]])
    reached = rows != 0
    merged = merge(found(rows, reached), rows.sum(dim=0))
    torch.testing.assert_close(merged, torch.tensor([7.0, 6.0, 5.0]))
    alike = torch.tensor([[1.0, 3.0], [1.0, 3.0]])
    both = merge(found(alike, torch.tensor([[True, True], [True, False]])), alike.sum(dim=0))
    torch.testing.assert_close(both, torch.tensor([1.0, 6.0]))  # once and twice the gradient


@pytest.mark.parametrize("modalities", [2, 3])
def test_update_is_that_of_the_reference(modalities):
    method, one = gmd(modalities), toys.batch(modalities)

    def losses():
        """Every other one upside down, for the losses of one batch hardly fight."""
        logits = method.coalitions(method.model.features(one.inputs))
        return [(-1) ** i * cross_entropy(each, one.labels) for i, each in enumerate(logits)]

    found = gradients(losses(), {"all": method.parameters()}, method.scaler)["all"]
    mask = found.reached.repeat_interleave(torch.tensor(found.sizes), dim=1).numpy()
    state = method.generator.get_state()
    orders = [torch.randperm(len(mask), generator=method.generator).tolist() for _ in mask]
    method.generator.set_state(state)
    method.pending = losses()
    method.backward(method.pending[0])
    ours = torch.cat([p.grad.flatten() for p in method.parameters()]).numpy()
    theirs = ref.decouple(found.rows.numpy().astype(float), mask, orders)
    # Weights come from a float32 Gram matrix, with errors of 1e-6 of the longest gradient.
    np.testing.assert_allclose(ours, theirs, atol=2e-5 * np.abs(theirs).max())
    assert method.recorder.numpy()["conflicts"][-1] > 0


def test_coalitions_leave_blocks_out_and_the_full_one_is_the_joint_model():
    method, one = gmd(3), toys.batch(3)
    z = method.model.features(one.inputs)
    logits = method.coalitions(z)
    assert len(logits) == 7
    toys.same(logits[-1], method.model.classify(z))
    blocks = method.model.fusion.blocks(method.model.head.weight)
    pair = sum(linear(z[name], w) for name, w in zip(("audio", "text"), blocks[::2], strict=True))
    torch.testing.assert_close(logits[4], pair + method.model.head.bias)
    touched = torch.autograd.grad(logits[4].sum(), list(z.values()), allow_unused=True)
    assert [g is not None for g in touched] == [True, False, True]


@pytest.mark.parametrize("modalities", [2, 3])
def test_without_projection_encoders_take_sums_and_the_head_means(modalities):
    toy = toys.start(GMD, modalities, project=False)
    ours, one = toys.gradients(toy), toys.batch(modalities)
    method = toys.start(GMD, modalities).method
    logits = method.coalitions(method.model.features(one.inputs))
    torch.stack([cross_entropy(each, one.labels) for each in logits]).sum().backward()
    for name, parameter in method.named_parameters():
        share = 1 / (2**modalities - 1) if ".head." in name else 1
        torch.testing.assert_close(ours[name], share * parameter.grad, rtol=1e-4, atol=1e-7)


def test_no_fight_is_the_step_without_projection_and_a_fight_is_not():
    toys.same(toys.gradients(toys.start(GMD)), toys.gradients(toys.start(GMD, project=False)))
    updates = []
    for project in (True, False):
        method = gmd(project=project)
        one = toys.batch()
        labels = one.labels, (one.labels + 1) % 3, one.labels  # video is told another truth
        logits = method.coalitions(method.model.features(one.inputs))
        method.pending = [cross_entropy(o, y) for o, y in zip(logits, labels, strict=True)]
        method.backward(method.pending[0])
        updates.append(method.model.head.weight.grad)
    assert (updates[0] - updates[1]).norm() > 0.01 * updates[1].norm()


def test_one_modality_is_ordinary_training():
    toys.same(toys.gradients(toys.start(GMD, 1)), toys.gradients(toys.start(Joint, 1)))


def test_separate_heads_average_and_share_nothing():
    method, one = gmd(heads="separate"), toys.batch()
    z = method.model.features(one.inputs)
    audio, video, both = method.coalitions(z)
    torch.testing.assert_close(both, (audio + video) / 2)
    toys.same(method.classify(z), both)
    toys.same(method.alone(z), {"audio": audio, "video": video})
    toy = toys.start(GMD, heads="separate", project=False)
    ours = toys.gradients(toy)
    torch.stack([cross_entropy(o, one.labels) for o in (audio, video, both)]).sum().backward()
    for name, gradient in ours.items():
        theirs = method.get_parameter(name).grad
        torch.testing.assert_close(gradient, theirs, rtol=1e-4, atol=1e-7)


def test_fighting_counts_pairs():
    assert fighting([[1, -1, 1], [-1, 1, -1], [1, -1, 1]]) == pytest.approx(2 / 3)


@pytest.mark.parametrize("encoder", ["mlp", "cnn", "transformer"])
@pytest.mark.parametrize("modalities", [2, 3])
def test_trains(encoder, modalities):
    toy = toys.start(GMD, modalities, encoder)
    before = toys.values(toy)
    losses = toys.train_epoch(toy)
    assert all(map(math.isfinite, losses))
    moved = {name for name, value in toys.values(toy).items() if not value.equal(before[name])}
    assert {name for name, _ in toy.method.named_parameters()} <= moved
    assert len(toy.method.recorder) == len(toy.monitor.layer.recorder) == len(losses)


@pytest.mark.parametrize("fusion", ["sum", "gated", "film"])
def test_other_fusions_train(fusion):
    toy = toys.start(GMD, fusion=fusion)
    assert all(map(math.isfinite, toys.take_steps(toy, 2)))


def test_batch_norm_moves_once_per_step():
    old, new = toys.start(Joint, encoder="cnn"), toys.start(GMD, encoder="cnn")
    for toy in (old, new):
        toys.gradients(toy)
    for name, buffer in old.method.model.encoders.named_buffers():
        toys.same(new.method.model.encoders.get_buffer(name), buffer)


@pytest.mark.parametrize("modalities", [2, 3])
def test_resumes_bit_for_bit(modalities):
    toys.same(*toys.resumed(GMD, modalities))


def test_another_seed_is_another_order():
    table = [[1.0, -1.0, -1.0], [-1.0, 2.0, 0.5], [-1.0, 0.5, 1.25]]
    for seed in (0, 1):
        first, again = (gmd(seed=seed).weigh(table) for _ in range(2))
        assert first == again
    seen = {tuple(gmd(seed=seed).weigh(table)) for seed in range(4)}
    assert len(seen) > 1


@pytest.mark.parametrize("modalities", [2, 3])
def test_repeats_and_takes_mixed_precision(modalities):
    common.repeats(GMD, modalities)
    common.mixes(GMD, modalities)


def test_refuses_unknown_heads():
    with pytest.raises(ValueError, match="heads"):
        gmd(heads="split")
