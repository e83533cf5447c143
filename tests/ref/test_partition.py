"""The dynamic programme finds the best cuts: every partition is tried."""

from itertools import combinations

import numpy as np
import pytest

from rgm_ref.partition import best_partition
from rgm_ref.synergy import project
from tests import samplers

ROUNDING = 1e-13  # six entries: about 50 roundings of 1e-16


def aligned(pair, cuts):
    """Cosine after Eq. 11 with these blocks, from the vectors."""
    parts = [project(part, [0.4, 0.6], 1) for part in np.split(pair, cuts, axis=1)]
    x, y = np.concatenate(parts, axis=1)
    return x @ y / np.sqrt((x @ x) * (y @ y))


@pytest.mark.parametrize("blocks", [1, 2, 3, 6])
@pytest.mark.parametrize("sampler", samplers.REGULAR)
def test_the_best_partition_is_the_best_of_all(sampler, blocks, rng):
    pair = sampler(rng, 2, 6)
    cuts, value = best_partition(pair, blocks)
    best = max(aligned(pair, choice) for choice in combinations(range(1, 6), blocks - 1))
    assert len(cuts) == blocks - 1
    assert value == pytest.approx(best, abs=ROUNDING)
    assert aligned(pair, cuts) == pytest.approx(best, abs=ROUNDING)


@pytest.mark.parametrize("scale", [1e-150, 1e150])
def test_scale_does_not_move_the_cuts(scale, rng):
    pair = samplers.generic(rng, 2, 6)
    assert best_partition(scale * pair, 3)[0] == best_partition(pair, 3)[0]


def test_more_blocks_are_not_better_by_hand():
    pair = np.array([[10, 0.01, 0.001, 1], [0.001, 0.1, 0.1, 1]])
    values = [aligned(pair, cuts) for cuts in ([], [2], [1, 2, 3])]
    np.testing.assert_allclose(values, [0.0996, 0.0304, 1], atol=5e-5)  # the digits given
    assert best_partition(pair, 2)[0] == [1]


def test_zero_entries_are_joined_to_others():
    cuts, value = best_partition([[0.0, 1.0, 1.0], [1.0, 0.0, 1.0]], 2)
    # Block 1 must reach entry 2, or g_i is zero there: (0, 1) and (1, 0) are orthogonal.
    assert cuts == [2]
    assert value == pytest.approx(0.5, rel=1e-14)


def test_bad_input_is_named(rng):
    with pytest.raises(ValueError, match="blocks: got 9"):
        best_partition(samplers.generic(rng, 2, 8), 9)
    with pytest.raises(ValueError, match="pair: got shape"):
        best_partition(rng.normal(size=(2, 3, 4)), 2)
    with pytest.raises(ValueError, match="pair: every partition into 2 blocks has a zero block"):
        best_partition([[0.0, 0.0], [1.0, 1.0]], 2)
    with pytest.raises(ValueError, match="pair: got 3 modalities"):
        best_partition(samplers.generic(rng, 3, 8), 2)
