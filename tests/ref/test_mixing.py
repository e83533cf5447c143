"""Mixing matrices: the second route to Eq. 15, and PCGrad and MGDA as matrices."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from rgm_ref.blocks import block_gram
from rgm_ref.mixing import mgda_matrix, mix, mixing_matrix, pcgrad_matrix
from rgm_ref.orthogonal import FORMS
from rgm_ref.synorth import SCALES, SLOPES, synorth
from tests import samplers

EPS = np.finfo(float).eps
sizes = pytest.mark.parametrize("modalities", [2, 3, 5])
tame = pytest.mark.parametrize(
    "sample",
    [sample for sample in samplers.ALL if sample not in samplers.SCALED],
    ids=lambda sample: sample.__name__,
)


def both_routes(g, energy, blocks, **options):
    matrix = mixing_matrix(block_gram(g, blocks), energy, **options)
    return mix(matrix, g), synorth(g, energy, blocks, **options)


@pytest.mark.parametrize("modalities", [2, 3])
@pytest.mark.parametrize("orth", FORMS)
@tame
def test_two_routes_agree(sample, orth, modalities, rng):
    # Gram matrices hold squares: a²b² − s² under the root of the exact form keeps half the digits
    # where the pair is nearly parallel, and so do cosines of lengths 1e6 and 1e-6 apart.
    tolerance = 1e-6 if orth == "exact" else 1e-12
    for blocks in (1, 2, 6):
        g, energy = sample(rng, modalities, 6), rng.gamma(1, size=modalities)
        mixed, direct = both_routes(g, energy, blocks, orth=orth)
        np.testing.assert_allclose(mixed, direct, rtol=0, atol=tolerance * np.abs(g).max())


@pytest.mark.parametrize("exponent", range(1, 9))
def test_the_exact_form_is_as_good_as_a_gram_matrix_allows(exponent):
    """Error eps (A / gap)² beside the vector form, and never above the stand-in's own distance."""
    angle = 10.0**-exponent  # equal lengths and energies: gap / A = sin(angle)
    g = np.array([[1.0, 0.0], [np.cos(angle), np.sin(angle)]])
    mixed, direct = both_routes(g, np.ones(2), 1, orth="exact", parts={"orth"})
    allowed = 100 * EPS / angle**2 if np.sin(angle) > 4 * np.sqrt(EPS) else 1.0
    np.testing.assert_allclose(mixed, direct, rtol=0, atol=allowed)


@pytest.mark.parametrize("slope", SLOPES)
@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("parts", [(), ("ear",), ("syn",), ("orth",), ("ear", "orth")], ids=str)
def test_two_routes_agree_with_options(slope, scale, parts, rng):
    g, energy = samplers.generic(rng, 3, 7), rng.gamma(1, size=3)
    mixed, direct = both_routes(g, energy, 3, slope=slope, scale=scale, parts=parts)
    np.testing.assert_allclose(mixed, direct, rtol=0, atol=1e-12)


@sizes
def test_leading_dimensions_and_energies_per_sample(modalities, rng):
    g, energy = rng.normal(size=(modalities, 2, 4, 6)), rng.gamma(1, size=(modalities, 2, 4))
    mixed, direct = both_routes(g, energy, 2)
    np.testing.assert_allclose(mixed, direct, rtol=0, atol=1e-12)


@pytest.mark.parametrize("orth", FORMS)
@pytest.mark.parametrize("scale", [1e-150, 1e150])
def test_survives_every_scale_whose_square_is_finite(orth, scale, rng):
    g, energy = samplers.aligned(rng, 2, 4), np.array([1.0, 2.0])
    there = mixing_matrix(block_gram(g * scale, 2), energy, orth=orth)
    here = mixing_matrix(block_gram(g, 2), energy, orth=orth)
    np.testing.assert_allclose(there, here, rtol=1e-12)


def test_float32_stays_float32(rng):
    g = samplers.generic(rng, 2, 4).astype(np.float32)
    matrix = mixing_matrix(block_gram(g, 2), np.ones(2) * 1e-60)
    assert matrix.dtype == mix(matrix, g).dtype == np.float32


def test_equal_gradients_at_balance_are_shortened_alike():
    """g_i = g_j, equal energies: own factor 1, partner's −½ (1 − σ(4))."""
    leak = 1 / (1 + np.exp(4)) / 2
    matrix = mixing_matrix(np.ones((2, 2, 1)), np.ones(2))[..., 0]
    np.testing.assert_allclose(matrix, [[1, -leak], [-leak, 1]], rtol=1e-13)


def test_pcgrad_by_hand_and_its_order():
    g = np.array([[1, 0], [-1, 1], [-1, -0.5]])
    forward, backward = (pcgrad_matrix(g @ g.T, order) @ g for order in ((0, 1, 2), (0, 2, 1)))
    np.testing.assert_allclose(forward[0], [-0.1, 0.2], rtol=1e-14)
    np.testing.assert_allclose(backward[0], [-0.1, -0.1], rtol=1e-14)


@sizes
def test_pcgrad_equals_projecting_vectors(modalities, rng):
    for _ in range(20):
        g, order = samplers.generic(rng, modalities, 4), tuple(rng.permutation(modalities))
        expected = g.copy()
        for i in range(modalities):
            for j in order:
                if i != j and expected[i] @ g[j] < 0:
                    expected[i] -= expected[i] @ g[j] / (g[j] @ g[j]) * g[j]
        np.testing.assert_allclose(pcgrad_matrix(g @ g.T, order) @ g, expected, atol=1e-13)


def test_pcgrad_leaves_agreeing_gradients_alone(rng):
    g = samplers.aligned(rng, 4, 6)
    np.testing.assert_array_equal(pcgrad_matrix(g @ g.T, range(4)), np.eye(4))


@given(st.integers(0, 10_000))
def test_mgda_is_the_shortest_vector_between(seed):
    rng = np.random.default_rng(seed)
    g = rng.normal(size=(2, 3)) * np.exp(rng.normal(size=(2, 1)))
    step = mgda_matrix(g @ g.T) @ g

    def length(share):
        return np.linalg.norm(share * g[0] + (1 - share) * g[1])

    best = minimize_scalar(length, bounds=(0, 1), method="bounded")
    np.testing.assert_array_equal(step[0], step[1])
    # The minimum is flat: the solver's 1e-5 in the share is 1e-10 in the length.
    assert np.linalg.norm(step[0]) <= best.fun * (1 + 4 * EPS)
    assert best.fun <= np.linalg.norm(step[0]) + 1e-5 * np.abs(g).max()


def test_mgda_of_equal_gradients_is_their_mean():
    assert (mgda_matrix(np.full((2, 2), 3.0)) == 0.5).all()


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("gram", lambda: mixing_matrix(np.ones((2, 3, 1)), np.ones(2))),
        ("gram", lambda: mixing_matrix(np.ones((2, 2)), np.ones(2))),
        ("gram", lambda: mixing_matrix(np.full((2, 2, 1), np.inf), np.ones(2))),
        ("energy", lambda: mixing_matrix(np.ones((2, 2, 1)), np.ones(3))),
        ("scale", lambda: mixing_matrix(np.ones((2, 2, 1)), np.ones(2), scale="some")),
        ("order", lambda: pcgrad_matrix(np.eye(3), (0, 1, 1))),
        ("blocks", lambda: mix(np.ones((2, 2, 5)), np.ones((2, 4)))),
    ],
)
def test_bad_input_is_named(name, call):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()


def test_mgda_of_three_names_the_argument():
    with pytest.raises(ValueError, match=r"gram: got 3 modalities, expected a pair"):
        mgda_matrix(np.eye(3))
