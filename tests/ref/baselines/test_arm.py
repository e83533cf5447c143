"""ARM: information of histograms, contributions, factors."""

import numpy as np
import pytest
from scipy.special import rel_entr

from rgm_ref.baselines import arm


def test_a_variable_tells_everything_about_itself(rng):
    x = rng.normal(size=(50, 4))
    assert arm.mutual_information(x, x) == pytest.approx(1, rel=1e-13)
    assert arm.mutual_information(x, -3 * x + 1) == pytest.approx(1, rel=0.05)


def test_independent_variables_tell_nothing(rng):
    """65 536 samples, two bins: the official routine gives 0.48 of Gaussians, 1.0 of rectified."""
    x, c, y = rng.normal(size=(3, 65_536))
    # The bias of a histogram is about bins² (or bins³) over twice the number of samples.
    assert 0 <= arm.mutual_information(x, c, 2) < 1e-3
    assert 0 <= arm.conditional_information(x, c, y, 2) < 1e-3
    rectified = np.maximum([x, c, y], 0)
    assert 0 <= arm.conditional_information(*rectified, 2) < 1e-3


def test_conditional_information_of_an_exclusive_or(rng):
    """Two coins tell nothing about their exclusive or, and everything once the other is known."""
    x, y = rng.integers(2, size=(2, 4096)).astype(float)
    c = (x != y).astype(float)
    assert arm.mutual_information(x, c, 2) < 1e-2
    assert arm.conditional_information(x, c, y, 2) == pytest.approx(1, rel=1e-10)


def test_entropy_limits():
    assert arm.entropy(np.arange(8.0), bins=8) == pytest.approx(np.log(8), rel=1e-14)
    assert arm.entropy(np.zeros(8), bins=8) == 0
    assert arm.mutual_information(np.zeros(8), np.zeros(8)) == 0


def test_conditional_information_against_its_definition(rng):
    """I(x; c | y) = Σ_y P(y) I(x; c | y = y), cell by cell."""
    y = rng.integers(2, size=2000).astype(float)
    x = (rng.uniform(size=2000) < 0.2 + 0.6 * y).astype(float)
    c = np.where(rng.uniform(size=2000) < 0.7, x, y)
    shared = given = 0.0
    for value in (0.0, 1.0):
        part = y == value
        p = np.histogram2d(x[part], c[part], 2, [[0, 1], [0, 1]])[0] / part.sum()
        px, pc = p.sum(axis=1), p.sum(axis=0)
        shared += part.mean() * rel_entr(p, np.outer(px, pc)).sum()
        given -= part.mean() * ((px * np.log(px)).sum() + (pc * np.log(pc)).sum())
    value = arm.conditional_information(x, c, y, 2)
    assert value == pytest.approx(2 * shared / given, rel=1e-10)


def test_factors_of_a_pair():
    factors = arm.factors(np.array([0.4, 0.2]))
    np.testing.assert_allclose(factors, [0.5, 2], rtol=1e-13)  # the weaker is amplified
    np.testing.assert_allclose(arm.factors(np.array([0.3, 0.3])), 1, rtol=1e-14)


def test_factors_of_three_have_product_one():
    factors = arm.factors(np.array([0.4, 0.3, 0.25]))
    assert factors.prod() == pytest.approx(1, rel=1e-12)
    assert (np.diff(factors) > 0).all()


def test_factors_are_floored_and_clamped():
    np.testing.assert_array_equal(arm.factors(np.array([0.5, -0.1])), [0.2, 5])


def test_contributions_of_a_pair(rng):
    features, joint = rng.normal(size=(2, 100, 4)), rng.normal(size=(100, 4))
    joint = joint + 3 * features[0]
    pi, pi_c = np.array([0.6, 0.3]), 0.8
    gamma = arm.contributions(features, joint, pi, pi_c)
    a, v = features
    told = arm.mutual_information(a, joint)
    expected = pi_c * told + pi[1] * (told - arm.conditional_information(a, joint, v))
    assert gamma[0] == pytest.approx(expected, rel=1e-13)  # π of the *other* modality
    assert gamma[0] > gamma[1]
    assert arm.factors(gamma)[0] < 1 < arm.factors(gamma)[1]


def test_contributions_of_three_condition_on_the_mean_of_the_others(rng):
    features, joint = rng.normal(size=(3, 60, 2)), rng.normal(size=(60, 2))
    joint = joint + features[0]
    gamma = arm.contributions(features, joint, np.array([0.6, 0.3, 0.1]), 0.8)
    told = arm.mutual_information(features[0], joint)
    alone = arm.conditional_information(features[0], joint, (features[1] + features[2]) / 2)
    assert gamma[0] == pytest.approx(0.8 * told + 0.2 * (told - alone), rel=1e-13)


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("variables", lambda: arm.entropy(np.ones(2), np.ones(3), bins=2)),
        ("least", lambda: arm.factors(np.ones(2), least=0.0)),
        (
            "confidences",
            lambda: arm.contributions(np.ones((2, 3, 4)), np.ones((3, 4)), np.ones(3), 0.5),
        ),
    ],
)
def test_bad_input_is_named(name, call):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
