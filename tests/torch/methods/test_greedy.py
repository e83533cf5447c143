"""Greedy: learning speeds, the branch that is cut off, and when."""

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from rgm_ref.baselines import greedy as ref
from rgm_torch.methods.greedy import Greedy
from rgm_torch.methods.learning_speed import cared_for, effective_update, learning_speed
from tests.torch.methods import common, toys


def cut_off(modality, modalities=2, **options):
    """A method in a re-balancing step for one modality, after some regular ones."""
    toy = toys.start(Greedy, modalities, threshold=float("inf"), **options)
    toys.take_steps(toy, 3)
    toy.method.cut.fill_(modality)
    toy.method.left.fill_(2)
    return toy


def branches(toy, batch):
    """The branches' logits of the present step, without remembering its gates."""
    method = toy.method
    seen = []
    method.total = lambda logits, labels: seen.append(logits) or logits.sum()
    mean, count = method.mean.clone(), method.seen.clone()
    method.loss(batch)
    method.mean.copy_(mean)
    method.seen.copy_(count)
    return seen[0]


def test_speeds_by_hand():
    bypass, own = torch.tensor([0.02, 0.05]), torch.tensor([0.1, 0.1])
    speeds = learning_speed(bypass, own)
    assert (speeds[0] - speeds[1]).item() == pytest.approx(-0.398, abs=5e-4)
    assert cared_for(speeds, 0.01) == 1
    assert cared_for(speeds, 0.4) is None
    assert cared_for(speeds, float("inf")) is None


@pytest.mark.parametrize("modalities", [2, 3])
def test_speeds_of_the_reference(rng, modalities):
    bypass, own = rng.uniform(0.1, 1, size=(2, modalities))
    speeds = learning_speed(torch.tensor(bypass), torch.tensor(own))
    np.testing.assert_allclose(speeds, ref.learning_speed(bypass, own), rtol=1e-14)
    for threshold in (0.01, 0.3, 3):
        assert cared_for(speeds, threshold) == ref.cared_for(speeds.numpy(), threshold)


def test_update_of_the_reference(rng):
    gradients, parameters = rng.normal(size=(2, 12))
    pairs = [
        (torch.tensor(p), torch.tensor(g))
        for p, g in zip(np.split(parameters, [4, 9]), np.split(gradients, [4, 9]), strict=True)
    ]
    expected = ref.effective_update(gradients, parameters)
    np.testing.assert_allclose(effective_update(pairs), expected, rtol=1e-14)
    pairs[1] = (pairs[1][0], None)
    gradients[4:9] = 0
    expected = ref.effective_update(gradients, parameters)
    np.testing.assert_allclose(effective_update(pairs), expected, rtol=1e-14)


def test_mean_gates_of_the_reference():
    """Each branch averages its own gates, and no evaluation counts."""
    toy = toys.start(Greedy)
    expected = {name: np.full(8, 0.5) for name in toys.NAMES[:2]}
    for count, batch in enumerate(list(toys.batches(toy))[:3]):
        with torch.no_grad():
            gates = toy.method.gates(toy.method.model.features(batch.inputs))
            toy.method.loss(batch)
            toy.method.predict(batch.inputs)
        for name, gate in gates.items():
            expected[name] = ref.running_gate(expected[name], gate.numpy(), count)
    assert not np.allclose(*expected.values())  # the authors' slip would make them equal
    for name, mean in toy.method.mean_gates().items():
        np.testing.assert_allclose(mean, expected[name], rtol=1e-6)  # float32 means of three


@pytest.mark.parametrize("modalities", [2, 3])
def test_a_branch_that_is_cut_off_sees_its_own_modality_only(modalities):
    batch = toys.batch(modalities)
    toy = cut_off(0, modalities)
    before = branches(toy, batch)
    for name in toys.NAMES[1:modalities]:
        batch.inputs[name].add_(1.0)
    after = branches(toy, batch)
    toys.same(after[0], before[0])
    assert all(not torch.equal(after[k], before[k]) for k in range(1, modalities))
    toy.optimizer.zero_grad()
    after[0].sum().backward()
    for name, parameters in toy.method.model.parameters_of.items():
        reached = [p.grad is not None and bool(p.grad.any()) for p in parameters]
        assert all(reached) if name in ("audio", "head") else not any(reached)
    assert all(p.grad is None for p in toy.method.excite["audio"].parameters())


def test_in_a_regular_step_every_branch_sees_all():
    toy, batch = toys.start(Greedy), toys.batch()
    before = branches(toy, batch)
    batch.inputs["video"].add_(1.0)
    assert not torch.equal(branches(toy, batch)[0], before[0])


def test_while_one_is_cut_off_the_other_gate_learns_on():
    toy = cut_off(1)
    found = toys.gradients(toy)
    assert "excite.video.weight" not in found
    assert found["excite.audio.weight"].any()
    assert found["squeeze.weight"].any()


@pytest.mark.parametrize("cut", [None, 0])
def test_the_gradient_is_that_of_the_branches_losses(cut):
    """The method reads gradients and leaves them as they are, re-balancing or not."""
    toy, batch = toys.start(Greedy) if cut is None else cut_off(cut), toys.batch()
    method = toy.method
    features = method.model.features(batch.inputs)
    gates = method.gates(features)
    if cut is not None:
        gates["audio"] = method.mean_gates()["audio"]
    parts = method.model.split_logits({name: gates[name] * z for name, z in features.items()})
    method.zero_grad()
    sum(cross_entropy(own, batch.labels) for own in parts.values()).backward()
    expected = {name: p.grad for name, p in method.named_parameters() if p.grad is not None}
    toys.same(toys.gradients(toy), {name: g.clone() for name, g in expected.items()})


def test_prediction_is_the_mean_of_the_branches_or_their_sum():
    batch = toys.batch()
    for loss, divisor in (("branches", 2), ("joint", 1)):
        toy = toys.start(Greedy, loss=loss)
        with torch.no_grad():
            expected = branches(toy, batch).sum(dim=0) / divisor
            ours = toy.method.predict(batch.inputs)
        torch.testing.assert_close(ours, expected, rtol=0, atol=1e-6)  # float32, numbers below 1


def test_a_trigger_is_followed_by_exactly_its_steps():
    """R regular, c cut off: nothing in the first epoch, then R c c R c c …"""
    toy = toys.start(Greedy, threshold=1e-9, steps=2)
    pattern = []
    for epoch in range(3):
        toy.method.start_epoch(epoch)
        for batch in toys.batches(toy, epoch):
            pattern.append("c" if toy.method.left > 0 else "R")
            toys.step(toy, batch)
    pattern = "".join(pattern)
    first = len(pattern) // 3
    assert pattern[: first + 1] == "R" * (first + 1)
    assert pattern[first:] == ("Rcc" * len(pattern))[: len(pattern) - first]


def test_sums_move_in_regular_steps_only():
    toy = cut_off(0)
    spent = toy.method.spent.clone()
    toys.take_steps(toy, 2)
    toys.same(toy.method.spent, spent)
    assert toy.method.left == 0
    toys.take_steps(toy, 1)
    assert (toy.method.spent > spent).all()


def test_groups_hold_everything_but_the_bias():
    toy = toys.start(Greedy)
    found, values = toys.gradients(toy), dict(toy.method.named_parameters())
    for k, name in enumerate(toys.NAMES[:2]):
        columns = slice(8 * k, 8 * k + 8)
        bypass = [n for n in found if n.startswith((f"excite.{name}", "squeeze"))]
        own = [n for n in found if f"encoders.{name}" in n]
        assert (len(bypass), len(own)) == (4, 4)
        for row, group in enumerate((bypass, own)):
            vectors = []
            for tensors in (found, values):
                parts = [tensors[n].detach().flatten() for n in group]
                head = [tensors["model.head.weight"].detach()[:, columns].flatten()] * row
                vectors.append(torch.cat(parts + head).double().numpy())
            expected = ref.effective_update(*vectors)
            np.testing.assert_allclose(toy.method.spent[row, k], expected, rtol=1e-12)


@pytest.mark.parametrize("modalities", [2, 3])
def test_an_endless_threshold_is_plain_training_of_the_gated_network(modalities):
    class Plain(Greedy):
        def edit(self):
            pass

    ours = toys.start(Greedy, modalities, threshold=float("inf"))
    plain = toys.start(Plain, modalities)
    for epoch in (0, 1):
        toys.same(toys.train_epoch(ours, epoch), toys.train_epoch(plain, epoch))
    toys.same(common.weights(ours), common.weights(plain))


def test_cutting_off_changes_what_is_learned():
    runs = [toys.start(Greedy, threshold=value) for value in (1e-9, float("inf"))]
    for run in runs:
        for epoch in (0, 1):
            toys.train_epoch(run, epoch)
    ours, plain = map(common.weights, runs)
    assert not torch.equal(ours["model.head.weight"], plain["model.head.weight"])


@pytest.mark.parametrize("encoder", ["mlp", "cnn", "transformer"])
def test_any_encoder_has_a_speed(encoder):
    toy = toys.start(Greedy, encoder=encoder)
    toys.gradients(toy)
    assert (toy.method.spent > 0).all()


@pytest.mark.parametrize("modalities", [2, 3])
@pytest.mark.parametrize("loss", ["branches", "joint"])
def test_it_trains(modalities, loss):
    common.trains(Greedy, modalities, epochs=2, loss=loss)


def test_it_repeats_and_resumes():
    common.repeats(Greedy)
    common.resumes(Greedy, threshold=1e-9)


def test_an_overflow_is_not_counted():
    toy = toys.start(Greedy)
    toys.gradients(toy)
    spent = toy.method.spent.clone()
    toy.method.squeeze.weight.grad[0, 0] = float("inf")
    toy.method.edit()
    toys.same(toy.method.spent, spent)


def test_it_says_what_it_cannot_do():
    with pytest.raises(ValueError, match="fusion: greedy expects Concat, got Sum"):
        toys.start(Greedy, fusion="sum")
    with pytest.raises(ValueError, match="modalities: got"):
        toys.start(Greedy, modalities=1)
    with pytest.raises(ValueError, match="threshold: got 0"):
        toys.start(Greedy, threshold=0)
    with pytest.raises(ValueError, match="steps: got 0"):
        toys.start(Greedy, steps=0)
    with pytest.raises(ValueError, match="loss: got 'sum'"):
        toys.start(Greedy, loss="sum")
