"""AL: which samples join the pool, when, and at what budget."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from rgm_ref.baselines import al as ref
from rgm_torch.methods.acquisition import scales, seeds, shares, squared_distances
from rgm_torch.methods.al import AL
from rgm_torch.methods.multi_loss import MultiLoss
from rgm_torch.training.schedule import whole_batches
from tests.torch.methods import common, toys


def probabilities(rng, modalities=2, samples=6, classes=4):
    return torch.tensor(rng.dirichlet(np.ones(classes), size=(2**modalities, samples)))


def table(rng, samples=7):
    """Residuals, scaled features and the embeddings G that they stand for."""
    residual, scaled = (torch.tensor(rng.normal(size=(samples, width))) for width in (3, 5))
    return residual, scaled, (residual[:, :, None] * scaled[:, None, :]).flatten(1)


def test_scales_by_hand():
    phi = torch.tensor([[0.8, 0.5, 0.0], [0.2, 0.5, 1.0]])
    expected = torch.tensor([[1.0, 1.0, 0.0], [0.4, 1.0, 1.0]])
    torch.testing.assert_close(scales(phi), expected)


def test_a_modality_without_influence_has_no_share(rng):
    p = probabilities(rng)
    p[1], p[3] = p[0], p[2]  # modality 0 changes nothing
    phi = shares(p)
    toys.same(phi, torch.tensor([[0.0], [1.0]]).double().expand(2, 6))
    toys.same(scales(phi)[0], torch.zeros(6).double())
    assert not shares(p[:1].expand(4, -1, -1)).any()


@pytest.mark.parametrize("modalities", [2, 3])
def test_shares_and_scales_of_the_reference(rng, modalities):
    p = probabilities(rng, modalities)
    np.testing.assert_allclose(shares(p), ref.shares(p.numpy()), rtol=1e-12)
    np.testing.assert_allclose(scales(shares(p)), ref.scales(ref.shares(p.numpy())), rtol=1e-12)


@pytest.mark.parametrize("modalities", [2, 3])
def test_distances_are_those_of_the_embeddings(rng, modalities):
    p = probabilities(rng, modalities)
    features = [torch.tensor(rng.normal(size=(6, d))) for d in range(2, 2 + modalities)]
    c = scales(shares(p))
    full = p[-1]
    residual = full - torch.nn.functional.one_hot(full.argmax(dim=-1), 4)
    scaled = torch.cat([one[:, None] * z for one, z in zip(c, features, strict=True)], dim=1)
    arrays = full.numpy(), [z.numpy() for z in features], c.numpy()
    whole = ref.embedding(*arrays)
    for centre in range(6):
        found = squared_distances(residual, scaled, centre)
        np.testing.assert_allclose(found, ref.squared_distances(*arrays, centre), atol=1e-12)
        plain = ((whole - whole[centre]) ** 2).sum(axis=1)
        np.testing.assert_allclose(found, plain, atol=1e-12)  # sums of numbers of size 1


def test_seeds_start_with_the_longest_and_never_repeat(rng):
    residual, scaled, whole = table(rng)
    for seed in range(20):
        found = seeds(residual, scaled, 7, torch.Generator().manual_seed(seed))
        assert found[0] == whole.square().sum(dim=1).argmax()
        assert sorted(found.tolist()) == list(range(7))


def test_seeds_are_drawn_by_squared_distance(rng):
    residual, scaled, whole = table(rng, 5)
    draw, counts, draws = torch.Generator().manual_seed(0), np.zeros((5, 5)), 4000
    for _ in range(draws):
        _, second, third = seeds(residual, scaled, 3, draw).tolist()
        counts[second, third] += 1
    first = whole.square().sum(dim=1).argmax()
    apart = (whole[:, None] - whole[None]).square().sum(dim=2).numpy()
    expected = np.zeros((5, 5))
    for second in range(5):
        nearest = np.minimum(apart[first], apart[second])
        chance = apart[first, second] / apart[first].sum()
        if chance > 0:
            expected[second] = chance * nearest / nearest.sum()
    spread = 5 * np.sqrt(expected * (1 - expected) / draws) + 1e-9  # five standard errors
    assert (np.abs(counts / draws - expected) <= spread).all()


def test_samples_that_are_all_alike_are_drawn_evenly():
    same = torch.ones(6, 2).double()
    found = seeds(same, same, 6, torch.Generator().manual_seed(0))
    assert sorted(found.tolist()) == list(range(6))
    assert found.tolist() != list(range(6))


def test_the_pool_grows_by_a_tenth_in_every_tenth_of_the_run():
    method = AL(toys.model())
    method.begin(toys.corpus(size=100), replace(toys.SETTINGS, epochs=20))
    sizes = []
    for epoch in range(20):
        method.start_epoch(epoch)
        before = method.inside.clone()
        sizes.append(int(before.sum()))
    assert sizes == [30, 30, 40, 40, 50, 50, 60, 60, 70, 70, 80, 80, 90, 90] + [100] * 6


@pytest.mark.parametrize("epochs", [1, 2, 3, 5])
def test_a_short_run_never_shrinks_its_pool(epochs):
    method = AL(toys.model())
    method.begin(toys.corpus(), replace(toys.SETTINGS, epochs=epochs))
    last = method.inside
    for epoch in range(epochs):
        method.start_epoch(epoch)
        assert method.inside[last].all()
        assert method.inside.sum() == method.wanted(epoch)
        last = method.inside.clone()
    assert last.all() == (epochs > 3)  # ⌈0.7 E⌉ < E from four epochs on


def test_every_epoch_has_the_steps_of_joint_training_and_rows_of_the_pool():
    toy = toys.start(AL)
    method = toy.method
    for epoch in range(toys.SETTINGS.epochs):
        method.start_epoch(epoch)
        rows = method.order(epoch)
        if rows is None:
            assert method.inside.all()
            continue
        assert len(whole_batches(rows, 16)) == len(whole_batches(range(120), 16))
        assert set(rows) == set(method.inside.nonzero().flatten().tolist())
        counts = np.bincount(rows)[list(set(rows))]
        assert counts.max() - counts.min() <= 1
    assert rows is None


def test_the_choice_reads_no_label_and_moves_nothing_else():
    one, other = (toys.start(AL, encoder="cnn") for _ in range(2))
    other.corpus.train.labels.copy_(other.corpus.train.labels.roll(1))
    before = toys.values(one)
    for toy in (one, other):
        toy.method.start_epoch(1)
    toys.same(one.method.inside, other.method.inside)
    assert one.method.inside.sum() > before["inside"].sum()
    after = toys.values(one)
    assert {name for name in before if not torch.equal(before[name], after[name])} == {"inside"}
    assert one.method.training


def test_balanced_samples_are_longer():
    """Two samples alike but for φ: the choice begins with the balanced one."""
    phi = torch.tensor([[0.9, 0.5], [0.1, 0.5]]).double()
    residual = torch.tensor([[-0.5, 0.5]]).double().expand(2, -1)
    scaled = torch.cat([scales(phi)[k][:, None] * torch.ones(2, 3).double() for k in (0, 1)], dim=1)
    assert seeds(residual, scaled, 1, torch.Generator()).tolist() == [1]


@pytest.mark.parametrize("modalities", [2, 3])
def test_all_data_from_the_beginning_is_the_multi_loss_divided(modalities):
    toy, control = toys.start(AL, modalities, first=1.0), toys.start(MultiLoss, modalities)
    toy.method.start_epoch(0)
    assert toy.method.order(0) is None
    ours, theirs = toys.gradients(toy), toys.gradients(control)
    for name, gradient in theirs.items():  # float32: the factor is rounded at another place
        torch.testing.assert_close(ours[name] * (modalities + 1), gradient, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("modalities", [2, 3])
def test_it_trains(modalities):
    common.trains(AL, modalities, epochs=3)


def test_it_repeats_and_resumes():
    common.repeats(AL)
    common.resumes(AL)


def test_a_resumed_run_has_the_same_pool_and_the_same_choice():
    old, new = (toys.start(AL) for _ in range(2))
    for epoch in (0, 1):
        toys.train_epoch(old, epoch)
    new.method.load_state_dict(old.method.state_dict())
    orders = []
    for toy in (old, new):
        toy.method.start_epoch(2)
        orders.append(toy.method.order(2))
    assert orders[0] == orders[1]
    toys.same(old.method.inside, new.method.inside)


def test_it_says_what_it_cannot_do():
    with pytest.raises(ValueError, match="fusion: al expects Concat, got Gated"):
        toys.start(AL, fusion="gated")
    with pytest.raises(ValueError, match="modalities: got"):
        toys.start(AL, modalities=1)
    for option, value in (("first", 0), ("first", 1.5), ("full", -1), ("rounds", 0)):
        with pytest.raises(ValueError, match=f"{option}: got {value}"):
            toys.start(AL, **{option: value})
