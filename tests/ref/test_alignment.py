"""Theorem 2: what Eq. 11 does to the cosine, when it helps, and what would be best."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rgm_ref.alignment import (
    best_one_sided,
    best_one_sided_cosine,
    cosine_after,
    cosine_after_one_sided,
    cosine_before,
    cosine_floor,
    helpful,
    improvement,
    project_equalised,
)
from rgm_ref.blocks import block_cosines, block_norms
from rgm_ref.synergy import project
from tests import samplers

WIDTH = 8
ROUNDING = 1e-13  # eight entries: about 50 roundings of 1e-16
ABOUT_HALF = np.array([0.4, 0.6])
BLOCKS = st.integers(1, 6)


def cosine(pair):
    x, y = pair
    return x @ y / np.sqrt((x @ x) * (y @ y))


def draw(blocks, seed, lowest=-1.0):
    rng = np.random.default_rng(seed)
    return rng.uniform(0.05, 5, (2, blocks)), rng.uniform(lowest, 1, blocks)


@pytest.mark.parametrize("blocks", [1, 2, 4, WIDTH])
@pytest.mark.parametrize("sampler", [*samplers.REGULAR, samplers.collinear, samplers.opposed])
def test_the_cosines_are_those_of_the_vectors(sampler, blocks, rng):
    pair = sampler(rng, 2, WIDTH)
    parts = block_norms(pair, blocks), block_cosines(pair, blocks)
    before, after = cosine(pair), cosine(project(pair, ABOUT_HALF, blocks))
    assert cosine_before(*parts) == pytest.approx(before, abs=ROUNDING)
    assert cosine_after(*parts) == pytest.approx(after, abs=ROUNDING)
    assert improvement(*parts) == pytest.approx(after - before, abs=ROUNDING)


def test_theorem_2_fails_by_hand():
    signs = [[1, 0.1], [1, 1]], [1, -1]
    assert cosine_before(*signs) == pytest.approx(0.9 / np.sqrt(2.02), rel=1e-14)
    assert cosine_after(*signs) == pytest.approx(99 / 301, rel=1e-14)
    assert cosine_after_one_sided([1, 1], [1, -1]) == 0
    agreeing = [[10, 1], [0.1, 1]], [0, 1]
    assert cosine_before(*agreeing) == pytest.approx(10 / 101, rel=1e-14)
    assert cosine_after(*agreeing) == pytest.approx(200 / 10201, rel=1e-14)
    assert cosine_floor(*agreeing) == pytest.approx(200 / 10201, rel=1e-14)
    assert helpful(agreeing[0]).tolist() == [True, False]


@given(blocks=BLOCKS, seed=st.integers(0, 10**6))
def test_theorem_2_repaired(blocks, seed):
    lengths, cosines = draw(blocks, seed, lowest=0)
    assert cosine_after(lengths, cosines) >= cosine_floor(lengths, cosines) - ROUNDING
    equally_long = lengths / np.linalg.norm(lengths, axis=1, keepdims=True)
    assert improvement(equally_long, cosines) >= -ROUNDING


def test_every_block_helps_where_gradients_are_equally_long():
    assert helpful([[3, 4], [4, 3]]).all()


@given(blocks=BLOCKS, seed=st.integers(0, 10**6), value=st.floats(-1, 1))
def test_equal_block_cosines_move_away_from_zero(blocks, seed, value):
    lengths, _ = draw(blocks, seed)
    same = np.full(blocks, value)
    assert cosine_after(lengths, same) == pytest.approx(value, abs=ROUNDING)
    assert abs(cosine_before(lengths, same)) <= abs(value) + ROUNDING


@pytest.mark.parametrize("blocks", [1, 2, 4])
@pytest.mark.parametrize("modalities", [2, 3, 5])
def test_the_repaired_projection_keeps_energy_and_cosines(modalities, blocks, rng):
    g = samplers.aligned(rng, modalities, WIDTH) * 10.0 ** np.arange(modalities)[:, None]
    P = project_equalised(g, samplers.shares(rng, modalities), blocks)
    assert (P**2).sum() == pytest.approx((g**2).sum(), rel=ROUNDING)
    if modalities == 2:
        assert cosine(P) >= cosine(g) - ROUNDING


def test_the_repaired_projection_at_the_edges(rng):
    g, w = samplers.generic(rng, 2, WIDTH), ABOUT_HALF
    P = project_equalised(g, w, 4)
    np.testing.assert_allclose(project_equalised(1e150 * g, w, 4), 1e150 * P, rtol=ROUNDING)
    np.testing.assert_allclose(project_equalised(1e-150 * g, w, 4), 1e-150 * P, rtol=ROUNDING)
    assert project_equalised(g.astype(np.float32), w, 4).dtype == np.float32
    assert np.array_equal(project_equalised(np.stack([g, g], axis=1), w, 4)[:, 1], P)
    assert (project_equalised(0 * g, w, 4) == 0).all()


@given(blocks=BLOCKS, seed=st.integers(0, 10**6))
def test_no_lengths_beat_the_best_ones(blocks, seed):
    (_, b), cosines = draw(blocks, seed)
    tries = np.random.default_rng(seed).uniform(0, 1, (20, blocks))
    best = best_one_sided_cosine(b, cosines)
    assert all(cosine_before([x, b], cosines) <= best + ROUNDING for x in tries)
    assert cosine_before([best_one_sided(b, cosines), b], cosines) == pytest.approx(best)


def test_no_agreeing_block_leaves_nothing():
    assert best_one_sided([1, 2], [-1, 0]).tolist() == [0, 0]
    assert best_one_sided_cosine([1, 2], [-1, 0]) == 0


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="lengths: contains 0"):
        cosine_after([[1, 0], [1, 1]], [1, 1])
    with pytest.raises(ValueError, match="cosines: expected values in"):
        cosine_before([[1, 1], [1, 1]], [1, 2])
