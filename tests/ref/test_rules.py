"""Rules: each does to one step what its name says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rgm_ref import rules
from rgm_ref.plane import nonconflict
from tests import samplers

ENERGY = np.array([4.0, 1.0])
ALL = [rules.pcgrad, rules.orthogonalize, rules.align, rules.equalize, rules.ear, rules.rgm]
CONFLICT_ONLY = [rules.pcgrad, rules.orthogonalize]


def lengths(g):
    return np.linalg.norm(g, axis=-1)


@given(st.integers(0, 2**32 - 1))
def test_pcgrad_turns_the_sign_of_a_conflict_round(seed):
    g = samplers.conflicting(np.random.default_rng(seed), 2, 5)
    before, after = nonconflict(g)[0, 1], nonconflict(rules.pcgrad(g, ENERGY))[0, 1]
    assert after == pytest.approx(-before, abs=1e-10)  # eps over the sine of the smallest angle


@pytest.mark.parametrize("rule", CONFLICT_ONLY)
def test_conflict_only_rules_leave_agreement_alone(rule, rng):
    g = samplers.aligned(rng, 2, 5)
    np.testing.assert_array_equal(rule(g, ENERGY), g)


def test_orthogonalize_lessens_the_conflict_and_exactly_ends_it(rng):
    g = samplers.conflicting(rng, 2, 5)
    assert abs(nonconflict(rules.orthogonalize(g, ENERGY))[0, 1]) < abs(nonconflict(g)[0, 1])
    assert nonconflict(rules.orthogonalize(g, ENERGY, "exact"))[0, 1] == pytest.approx(0, abs=1e-14)


@pytest.mark.parametrize("modalities", [2, 3, 5])
def test_align_keeps_lengths_and_raises_a_conflicting_cosine(modalities, rng):
    g = samplers.generic(rng, modalities, 6)
    after = rules.align(g, np.ones(modalities))
    np.testing.assert_allclose(lengths(after), lengths(g), rtol=1e-14)
    assert nonconflict(after).min() > nonconflict(g).min()


@pytest.mark.parametrize("modalities", [2, 3, 5])
def test_equalize_makes_constant_energies_equal(modalities, rng):
    g = samplers.generic(rng, modalities, 6)
    spent = lengths(rules.equalize(g, lengths(g) ** 2)) ** 2
    np.testing.assert_allclose(spent, spent[0], rtol=1e-13)


@pytest.mark.parametrize("rule", [rules.equalize, rules.ear])
def test_balance_only_rules_keep_directions(rule, rng):
    g = samplers.conflicting(rng, 2, 5)
    np.testing.assert_allclose(nonconflict(rule(g, ENERGY)), nonconflict(g), atol=1e-15)


@pytest.mark.parametrize("rule", ALL)
@pytest.mark.parametrize("sampler", samplers.ALL, ids=lambda sampler: sampler.__name__)
def test_samples_do_not_see_each_other_and_nothing_overflows(rule, sampler, rng):
    g = np.stack([sampler(rng, 2, 6) for _ in range(4)], axis=1)
    one_by_one = np.stack([rule(g[:, n], ENERGY) for n in range(4)], axis=1)
    np.testing.assert_allclose(rule(g, ENERGY), one_by_one, rtol=1e-12, atol=1e-14 * abs(g).max())


@pytest.mark.parametrize("rule", ALL)
def test_float32_stays_float32(rule, rng):
    g = samplers.conflicting(rng, 2, 5).astype(np.float32)
    assert rule(g, ENERGY.astype(np.float32)).dtype == np.float32


@pytest.mark.parametrize("rule", CONFLICT_ONLY)
def test_pair_rules_refuse_three(rule, rng):
    with pytest.raises(ValueError, match="gradients"):
        rule(samplers.generic(rng, 3, 5), np.ones(3))


@pytest.mark.parametrize("rule", ALL)
def test_nan_is_refused(rule):
    with pytest.raises(ValueError, match="gradients"):
        rule(np.array([[np.nan, 1.0], [1.0, 1.0]]), ENERGY)
