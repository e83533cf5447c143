"""Syn: the block ratio of constraint (10) as printed, and the ratio that distorts least."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rgm_ref.oracles import best_block_angle
from rgm_ref.synergy import (
    READINGS,
    best_angle,
    best_angle_one_sided,
    distortion,
    price,
    printed_lengths,
)


@pytest.mark.parametrize("reading", READINGS)
def test_printed_lengths_satisfy_what_is_printed(reading, rng):
    a, b = lengths = rng.uniform(0.5, 2, (2, 4))
    ratio = 1.0 if reading == "swap" else 0.7
    x, y = printed_lengths(lengths, ratio, reading)
    np.testing.assert_allclose(x + y, a + b, rtol=1e-14)
    np.testing.assert_allclose(x, ratio * (y if reading == "unsquared" else b), rtol=1e-14)
    assert not np.allclose(x**2 + y**2, a**2 + b**2) or reading == "swap"


def test_the_best_angle_is_the_optimizers(rng):
    lengths = rng.uniform(0.2, 3, (2, 5))
    both, one = best_block_angle(lengths), best_block_angle(lengths, modalities=1)
    # L-BFGS-B with its own differences finds the angle to about 1e-6, the value to its square.
    assert best_angle(lengths) == pytest.approx(both.point[0], abs=1e-5)
    assert best_angle_one_sided(lengths) == pytest.approx(one.point[0], abs=1e-5)
    assert distortion(lengths, best_angle(lengths)) == pytest.approx(both.value, abs=1e-9)


@given(share=st.floats(0, 1), seed=st.integers(0, 10**6))
def test_the_price_is_what_the_share_adds_to_the_distortion(share, seed):
    lengths = np.random.default_rng(seed).uniform(0.1, 3, (2, 4))
    s = np.hypot(*lengths)
    moved = np.outer(np.sqrt([share, 1 - share]), s) - lengths
    least = distortion(lengths, best_angle(lengths))
    assert price(lengths, share) >= 0
    # Both are differences of energies below 100, so rounding is below 1e-13.
    assert price(lengths, share) == pytest.approx((moved**2).sum() - least, abs=1e-12)


def test_the_best_share_costs_nothing(rng):
    lengths = rng.uniform(0.2, 3, (2, 4))
    # The angle is rounded to 1e-16 and enters squared.
    assert price(lengths, np.sin(best_angle(lengths)) ** 2) < 1e-29


@pytest.mark.parametrize("scale", [1e-150, 1e150])
def test_angles_do_not_depend_on_scale(scale, rng):
    lengths = rng.uniform(0.2, 3, (2, 4))
    for angle in (best_angle, best_angle_one_sided):
        assert angle(scale * lengths) == pytest.approx(angle(lengths), rel=1e-13)
    # A squared length: 1e±300 is still a number.
    expected = scale**2 * price(lengths, 0.3)
    assert price(scale * lengths, 0.3) == pytest.approx(expected, rel=1e-13, abs=0)


def test_by_hand():
    # Blocks (3, 4) and (4, 3): s = 5 twice, X = Y = 35, S = 50.
    lengths = [[3, 4], [4, 3]]
    assert best_angle(lengths) == pytest.approx(np.pi / 4, rel=1e-15)
    assert best_angle_one_sided(lengths) == pytest.approx(np.arcsin(0.7), rel=1e-15)
    assert distortion(lengths, np.pi / 4) == pytest.approx(100 - 70 * np.sqrt(2), rel=1e-13)
    # The share 1 has the angle π/2: 2N (1 − cos π/4) with N = 35 √2.
    assert price(lengths, 1) == pytest.approx(70 * np.sqrt(2) - 70, rel=1e-13)


def test_bad_input_is_named(rng):
    lengths = rng.uniform(1, 2, (2, 3))
    with pytest.raises(ValueError, match="share: got 2"):
        price(lengths, 2)
    with pytest.raises(ValueError, match="lengths: contains"):
        best_angle(-lengths)
    with pytest.raises(ValueError, match="reading: got 'none'"):
        printed_lengths(lengths, 1.0, "none")
    with pytest.raises(ValueError, match="ratio: got 0"):
        printed_lengths(lengths, 0, "unsquared")
    with pytest.raises(ValueError, match="ratio: got 2"):
        printed_lengths(lengths, 2, "swap")
    with pytest.raises(ValueError, match="ratio: 9 leaves no length for j"):
        printed_lengths(lengths, 9, "one-sided")
