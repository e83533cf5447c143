"""Orthogonalisation of M gradients at once: the polar frame, and the two problems it solves."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import orthogonal_procrustes

from rgm_ref.frame import fixed_length_frame, nearest_frame, polar
from rgm_ref.oracles import nearest_orthogonal
from rgm_ref.orthogonal import adjust
from tests import samplers

EPS = np.finfo(float).eps
classes = pytest.mark.parametrize("sample", samplers.ALL, ids=lambda sample: sample.__name__)
sizes = pytest.mark.parametrize("modalities", [2, 3, 5])


def assert_mutually_orthogonal(turned, g):
    """Every g̃_i·g̃_j is rounding of ‖g_i‖ ‖g_j‖ (64 eps: an SVD's own error in d = 6)."""
    lengths = np.linalg.norm(g / np.abs(g).max(initial=1e-300), axis=-1)
    scaled = turned / np.abs(g).max(initial=1e-300)
    products = scaled @ scaled.T - np.diag((scaled**2).sum(axis=-1))
    assert (np.abs(products) <= 64 * EPS * np.outer(lengths, lengths)).all()


def cost(turned, g, w):
    return (w[:, None] * (turned - g) ** 2).sum()


def simplex(modalities, width):
    """Unit gradients with every cosine −1/(M−1)."""
    corners = np.eye(modalities, width)
    corners[:, :modalities] -= 1 / modalities
    return corners / np.linalg.norm(corners, axis=-1, keepdims=True)


@classes
@sizes
@pytest.mark.parametrize("solve", [nearest_frame, fixed_length_frame])
def test_result_is_orthogonal(solve, sample, modalities, rng):
    g, w = sample(rng, modalities, 6), samplers.shares(rng, modalities)
    assert_mutually_orthogonal(solve(g, w), g)


@classes
@sizes
def test_lengths_are_kept_or_shortened(sample, modalities, rng):
    g, w = sample(rng, modalities, 6), samplers.shares(rng, modalities)
    lengths = np.linalg.norm(g, axis=-1)
    kept = np.linalg.norm(fixed_length_frame(g, w), axis=-1)
    np.testing.assert_allclose(kept, lengths, rtol=16 * EPS)
    assert (np.linalg.norm(nearest_frame(g, w), axis=-1) <= lengths * (1 + 16 * EPS)).all()


@sizes
def test_polar_is_procrustes(modalities, rng):
    """SciPy turns the first M axes onto the vectors: the same frame, by another route."""
    g = samplers.generic(rng, modalities, 6)
    axes = np.eye(modalities, 6)
    turned = axes @ orthogonal_procrustes(axes, g)[0]
    np.testing.assert_allclose(polar(g), turned, rtol=0, atol=1e-13)


@given(st.integers(0, 10_000))
@settings(max_examples=30)
def test_pairs_agree_with_the_closed_form(seed):
    rng = np.random.default_rng(seed)
    g, w = samplers.generic(rng, 2, 4), rng.uniform(0.1, 1, 2)
    # 1e-7: the ascent stops where a hundred steps gain nothing, √eps away at worst.
    np.testing.assert_allclose(
        nearest_frame(g, w), g + adjust(g, w, "exact"), rtol=0, atol=1e-7 * np.abs(g).max()
    )


@pytest.mark.parametrize("modalities", [3, 4])
def test_no_optimizer_does_better(modalities, rng):
    for _ in range(3):
        g, w = samplers.generic(rng, modalities, 5), samplers.shares(rng, modalities)
        best = nearest_orthogonal(g, w, rng, starts=3)
        assert cost(nearest_frame(g, w), g, w) <= best.value * (1 + 1e-8)  # feasible to 1e-7


def test_no_frame_of_fixed_lengths_is_nearer(rng):
    g, w = samplers.generic(rng, 3, 4), samplers.shares(rng, 3)
    lengths = np.linalg.norm(g, axis=-1, keepdims=True)
    best = cost(fixed_length_frame(g, w), g, w)
    for _ in range(200):
        assert best <= cost(lengths * polar(rng.normal(size=(3, 4))), g, w)


@pytest.mark.parametrize("width", [5, 7])
def test_simplex_is_resolved(width):
    """M = 5, all cosines −¼: orthogonal afterwards, and each keeps (M − 1)/M of its energy."""
    g = simplex(5, width)
    turned = nearest_frame(g, np.ones(5))
    assert_mutually_orthogonal(turned, g)
    np.testing.assert_allclose((turned**2).sum(axis=-1), 4 / 5, rtol=1e-13)


def test_hand_computed():
    """Orthogonal gradients stay; a pair at 45° of equal weight turns by 22.5° on either side."""
    np.testing.assert_allclose(nearest_frame([[3.0, 0], [0, 2]], [1, 1]), [[3, 0], [0, 2]])
    # w ‖g‖² = 2 · 1 = 1 · 2: equal weights of the two directions.
    turned = fixed_length_frame([[1.0, 0], [1, 1]], [2.0, 1])
    first = [np.cos(np.pi / 8), -np.sin(np.pi / 8)]
    second = np.sqrt(2) * np.array([np.sin(np.pi / 8), np.cos(np.pi / 8)])
    np.testing.assert_allclose(turned, [first, second], rtol=8 * EPS)


@pytest.mark.parametrize("solve", [nearest_frame, fixed_length_frame])
def test_batches_and_float32(solve, rng):
    g, w = rng.normal(size=(3, 2, 4, 5)), rng.uniform(0.1, 1, (3, 2, 4))
    batched = solve(g, w)
    for index in np.ndindex(2, 4):
        at = (slice(None), *index)
        np.testing.assert_allclose(batched[at], solve(g[at], w[at]), rtol=0, atol=1e-7)
    single = solve(g.astype(np.float32), w)
    assert single.dtype == np.float32
    # √eps of float32 for the ascent (see above), times the largest entry.
    np.testing.assert_allclose(single, batched, rtol=0, atol=4e-4 * np.abs(g).max())


def test_bad_input_is_named():
    for solve in (nearest_frame, fixed_length_frame):
        with pytest.raises(ValueError, match=r"^gradients: 3 orthogonal directions"):
            solve(np.eye(3, 2), [1, 1, 1])
        with pytest.raises(ValueError, match=r"^shares:"):
            solve(np.eye(3), [1, 1])
    with pytest.raises(RuntimeError, match=r"^steps:"):
        nearest_frame([[1.0, 0], [1 + 1e-4, 0]], [1, 1], steps=100)
