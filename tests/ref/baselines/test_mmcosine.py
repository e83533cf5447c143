"""MMCosine: cosine logits, their invariances, the floor of the loss."""

import numpy as np
import pytest

from rgm_ref.baselines.mmcosine import cosines, logits, loss_floor
from rgm_ref.head import softmax
from rgm_ref.oracles import finite_difference

HEADS = [np.array([[6.0, 8], [-4, 3]]).T, np.array([[0.0, 5], [2, 0]]).T]  # columns: classes


def loss(features, heads, label, scale=10.0):
    return float(-np.log(softmax(logits(features, heads, scale))[:, label]).mean())


def test_logits_by_hand():
    features = [np.array([[3.0, 4]]), np.array([[2.0, 0]])]
    np.testing.assert_allclose(logits(features, HEADS), [[10, 10]], rtol=1e-14)
    assert loss(features, HEADS, 0) == pytest.approx(np.log(2), rel=1e-14)
    features[1] = np.array([[1.0, 1]])
    np.testing.assert_allclose(logits(features, HEADS), [[17.07, 7.07]], atol=5e-3)
    assert loss(features, HEADS, 0) == pytest.approx(4.5e-5, abs=1e-6)


def test_lengths_do_not_matter(rng):
    z = [rng.normal(size=(5, 4)), rng.normal(size=(5, 3)), rng.normal(size=(5, 2))]
    w = [rng.normal(size=(4, 6)), rng.normal(size=(3, 6)), rng.normal(size=(2, 6))]
    longer = [z_k * rng.uniform(0.1, 9, (5, 1)) for z_k in z]
    wider = [w_k * rng.uniform(0.1, 9, 6) for w_k in w]
    np.testing.assert_allclose(logits(longer, wider), logits(z, w), rtol=1e-12)
    assert np.abs(logits(z, w)).max() <= 30


def test_each_block_has_its_own_norm(rng):
    """Named wrong twin: dividing by the length of the whole column of [W_1; W_2]."""
    z, w = rng.normal(size=(2, 5, 4)), rng.normal(size=(2, 4, 3))
    whole = np.linalg.norm(np.concatenate(list(w)), axis=0)
    twin = 10 * sum(
        z_k @ w_k / np.linalg.norm(z_k, axis=1, keepdims=True) / whole
        for z_k, w_k in zip(z, w, strict=True)
    )
    assert np.abs(twin - logits(list(z), list(w))).max() > 0.5


def test_the_gradient_is_orthogonal_to_the_feature(rng):
    z, w = rng.normal(size=(2, 1, 4)), rng.normal(size=(2, 4, 3))
    slope = finite_difference(lambda first: loss([first, z[1]], list(w), 0), z[0])
    assert np.abs(slope).max() > 1e-3
    assert (slope * z[0]).sum() == pytest.approx(0, abs=1e-8)


def test_floor_by_hand():
    assert loss_floor(6, 2, 10.0) == pytest.approx(1.9e-10, rel=0.02)
    assert loss_floor(6, 2, 1.0) == pytest.approx(0.374, abs=5e-4)


@pytest.mark.parametrize("modalities", [2, 3])
def test_the_floor_is_reached_by_a_simplex(modalities):
    simplex = np.eye(4) - 1 / 4  # columns with pairwise cosine −1/3
    value = loss([simplex[:1]] * modalities, [simplex] * modalities, 0, 2.0)
    assert value == pytest.approx(loss_floor(4, modalities, 2.0), rel=1e-12)


def test_a_zero_feature_says_nothing():
    np.testing.assert_array_equal(cosines(np.zeros((1, 2)), HEADS[0]), 0)


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("head", lambda: cosines(np.ones((1, 3)), HEADS[0])),
        ("heads", lambda: logits([np.ones((1, 2))], HEADS)),
        ("scale", lambda: logits([np.ones((1, 2))] * 2, HEADS, 0.0)),
    ],
)
def test_bad_input_is_named(name, call):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
