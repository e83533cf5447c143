"""AL (BMMAL): Shapley shares, scales and embeddings of samples."""

import numpy as np
import pytest

from rgm_ref.baselines import al
from rgm_ref.baselines.coalitions import coalition_logits, shapley
from rgm_ref.head import softmax

sizes = pytest.mark.parametrize("modalities", [2, 3])


def sample(rng, modalities, n=7, classes=4):
    parts = 2 * rng.normal(size=(modalities, n, classes))
    return softmax(coalition_logits(parts, rng.normal(size=classes)))


@sizes
def test_contributions_are_efficient(modalities, rng):
    p = sample(rng, modalities)
    np.testing.assert_allclose(shapley(p).sum(axis=0), p[-1] - p[0], atol=1e-14)


def test_shares_of_a_pair_written_out(rng):
    nothing, p1, p2, both = p = sample(rng, 2)
    first, second = (both - p2 + p1 - nothing) / 2, (both - p1 + p2 - nothing) / 2
    at = np.arange(7), both.argmax(axis=1)
    total = np.abs(first[at]) + np.abs(second[at])
    expected = np.abs([first[at], second[at]]) / total
    np.testing.assert_allclose(al.shares(p), expected, rtol=1e-12)
    np.testing.assert_allclose(al.shares(p).sum(axis=0), 1, rtol=1e-13)


def test_scales_by_hand():
    shares = np.array([[0.8, 0.5], [0.2, 0.5]])
    np.testing.assert_allclose(al.scales(shares), [[1, 1], [0.4, 1]], rtol=1e-13)


def test_a_modality_without_influence_gets_nothing(rng):
    parts = 2 * rng.normal(size=(2, 5, 3))
    parts[1] = 0
    shares = al.shares(softmax(coalition_logits(parts, rng.normal(size=3))))
    np.testing.assert_allclose(shares, [[1] * 5, [0] * 5], atol=1e-14)
    np.testing.assert_allclose(al.scales(shares)[1], 0, atol=1e-14)


def test_no_modality_at_all_has_influence():
    p = softmax(coalition_logits(np.zeros((2, 1, 3)), np.array([0.0, 1, 2])))
    np.testing.assert_array_equal(al.shares(p), 0)
    np.testing.assert_array_equal(al.scales(al.shares(p)), 1)


@sizes
def test_equal_shares_leave_the_embedding_alone(modalities, rng):
    p, z = sample(rng, modalities)[-1], [rng.normal(size=(7, d)) for d in range(2, 2 + modalities)]
    scales = al.scales(np.full((modalities, 7), 1 / modalities))
    np.testing.assert_array_equal(scales, 1)
    embedding = al.embedding(p, z, scales)
    residual = p - np.eye(4)[p.argmax(axis=1)]
    i = 3
    expected = np.concatenate([np.outer(residual[i], z_k[i]).ravel() for z_k in z])
    np.testing.assert_allclose(embedding[i], expected, rtol=1e-13)


@sizes
def test_distances_without_the_embedding(modalities, rng):
    p, z = sample(rng, modalities), [rng.normal(size=(7, d)) for d in range(2, 2 + modalities)]
    scales = al.scales(al.shares(p))
    G = al.embedding(p[-1], z, scales)
    for centre in range(7):
        expected = ((G - G[centre]) ** 2).sum(axis=1)
        np.testing.assert_allclose(
            al.squared_distances(p[-1], z, scales, centre), expected, atol=1e-12
        )


def test_dominated_samples_have_shorter_embeddings(rng):
    p, z = sample(rng, 2)[-1], [np.ones((7, 3)), np.ones((7, 3))]
    even, uneven = np.full((2, 7), 0.5), np.tile([[0.9], [0.1]], 7)
    lengths = [
        np.linalg.norm(al.embedding(p, z, al.scales(shares)), axis=1) for shares in (even, uneven)
    ]
    assert (lengths[1] < lengths[0]).all()


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("probabilities", lambda: al.shares(np.ones((4, 2, 3)))),
        ("values", lambda: al.shares(np.full((3, 2, 2), 0.5))),
    ],
)
def test_bad_input_is_named(name, call):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
