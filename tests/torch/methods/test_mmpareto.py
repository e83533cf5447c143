"""MMPareto: by hand, against the reference, and what peers' ports got wrong."""

import pytest
import torch

from rgm_ref.baselines import mmpareto as reference
from rgm_torch.methods.aggregators import gram
from rgm_torch.methods.gradients import Gradients
from rgm_torch.methods.mmpareto import MMPareto, lift
from rgm_torch.methods.multi_loss import MultiLoss
from tests.torch.methods import common, toys


def merged(rows, sizes=None, **options):
    """MMPareto's update of one encoder, whose parameters have the given sizes."""
    rows = torch.as_tensor(rows, dtype=torch.float64)
    sizes = [rows.shape[1]] if sizes is None else sizes
    parameters = [torch.zeros(size) for size in sizes]
    found = Gradients(parameters, rows, torch.ones(2, len(sizes), dtype=torch.bool), 1.0)
    return MMPareto(toys.model(), **options).merge(found, gram(rows))


def close(got, expected, atol=1e-12):
    torch.testing.assert_close(got, torch.tensor(expected, dtype=torch.float64), rtol=0, atol=atol)


def test_conflict_by_hand():
    """α = (0.6, 0.4), h = (0.4, 0.8), κ = 1.118."""
    got = merged([[1, 0], [-1, 1]])
    close(got, [0.671, 1.342], atol=5e-4)
    assert got.norm().item() == pytest.approx(1.5, rel=1e-12)
    products = torch.tensor([[1.0, 0], [-1, 1]], dtype=torch.float64) @ got
    close(products, [0.671, 0.671], atol=5e-4)


def test_agreement_is_gamma_times_the_sum():
    close(merged([[1, 2], [3, 0.5]]), [6, 3.75])
    close(merged([[1, 2], [3, 0.5]], gamma=1.0), [4, 2.5])


def test_a_right_angle_counts_as_conflict():
    """The shortest mix of (2, 0) and (0, 1) is (0.4, 0.8); the plain sum is (2, 1)."""
    got = merged([[2, 0], [0, 1]], gamma=1.0)
    close(got / got.norm(), [0.2**0.5, 0.8**0.5])
    assert got.norm().item() == pytest.approx(5**0.5, rel=1e-12)


def test_a_zero_gradient_has_nothing_to_fight_with():
    close(merged([[1, 2], [0, 0]]), [1.5, 3])


def test_a_factor_for_every_tensor_by_hand():
    rows = [[3, 0, -1], [-1, 0.5, 0.2]]
    alpha = reference.weights(*rows)
    close(torch.tensor(alpha), [0.2538, 0.7462], atol=5e-5)
    h = 2 * torch.tensor(alpha) @ torch.tensor(rows, dtype=torch.float64)
    got = merged(rows, sizes=[1, 1, 1], gamma=1.0) / h
    total = torch.tensor([2, 0.5, -0.8], dtype=torch.float64)
    close(total / h, [65.5, 0.67, 3.82], atol=0.06)  # three digits given
    torch.testing.assert_close(got, (total / h).clamp_min(1), rtol=1e-12, atol=0)
    whole = merged(rows, sizes=[1, 1, 1], gamma=1.0, kappa="encoder") / h
    close(whole, [2.85] * 3, atol=5e-3)


@pytest.mark.parametrize("kappa", ["tensor", "encoder"])
def test_the_reference_agrees(kappa, rng):
    sizes = [3, 1, 6]
    for _ in range(50):
        rows = rng.normal(size=(2, 10))
        cut = sizes if kappa == "tensor" else None
        expected = reference.mmpareto(*rows, gamma=2.0, sizes=cut)
        got = merged(rows, sizes, gamma=2.0, kappa=kappa)
        # Rounding, times κ, which is below 1e3 in these draws.
        close(got, expected.tolist(), atol=1e-11)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_opposite_gradients_do_not_divide_by_rounding(dtype):
    rows = torch.randn(2, 500, generator=torch.Generator().manual_seed(0), dtype=dtype)
    rows[1] = -0.7 * rows[0]
    mix = rows[0] * 0.41 + rows[1] * (0.41 / 0.7)  # zero, were it not for rounding
    assert 0 < mix.norm() < 1e-4
    toys.same(lift(mix, rows.sum(dim=0), rows, [500]), mix)
    assert dtype == torch.float32 or merged(rows).norm() < 1e-12


def test_a_short_tensor_is_not_taken_for_rounding():
    """Each tensor is compared with its own gradients: biases are often 1000 times shorter."""
    rows = torch.tensor([[1.0, 0, 1e-6], [-1, 1, -0.5e-6]])
    mix = torch.tensor([0.4, 0.8, 1e-7])
    lifted = lift(mix, rows.sum(dim=0), rows, [2, 1])
    assert lifted[2].item() == pytest.approx(0.5e-6, rel=1e-5)


@pytest.mark.parametrize("encoder", ["mlp", "cnn", "transformer"])
@pytest.mark.parametrize("kappa", ["tensor", "encoder"])
def test_conflict_changes_more_than_the_length(encoder, kappa):
    """A port that never reaches its conflict branch returns γ times the sum, or three times it."""
    ours = toys.gradients(toys.fight(toys.start(MMPareto, encoder=encoder, kappa=kappa)))
    plain = toys.gradients(toys.fight(toys.start(MultiLoss, encoder=encoder)))
    for name in ("audio", "video"):
        mine, theirs = (
            torch.cat([g.flatten() for n, g in one.items() if f"encoders.{name}." in n])
            for one in (ours, plain)
        )
        assert torch.cosine_similarity(mine, theirs, dim=0) < 0.999
        if kappa == "encoder":
            assert mine.norm().item() == pytest.approx(1.5 * theirs.norm().item(), rel=1e-4)


def test_heads_keep_the_plain_sum():
    ours = toys.gradients(toys.fight(toys.start(MMPareto, 3)))
    plain = toys.gradients(toys.fight(toys.start(MultiLoss, 3)))
    for name in (n for n in plain if ".encoders." not in n):
        toys.same(ours[name], plain[name])


def test_loss_scaling_changes_nothing():
    runs = [toys.start(MMPareto, scale=scale) for scale in (0.0, 2.0**12)]
    toys.same(*(toys.take_steps(run, 3) for run in runs))
    toys.same(*map(common.weights, runs))


def test_a_step_that_overflows_is_skipped():
    toy = toys.start(MMPareto, scale=2.0**127)
    toy.method.weight = 1e4
    before = common.weights(toy)
    toys.take_steps(toy, 1)
    toys.same(
        {n: p for n, p in before.items() if "encoders" in n},
        {n: p for n, p in common.weights(toy).items() if "encoders" in n},
    )


@pytest.mark.parametrize("modalities", [2, 3])
@pytest.mark.parametrize("kappa", ["tensor", "encoder"])
def test_it_trains_resumes_and_repeats(modalities, kappa):
    common.trains(MMPareto, modalities, kappa=kappa)
    common.resumes(MMPareto, modalities, kappa=kappa)
    common.repeats(MMPareto, modalities, kappa=kappa)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"gamma": 0.0}, "gamma: got 0.0"), ({"kappa": "layer"}, "kappa: got 'layer'")],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        MMPareto(toys.model(), **options)
