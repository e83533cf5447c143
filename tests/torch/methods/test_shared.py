"""What the methods share: cards, frozen statistics, gradients as rows, heads of their own."""

import pytest
import torch
from torch import nn

from rgm_torch.methods import Joint
from rgm_torch.methods._eval import frozen_statistics
from rgm_torch.methods.card import Card
from rgm_torch.methods.gradients import gradients
from rgm_torch.methods.heads import own_heads, own_logits, own_losses
from tests.torch.methods import toys
from tests.torch.methods.toys import same

TEXT = dict.fromkeys(
    ["idea", "formula", "acts", "cost", "watch", "paper", "official", "ours", "source"], "text"
)


def test_a_card_has_no_empty_field():
    assert Card(**TEXT).idea == "text"
    for name in TEXT:
        with pytest.raises(ValueError, match=f"{name}: got ' ', expected text"):
            Card(**{**TEXT, name: " "})


def test_frozen_statistics_change_no_output_and_leave_no_trace():
    frozen, free = toys.model(encoder="cnn").train(), toys.model(encoder="cnn").train()
    inputs = toys.batch().inputs
    before = {name: value.clone() for name, value in frozen.named_buffers()}
    with frozen_statistics(frozen):
        output = frozen(inputs)
    same(output, free(inputs))
    same(dict(frozen.named_buffers()), before)
    assert not torch.equal(*(next(m.buffers()) for m in (frozen, free)))  # the other one moved
    same(frozen(inputs), free(inputs))
    assert not torch.equal(next(frozen.buffers()), next(iter(before.values())))  # free again


def test_frozen_statistics_are_used_in_evaluation_and_end_with_an_error():
    model = toys.model(encoder="cnn").train()
    model(toys.batch().inputs)
    expected = model.eval()(toys.batch().inputs)
    with frozen_statistics(model):
        same(model(toys.batch().inputs), expected)
    with pytest.raises(KeyError), frozen_statistics(model):
        raise KeyError
    norms = [m for m in model.modules() if isinstance(m, nn.BatchNorm2d)]
    assert norms
    assert all(norm.track_running_stats for norm in norms)


def two_losses(method):
    """The joint loss, and one of the first modality's features alone."""
    features = method.model.features(toys.batch().inputs)
    joint = nn.functional.cross_entropy(method.classify(features), toys.batch().labels)
    return joint, features["audio"].square().mean()


def disabled() -> torch.amp.GradScaler:
    return torch.amp.GradScaler("cpu", enabled=False)


@pytest.mark.parametrize("encoder", ["mlp", "cnn", "transformer"])
def test_rows_are_what_autograd_gives_for_each_loss_alone(encoder):
    method = Joint(toys.model(encoder=encoder))
    found = gradients(two_losses(method), method.model.parameters_of, disabled())
    for row in (0, 1):
        method.zero_grad()
        two_losses(method)[row].backward()
        for name, one in found.items():
            cut = one.rows[row].split(one.sizes)
            for parameter, piece, reached in zip(
                one.parameters, cut, one.reached[row], strict=True
            ):
                assert (parameter.grad is not None) == bool(reached)
                expected = torch.zeros(()) if parameter.grad is None else parameter.grad
                same(piece, expected.expand_as(parameter).flatten())
            assert one.reached[row].all() == (row == 0 or name == "audio")


def test_frozen_parameters_and_groups_that_no_loss_needs_are_left_out():
    method = Joint(toys.model(3))
    method.model.encoders["video"].requires_grad_(False)
    audio = method.model.features(toys.batch(3).inputs)["audio"].mean()
    found = gradients([audio, 2 * audio], method.model.parameters_of, disabled())
    assert set(found) == {"audio"}
    same(found["audio"].rows[1], 2 * found["audio"].rows[0])


def test_an_update_is_written_where_the_optimizer_reads_it():
    method = Joint(toys.model())
    found = gradients(two_losses(method), method.model.parameters_of, disabled())["audio"]
    update = torch.arange(found.rows.shape[1], dtype=torch.float32)
    found.write(update)
    written = [parameter.grad for parameter in method.model.encoders["audio"].parameters()]
    same(torch.cat([gradient.flatten() for gradient in written]), update)


def test_the_scale_of_amp_is_taken_out_and_put_back():
    """A scale is a power of two, so that nothing is rounded on the way."""
    plain, scaled = Joint(toys.model()), Joint(toys.model())
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**10)
    ours = gradients(two_losses(scaled), scaled.model.parameters_of, scaler)
    theirs = gradients(two_losses(plain), plain.model.parameters_of, disabled())
    for name in theirs:
        same(ours[name].rows, theirs[name].rows)
        ours[name].write(ours[name].rows.sum(dim=0))
    optimizer = torch.optim.SGD(scaled.parameters(), lr=0.1)
    first = next(scaled.model.encoders["audio"].parameters())
    before = first.grad.clone()
    scaler.unscale_(optimizer)
    same(first.grad * 2.0**10, before)


def test_half_precision_is_compared_in_single():
    weight = nn.Parameter(torch.ones(3, dtype=torch.bfloat16))
    found = gradients([weight.sum(), weight.sum()], {"all": [weight]}, disabled())["all"]
    assert found.rows.dtype == torch.float32
    found.write(found.rows.sum(dim=0))
    assert weight.grad.dtype == torch.bfloat16


def test_separate_heads_are_drawn_by_the_generator_alone():
    model, state = toys.model(3), torch.get_rng_state()
    first, again, other = (
        own_heads(model, "separate", torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)
    )
    assert list(first) == list(model.modalities)
    same(dict(first.named_parameters()), dict(again.named_parameters()))
    assert not torch.equal(first["audio"].weight, other["audio"].weight)
    same(torch.get_rng_state(), state)


@pytest.mark.parametrize("fusion", ["concat", "sum"])
def test_split_logits_are_the_parts_of_the_joint_ones(fusion):
    model = toys.model(3, fusion=fusion)
    heads = own_heads(model, "split", torch.Generator())
    features = model.features(toys.batch(3).inputs)
    parts = own_logits(model, heads, features)
    # Three rounded float32 sums of a few numbers below 1.
    torch.testing.assert_close(sum(parts.values()), model.classify(features), rtol=0, atol=1e-6)
    losses = own_losses(parts, toys.batch(3).labels)
    same(losses["text"], nn.functional.cross_entropy(parts["text"], toys.batch(3).labels))


def test_split_is_refused_where_the_fusion_mixes():
    with pytest.raises(ValueError, match="fusion: got Gated, expected an additive one"):
        own_heads(toys.model(fusion="gated"), "split", torch.Generator())
    with pytest.raises(ValueError, match="heads: got 'both'"):
        own_heads(toys.model(), "both", torch.Generator())
