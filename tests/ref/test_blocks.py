"""Blocks: consecutive slices, their lengths, cosines and Gram matrices."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rgm_ref.blocks import block_cosines, block_gram, block_norms, split
from tests import samplers

WIDTH = 7
BLOCKS = (1, 2, 3, WIDTH)


@given(width=st.integers(1, 40), data=st.data())
def test_split_is_a_partition_into_nearly_equal_slices(width, data):
    blocks = data.draw(st.integers(1, width))
    g = np.arange(2.0 * width).reshape(2, width)
    parts = split(g, blocks)
    sizes = [part.shape[-1] for part in parts]
    assert len(parts) == blocks
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] - sizes[-1] <= 1
    assert np.array_equal(np.concatenate(parts, axis=-1), g)


def test_split_by_hand():
    first, second, third = split([np.arange(7.0), np.arange(7.0)], 3)
    assert first[0].tolist() == [0, 1, 2]
    assert second[0].tolist() == [3, 4]
    assert third[0].tolist() == [5, 6]


@pytest.mark.parametrize("blocks", [0, -1, WIDTH + 1, 2.5])
@pytest.mark.parametrize("function", [split, block_norms, block_cosines, block_gram])
def test_a_wrong_number_of_blocks_is_named(function, blocks, rng):
    with pytest.raises(ValueError, match="blocks: got"):
        function(samplers.generic(rng, 2, WIDTH), blocks)


@pytest.mark.parametrize("blocks", BLOCKS)
@pytest.mark.parametrize("modalities", [2, 3, 5])
@pytest.mark.parametrize("sampler", samplers.ALL)
def test_block_energies_add_up_to_the_whole(sampler, modalities, blocks, rng):
    g = sampler(rng, modalities, WIDTH)
    whole = block_norms(block_norms(g, blocks), 1)
    # Two ways to sum the same seven squares: a few roundings apart.
    np.testing.assert_allclose(whole, block_norms(g, 1), rtol=1e-14)


@pytest.mark.parametrize("sampler", samplers.ALL)
def test_block_cosines_are_cosines(sampler, rng):
    cosines = block_cosines(sampler(rng, 2, WIDTH), 3)
    assert np.isfinite(cosines).all()
    assert (np.abs(cosines) <= 1).all()


def test_block_cosines_by_hand():
    pair = np.array([[3.0, 4.0, 1.0, 0.0, 0.0, 0.0], [4.0, 3.0, -2.0, 0.0, 5.0, 6.0]])
    # 24/25 is rounded a few times on the way.
    np.testing.assert_allclose(block_cosines(pair, 3), [24 / 25, -1, 0], rtol=1e-15)


@pytest.mark.parametrize("sampler", samplers.SCALED)
def test_scale_does_not_change_block_cosines(sampler, rng):
    scale = {samplers.tiny: 1e-150, samplers.huge: 1e150}[sampler]
    g = samplers.generic(np.random.default_rng(0), 2, WIDTH)
    # The inputs themselves carry one more rounding each.
    np.testing.assert_allclose(block_cosines(sampler(rng, 2, WIDTH), 3), block_cosines(g, 3), 1e-13)
    np.testing.assert_allclose(block_norms(g * scale, 3), block_norms(g, 3) * scale, 1e-14)


def test_block_cosines_need_a_pair(rng):
    with pytest.raises(ValueError, match="pair: got 3 modalities, expected a pair"):
        block_cosines(samplers.generic(rng, 3, WIDTH), 2)


@pytest.mark.parametrize("blocks", BLOCKS)
def test_block_grams_add_up_to_the_gram_of_the_whole(blocks, rng):
    g = samplers.generic(rng, 3, WIDTH)
    gram = block_gram(g, blocks)
    assert np.array_equal(gram, gram.swapaxes(0, 1))
    np.testing.assert_allclose(gram.sum(axis=-1), g @ g.T, atol=1e-14)
    # Squaring a root is one rounding.
    np.testing.assert_allclose(np.einsum("iik->ik", gram), block_norms(g, blocks) ** 2, rtol=1e-14)


@pytest.mark.parametrize("function", [block_norms, block_cosines, block_gram])
def test_a_batch_is_a_loop_over_samples(function, rng):
    g = np.stack([samplers.generic(rng, 2, WIDTH) for _ in range(4)], axis=1)
    together = function(g, 3)
    alone = np.stack([function(g[:, n], 3) for n in range(4)], axis=-2)
    assert np.array_equal(together, alone)


@pytest.mark.parametrize("function", [block_norms, block_cosines, block_gram])
def test_float32_stays_float32(function, rng):
    g = samplers.generic(rng, 2, WIDTH)
    result = function(g.astype(np.float32), 3)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, function(g, 3), rtol=1e-5, atol=1e-6)  # 20 roundings of 6e-8


def test_nan_is_refused(rng):
    g = samplers.generic(rng, 2, WIDTH)
    g[0, 0] = np.nan
    with pytest.raises(ValueError, match="gradients: contains NaN"):
        block_norms(g, 2)
