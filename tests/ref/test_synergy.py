"""Syn: Eq. 11 keeps directions, shares out the length of every block, and keeps its energy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rgm_ref.blocks import block_cosines, block_norms, split
from rgm_ref.oracles import best_scaling
from rgm_ref.synergy import alpha, best_angle, project
from tests import samplers

WIDTH = 6
SAME_LINE = (samplers.collinear, samplers.opposed)
CLOSE = 1e-13  # a block of six entries goes through about 30 roundings of 1e-16


def assert_directions_kept(before, after, blocks):
    for g, P in zip(before, after, strict=True):
        np.testing.assert_allclose(block_cosines([g, P], blocks), 1, rtol=CLOSE)


def assert_lengths_follow_shares(after, shares, blocks):
    per_root_share = block_norms(after, blocks) / np.sqrt(shares)[:, None]
    np.testing.assert_allclose(
        per_root_share, np.broadcast_to(per_root_share[0], per_root_share.shape), rtol=CLOSE
    )


def assert_energy_kept(before, after, blocks):
    lengths = [np.linalg.norm(block_norms(g, blocks), axis=0) for g in (before, after)]
    np.testing.assert_allclose(lengths[1], lengths[0], rtol=CLOSE)


@pytest.mark.parametrize("blocks", [1, 2, 3, WIDTH])
@pytest.mark.parametrize("modalities", [2, 3, 5])
@pytest.mark.parametrize("sampler", samplers.REGULAR + SAME_LINE)
def test_eq_11_shares_out_every_block(sampler, modalities, blocks, rng):
    g, w = sampler(rng, modalities, WIDTH), samplers.shares(rng, modalities)
    P = project(g, w, blocks)
    assert_directions_kept(g, P, blocks)
    assert_lengths_follow_shares(P, w, blocks)
    assert_energy_kept(g, P, blocks)
    scaled = [a[k] * block[m] for m, a in enumerate(alpha(g, w, blocks)) for k, block in
              enumerate(split(g, blocks))]  # fmt: skip
    np.testing.assert_allclose(np.concatenate(scaled), P.ravel(), rtol=CLOSE)


@pytest.mark.parametrize("scale", [1e-150, 1e150])
def test_scale_goes_through(scale, rng):
    g, w = samplers.generic(rng, 3, WIDTH), samplers.shares(rng, 3)
    np.testing.assert_allclose(project(scale * g, w, 2), scale * project(g, w, 2), rtol=CLOSE)
    np.testing.assert_allclose(alpha(scale * g, w, 2), alpha(g, w, 2), rtol=CLOSE)


@pytest.mark.parametrize("sampler", [samplers.one_zero, samplers.all_zero, samplers.zero_block])
def test_a_zero_block_stays_zero_and_loses_its_share(sampler, rng):
    g, w = sampler(rng, 2, WIDTH), np.array([0.3, 0.7])
    P, before = project(g, w, 2), block_norms(g, 2)
    zero = before == 0
    assert (block_norms(P, 2)[zero] == 0).all()
    assert (alpha(g, w, 2)[zero] == 0).all()
    energy = (before**2).sum(axis=0)
    kept = np.where(zero, 0, w[:, None] * energy)
    np.testing.assert_allclose(block_norms(P, 2) ** 2, kept, rtol=CLOSE)


def test_by_hand():
    P = project([[3.0, 0.0, 0.0, 1.0], [0.0, 4.0, 0.0, -1.0]], [0.64, 0.36], 2)
    # Block 1: √S = 5, so lengths 4 and 3; block 2: √S = √2.
    expected = [[4, 0, 0, 0.8 * np.sqrt(2)], [0, 3, 0, -0.6 * np.sqrt(2)]]
    np.testing.assert_allclose(P, expected, rtol=1e-15)


@given(seed=st.integers(0, 10**6), factor=st.floats(1e-6, 1e6))
def test_project_is_homogeneous_and_treats_modalities_alike(seed, factor):
    rng = np.random.default_rng(seed)
    g, w, order = samplers.generic(rng, 3, WIDTH), samplers.shares(rng, 3), rng.permutation(3)
    P = project(g, w, 3)
    np.testing.assert_allclose(project(factor * g, w, 3), factor * P, rtol=CLOSE)
    np.testing.assert_allclose(project(g[order], w[order], 3), P[order], rtol=CLOSE)


@pytest.mark.parametrize("function", [alpha, project])
def test_a_batch_is_a_loop_over_samples(function, rng):
    g = rng.normal(size=(2, 4, WIDTH))
    w = rng.dirichlet([1, 1], size=4).T
    alone = [function(g[:, n], w[:, n], 3) for n in range(4)]
    assert np.array_equal(function(g, w, 3), np.stack(alone, axis=1))


@pytest.mark.parametrize("function", [alpha, project])
def test_float32_stays_float32(function, rng):
    g, w = samplers.generic(rng, 2, WIDTH), samplers.shares(rng, 2)
    result = function(g.astype(np.float32), w, 3)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, function(g, w, 3), rtol=1e-5)  # 30 roundings of 6e-8


def test_alpha_solves_the_corrected_problem(rng):
    lengths, w = rng.uniform(0.5, 2, (2, 3)), np.array([0.8, 0.2])
    g = np.kron(lengths, [1.0, 0.0])
    solution = best_scaling(lengths, 2.0, "corrected", rng, starts=2)
    # The optimizer meets the constraints, which fix the answer, to 1e-7.
    np.testing.assert_allclose(alpha(g, w, 3), solution.point, rtol=1e-6)


def test_bad_input_is_named(rng):
    g = samplers.generic(rng, 2, WIDTH)
    with pytest.raises(ValueError, match="shares: sum to"):
        project(g, [1.0, 3.0], 2)
    with pytest.raises(ValueError, match="shares: got shape"):
        alpha(g, [1.0], 2)
    with pytest.raises(ValueError, match="shares: contains"):
        alpha(g, [1.5, -0.5], 2)


def test_lengths_of_three_modalities_are_refused():
    with pytest.raises(ValueError, match=r"lengths: got shape \(3, 2\), expected \(2, l\)"):
        best_angle(np.ones((3, 2)))
