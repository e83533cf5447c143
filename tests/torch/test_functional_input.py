"""What goes in: bad shapes are named, values are not judged, zeros have their limits."""

import math

import pytest
import torch

from rgm_torch.functional import (
    blocks,
    energy,
    fusion,
    head,
    mixing,
    orthogonal,
    plane,
    rebalance,
    synergy,
    synorth,
)
from tests import samplers
from tests.torch.mirror import tensors

ONES = torch.ones


@pytest.mark.parametrize(
    ("message", "call"),
    [
        ("features: got shapes", lambda: fusion.concat(ONES(3))),
        ("features: got shapes", lambda: fusion.concat(ONES(3), ONES(2, 3))),
        ("features: got 1 modality, expected at least 2", lambda: fusion.add(ONES(3))),
        (
            r"features: got shapes \[\(3,\), \(2,\)\], expected one shape \(d_i = d_j\)",
            lambda: fusion.add(ONES(3), ONES(2)),
        ),
        (
            r"g: got width 3, expected 2 = sum of widths \(1, 1\)",
            lambda: fusion.concat_vjp((1, 1), ONES(3)),
        ),
        ("z_i, z_j: got shapes", lambda: fusion.gated(ONES(3), ONES(1))),
        ("z_i, z_j, g: got shapes", lambda: fusion.gated_vjp(ONES(3), ONES(3), ONES(1))),
        (
            r"scale: got shape \(2, 2\), expected \(d, d_i\) = \(3, 3\)",
            lambda: fusion.film(ONES(3), ONES(3), torch.eye(2), torch.eye(3)),
        ),
        (
            "shift: got shape",
            lambda: fusion.film(ONES(3), ONES(3), torch.eye(3), torch.eye(2)),
        ),
        (
            "z_j, g: got shapes",
            lambda: fusion.film_vjp(ONES(3), ONES(3), torch.eye(3), torch.eye(3), ONES(2)),
        ),
        (
            r"rate: got shape \(3,\), expected a number or \(5,\)",
            lambda: energy.step_energy(ONES(2, 5, 4), ONES(3)),
        ),
        ("rate: got shape", lambda: energy.cumulative_energy(ONES(2, 5, 4), ONES(2, 5))),
        ("gradients: got 1 modality", lambda: energy.step_energy(ONES(1, 4), 1.0)),
        (r"gradients: got shape \(2, 4\)", lambda: energy.cumulative_energy(ONES(2, 4), 1.0)),
        (r"sample_gradients: got shape \(2, 4\)", lambda: energy.fisher_trace(ONES(2, 4))),
        (
            r"displacements: got shape \(2, 1, 4\), expected \(2, 5, 4\)",
            lambda: energy.synaptic_intelligence(ONES(2, 5, 4), ONES(2, 1, 4)),
        ),
        (r"energy: got shape \(1,\)", lambda: energy.shares(ONES(1))),
        (r"energy: got shape \(\)", lambda: energy.pair_shares(ONES(()))),
        (r"energy: got shape \(1,\)", lambda: plane.balance(ONES(1))),
        ("energy: got 3 modalities", lambda: plane.coordinates(ONES(3), ONES(2, 3))),
        ("gradients: got 3 modalities", lambda: plane.coordinates(ONES(2), ONES(3, 3))),
        ("gradients: got shape", lambda: plane.nonconflict(ONES(2))),
        ("gradients: got dtype", lambda: plane.nonconflict(ONES(2, 3, dtype=torch.int64))),
        (
            r"probabilities: got shape \(2,\), expected \(4,\)",
            lambda: plane.curvature_conflict(ONES(2, 3), ONES(2, 3, 4), ONES(2)),
        ),
        (r"energy: got shape \(1,\)", lambda: rebalance.ratio(ONES(1))),
        ("energy: got shape", lambda: rebalance.pair_ratio(ONES(1, 4))),
        ("accumulate: got 'all'", lambda: rebalance.settled_exponent(0.5, "all")),
        ("blocks: got 5, expected a whole number", lambda: blocks.split(ONES(2, 4), 5)),
        ("blocks: got 0", lambda: blocks.block_norms(ONES(2, 4), 0)),
        ("blocks: got 1.5", lambda: blocks.block_gram(ONES(2, 4), 1.5)),
        ("pair: got 3 modalities, expected a pair", lambda: blocks.block_cosines(ONES(3, 4), 2)),
        ("shares: got shape", lambda: synergy.alpha(ONES(2, 4), ONES(3), 2)),
        ("shares: got shape", lambda: synergy.project(ONES(2, 4), ONES(()), 2)),
        ("blocks: got 9", lambda: synergy.project(ONES(2, 4), ONES(2), 9)),
        ("lengths: got shape", lambda: synergy.best_angle(ONES(3, 4))),
        ("gradients: got 3 modalities", lambda: orthogonal.adjust(ONES(3, 4), ONES(3))),
        ("shares: got shape", lambda: orthogonal.adjust(ONES(2, 4), ONES(3))),
        ("form: got 'exakt'", lambda: orthogonal.adjust(ONES(2, 4), ONES(2), "exakt")),
        ("slope: got 'steep'", lambda: synorth.gate(ONES(2), ONES(2), "steep")),
        ("energy: got shape", lambda: synorth.synorth(ONES(2, 4), ONES(3))),
        ("energy: got shape", lambda: synorth.synorth(ONES(2, 5, 4), ONES(2, 4))),
        ("gradients: got 1 modality", lambda: synorth.synorth(ONES(1, 4), ONES(1))),
        ("blocks: got 5", lambda: synorth.synorth(ONES(2, 4), ONES(2), 5)),
        ("orth: got 'swapped'", lambda: synorth.synorth(ONES(2, 4), ONES(2), orth="swapped")),
        ("slope: got 'steep'", lambda: synorth.synorth(ONES(2, 4), ONES(2), slope="steep")),
        ("scale: got 'none'", lambda: synorth.synorth(ONES(2, 4), ONES(2), scale="none")),
        (
            "parts: got 'nose'",
            lambda: synorth.synorth(ONES(2, 4), ONES(2), parts=("ear", "nose")),
        ),
        ("gram: got shape", lambda: mixing.mixing_matrix(ONES(2, 3, 1), ONES(2))),
        ("gram: got shape", lambda: mixing.mixing_matrix(ONES(2, 2), ONES(2))),
        ("energy: got shape", lambda: mixing.mixing_matrix(ONES(2, 2, 1), ONES(3))),
        ("blocks: got 5", lambda: mixing.mix(ONES(2, 2, 5), ONES(2, 4))),
        ("order: got", lambda: mixing.pcgrad_matrix(torch.eye(3), (0, 1, 1))),
        ("gram: got shape", lambda: mixing.pcgrad_matrix(ONES(2, 3), (0, 1))),
        ("gram: got 3 modalities", lambda: mixing.mgda_matrix(torch.eye(3))),
        (r"heads: got \[3\] rows", lambda: head.to_logits([ONES(2)], [ONES(3, 3)])),
        ("heads: got", lambda: head.to_logits([ONES(3)], [ONES(3, 3), ONES(3, 3)])),
        (r"heads: got \{3\} classes", lambda: head.head_gradients([ONES(3, 3)], ONES(4))),
        ("target: got shape", lambda: head.residual(ONES(3), ONES(2))),
        ("head: got 1 class", lambda: head.on_residuals(ONES(3, 1))),
    ],
)
def test_bad_input_is_named(message, call):
    with pytest.raises(ValueError, match=f"^{message}"):
        call()


def test_one_sample_that_is_not_finite_spoils_its_own_row_and_no_other(rng):
    """Values are not judged here: NaN and infinity pass through, where the caller can see them."""
    g, spent = tensors(rng.normal(size=(3, 4, 6))), tensors(rng.gamma(1, size=3))
    spoiled = g.clone()
    spoiled[1, 0, 2], spoiled[2, 3, 0] = math.nan, math.inf
    for form in mixing.FORMS:
        step, as_it_was = (synorth.synorth(x, spent, 3, orth=form) for x in (spoiled, g))
        torch.testing.assert_close(step[:, 1:3], as_it_was[:, 1:3], rtol=0, atol=0)
        assert not torch.isfinite(step[:, [0, 3]]).all(dim=-1).any()
    assert plane.nonconflict(spoiled)[0, 1, 0].isnan()


@pytest.mark.parametrize("form", mixing.FORMS)
def test_zeros_have_the_values_of_the_reference(form, rng):
    g = tensors(samplers.one_zero(rng, 2, 6))
    step = synorth.synorth(g, torch.tensor([1.0, 4.0]), 2, orth=form)
    assert (step[0] == 0).all()
    # w = 4/5: √r (1 + √w)/2 with r = 5/8 (energies in float32).
    factor = math.sqrt(5 / 8) * (1 + math.sqrt(4 / 5)) / 2
    torch.testing.assert_close(step[1], factor * g[1], rtol=1e-6, atol=0)
    pair = tensors(samplers.generic(rng, 2, 6))
    none, equal = (synorth.synorth(pair, e, 2, orth=form) for e in (torch.zeros(2), ONES(2)))
    torch.testing.assert_close(none, equal, rtol=0, atol=0)
    assert (synorth.synorth(torch.zeros(3, 4), ONES(3), 2, orth=form) == 0).all()
    assert (orthogonal.adjust(torch.zeros(2, 4), ONES(2), form) == 0).all()


def test_nothing_is_written_into_what_came_in(rng):
    g, spent = tensors(rng.normal(size=(3, 4, 6))), tensors(rng.gamma(1, size=3))
    before = g.clone(), spent.clone()
    synorth.synorth(g, spent, 3, orth="exact")
    synergy.project(g, spent, 3)
    assert torch.equal(g, before[0])
    assert torch.equal(spent, before[1])


def test_any_strides(rng):
    """Gradients as they come from a stack along another axis: not contiguous."""
    g, spent = tensors(rng.normal(size=(4, 6, 3))).movedim(-1, 0), tensors(rng.gamma(1, size=3))
    assert not g.is_contiguous()
    torch.testing.assert_close(
        synorth.synorth(g, spent, 4),
        synorth.synorth(g.contiguous(), spent, 4),
        rtol=1e-14,
        atol=1e-14,
    )
