"""Eq. 1: every fusion hands each modality g · J_k."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from rgm_ref import fusion
from rgm_ref.oracles import finite_difference

DIFFERENCES = {"rtol": 1e-7, "atol": 1e-9}  # central, step 1e-5: 1e-10 truncated, 1e-11 rounded
FEW_ROUNDINGS = 1e-14
MODALITIES = [2, 3, 5]


def fusions(rng, modalities):
    """Each fusion as (fuse, features, vjp of g); gated and FiLM join two modalities."""
    scale, shift = rng.normal(size=(2, 4, 3))
    wide = [rng.normal(size=2 + k) for k in range(modalities)]
    alike = list(rng.normal(size=(modalities, 4)))
    widths = tuple(z.size for z in wide)
    return {
        "concat": (fusion.concat, wide, lambda z, g: fusion.concat_vjp(widths, g)),
        "add": (fusion.add, alike, lambda z, g: fusion.add_vjp(modalities, g)),
        "gated": (fusion.gated, alike[:2], lambda z, g: fusion.gated_vjp(*z, g)),
        "film": (
            lambda z_i, z_j: fusion.film(z_i, z_j, scale, shift),
            [rng.normal(size=3), rng.normal(size=4)],
            lambda z, g: fusion.film_vjp(*z, scale, shift, g),
        ),
    }


NAMES = ["concat", "add", "gated", "film"]


def assert_is_the_gradient(fuse, features, gradients, g):
    """g_k against differences of the linear loss g · f, in one feature at a time."""
    for k, found in enumerate(gradients):

        def loss(z, k=k):
            return g @ fuse(*features[:k], z, *features[k + 1 :])

        np.testing.assert_allclose(found, finite_difference(loss, features[k]), **DIFFERENCES)


@pytest.mark.parametrize("modalities", MODALITIES)
@pytest.mark.parametrize("name", NAMES)
def test_vjp_is_the_gradient(name, modalities, rng):
    fuse, features, vjp = fusions(rng, modalities)[name]
    g = rng.normal(size=fuse(*features).shape)
    assert_is_the_gradient(fuse, features, vjp(features, g), g)


@given(st.sampled_from(NAMES), st.integers(0, 2**32 - 1))
def test_vjp_is_linear_in_g(name, seed):
    rng = np.random.default_rng(seed)
    fuse, features, vjp = fusions(rng, 2)[name]
    g, h = rng.normal(size=(2, *fuse(*features).shape))
    parts = zip(vjp(features, g), vjp(features, h), vjp(features, 2 * g - h), strict=True)
    for of_g, of_h, of_both in parts:
        # a handful of products of numbers up to about 10, which may cancel
        np.testing.assert_allclose(of_both, 2 * of_g - of_h, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_batches_equal_the_loop_over_samples(name, rng):
    fuse, features, vjp = fusions(rng, 2)[name]
    batch = [rng.normal(size=(5, 3, *z.shape)) for z in features]
    fused = fuse(*batch)
    g = rng.normal(size=fused.shape)
    for n in np.ndindex(5, 3):
        sample = [z[n] for z in batch]
        np.testing.assert_allclose(fused[n], fuse(*sample), atol=FEW_ROUNDINGS)
        for whole, one in zip(vjp(batch, g), vjp(sample, g[n]), strict=True):
            np.testing.assert_allclose(whole[n], one, atol=FEW_ROUNDINGS)


@pytest.mark.parametrize("name", NAMES)
def test_float32_stays_float32(name, rng):
    fuse, features, _ = fusions(rng, 2)[name]
    single = [z.astype(np.float32) for z in features]
    widths = tuple(z.size for z in single)
    matrices = rng.normal(size=(2, 4, 3)).astype(np.float32)
    fused = fusion.film(*single, *matrices) if name == "film" else fuse(*single)
    vjps = {
        "concat": lambda: fusion.concat_vjp(widths, fused),
        "add": lambda: fusion.add_vjp(2, fused),
        "gated": lambda: fusion.gated_vjp(*single, fused),
        "film": lambda: fusion.film_vjp(*single, *matrices, fused),
    }
    assert {array.dtype for array in (fused, *vjps[name]())} == {np.dtype(np.float32)}


def test_concatenation_hands_out_slices():
    first, second = fusion.concat_vjp((1, 2), np.array([5.0, 6.0, 7.0]))
    assert (first.tolist(), second.tolist()) == ([5.0], [6.0, 7.0])


def test_sum_fusion_gives_every_modality_its_own_copy_of_g():
    parts = fusion.add_vjp(3, np.array([1.0, -2.0]))
    parts[0][:] = 0
    assert [part.tolist() for part in parts] == [[0.0, 0.0], [1.0, -2.0], [1.0, -2.0]]


def test_by_hand():
    z_i, z_j, g = np.zeros(1), np.array([3.0]), np.array([2.0])  # σ(0) = ½, σ′(0) = ¼
    assert fusion.gated(z_i, z_j) == [1.5]
    assert [float(part[0]) for part in fusion.gated_vjp(z_i, z_j, g)] == [1.5, 1.0]
    scale, shift = np.array([[4.0]]), np.array([[5.0]])
    assert fusion.film(np.array([2.0]), z_j, scale, shift) == [34.0]  # (4·2)·3 + 5·2
    found = fusion.film_vjp(np.array([2.0]), z_j, scale, shift, g)
    assert [float(part[0]) for part in found] == [34.0, 16.0]  # 4·(2·3) + 5·2 and 2·(4·2)


def test_sigmoid_matches_scipy_over_the_whole_range():
    x = np.linspace(-700, 700, 2801)
    # e^{-L} amplifies the rounding of L by L itself, up to 700 eps
    np.testing.assert_allclose(fusion.sigmoid(x), expit(x), rtol=700 * 2.3e-16)
    assert fusion.sigmoid(np.array([-1e300, 1e300])).tolist() == [0.0, 1.0]


@pytest.mark.parametrize(
    ("argument", "call"),
    [
        ("features", lambda z: fusion.concat(z)),
        ("features", lambda z: fusion.concat(z, np.stack([z, z]))),
        ("features", lambda z: fusion.add(z)),
        ("features", lambda z: fusion.add(z, z[:2])),
        ("features", lambda z: fusion.add(z, z * np.nan)),
        ("g", lambda z: fusion.concat_vjp((1, 1), z)),
        ("z_i, z_j", lambda z: fusion.gated(z, z[:1])),
        ("z_i, z_j, g", lambda z: fusion.gated_vjp(z, z, z[:1])),
        ("scale", lambda z: fusion.film(z, z, np.eye(2), np.eye(3))),
        ("shift", lambda z: fusion.film(z, z, np.eye(3), np.eye(2))),
        ("z_j, g", lambda z: fusion.film_vjp(z, z, np.eye(3), np.eye(3), z[:2])),
    ],
)
def test_bad_input_is_named(argument, call):
    with pytest.raises(ValueError, match=f"^{argument}: "):
        call(np.ones(3))
