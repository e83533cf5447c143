"""Changes of basis: what a model cannot feel, and what moves on the plane all the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from rgm_ref.gauge import change_basis, haar_rotation, null_variance, turn_to
from rgm_ref.head import head_gradients, residual, to_logits
from rgm_ref.plane import curvature_conflict, logit_conflict, nonconflict
from tests.samplers import REGULAR, SCALED, collinear, generic, opposed

FEW_ROUNDINGS = 1e-13  # products of matrices with up to 8 rows


def model(rng, width=4, classes=5):
    """Features and head blocks of two modalities, and a target."""
    return rng.normal(size=(2, width)), rng.normal(size=(2, width, classes)), np.eye(classes)[0]


def rebased(features, heads, basis):
    """The same model with the second modality in another basis."""
    z, head = change_basis(features[1], heads[1], basis)
    return np.stack([features[0], z]), np.stack([heads[0], head])


def own_and_joint(features, heads, target):
    """The modalities' own residuals, and the feature gradients of the joint loss."""
    own = to_logits(features, heads)
    joint = residual(own.sum(axis=0), target)
    return residual(own, np.stack([target] * 2)), np.stack(head_gradients(heads, joint)), joint


def assert_orthogonal(Q):
    np.testing.assert_allclose(Q @ Q.T, np.eye(len(Q)), atol=FEW_ROUNDINGS)


@given(st.integers(0, 2**32 - 1))
def test_a_turned_model_is_the_same_model_elsewhere_on_the_plane(seed):
    rng = np.random.default_rng(seed)
    features, heads, target = model(rng)
    Q = haar_rotation(4, rng)
    z, W = rebased(features, heads, Q)
    np.testing.assert_allclose(to_logits(z, W), to_logits(features, heads), atol=1e-12)
    (_, g, joint), (_, turned, joint_turned) = (
        own_and_joint(*pair, target) for pair in ((features, heads), (z, W))
    )
    np.testing.assert_allclose(turned, [g[0], Q @ g[1]], atol=1e-12)
    p = joint + target
    for invariant in (
        logit_conflict(turned, W) - logit_conflict(g, heads),
        curvature_conflict(turned, W, joint_turned + target) - curvature_conflict(g, heads, p),
    ):
        # a sure prediction leaves a residual, and a variance, formed to eps / ‖r‖
        np.testing.assert_allclose(invariant, 0, atol=1e-6)


def test_own_residuals_stand_every_basis_and_pushes_every_scale(rng):
    features, heads, target = model(rng)
    own, g, _ = own_and_joint(features, heads, target)
    z, W = rebased(features, heads, rng.normal(size=(4, 4)) + 3 * np.eye(4))
    np.testing.assert_allclose(own_and_joint(z, W, target)[0], own, atol=1e-11)
    z, W = rebased(features, heads, 7.0 * np.eye(4))
    scaled = own_and_joint(z, W, target)[1]
    np.testing.assert_allclose(scaled[1], g[1] / 7, atol=FEW_ROUNDINGS)
    np.testing.assert_allclose(
        logit_conflict(scaled, W), logit_conflict(g, heads), atol=FEW_ROUNDINGS
    )


@pytest.mark.parametrize("cosine", [-1.0, -0.3, 0.0, 0.999, 1.0])
@pytest.mark.parametrize("sampler", [*REGULAR, *SCALED, collinear, opposed])
def test_a_pair_can_be_turned_to_any_cosine(sampler, cosine, rng):
    g = sampler(rng, 2, 3)
    Q = turn_to(g, cosine)
    assert_orthogonal(Q)
    c = nonconflict(np.stack([g[0], Q @ g[1]]))[0, 1]
    assert c == pytest.approx(cosine, abs=FEW_ROUNDINGS)


@pytest.mark.parametrize("start", [-1.0, -0.6, 0.2, 1.0])
def test_turning_to_where_the_pair_is_or_to_its_mirror_image_is_safe(start, rng):
    g = generic(rng, 2, 2)
    g[1] = turn_to(g, start) @ g[1]
    for goal in (start, -start):
        Q = turn_to(g, goal)
        assert_orthogonal(Q)
        c = nonconflict(np.stack([g[0], Q @ g[1]]))[0, 1]
        assert c == pytest.approx(goal, abs=FEW_ROUNDINGS)


@pytest.mark.parametrize("width", [1, 2, 3, 8])
def test_haar_rotations_are_orthogonal_and_unbiased(width, rng):
    draws = np.stack([haar_rotation(width, rng) for _ in range(2000)])
    assert_orthogonal(draws[0])
    c = draws[:, 0, 0]
    # E c = 0 and E c² = 1/d: five standard errors of a mean of 2000 numbers in [−1, 1]
    assert c.mean() == pytest.approx(0, abs=5 / np.sqrt(2000 * width))
    assert (c**2).mean() == pytest.approx(null_variance(width), abs=5 / np.sqrt(2000))


def test_in_three_dimensions_the_cosine_is_uniform(rng):
    c = [haar_rotation(3, rng)[0, 0] for _ in range(2000)]  # Archimedes' hat-box theorem
    assert kstest(c, "uniform", args=(-1, 2)).pvalue > 1e-3


def test_batches_and_float32(rng):
    z, head = (rng.normal(size=shape).astype(np.float32) for shape in ((5, 6, 4), (4, 3)))
    Q = haar_rotation(4, rng).astype(np.float32)
    moved, block = change_basis(z, head, Q)
    assert {moved.dtype, block.dtype, turn_to(z[:2, 0], 0.5).dtype} == {np.dtype(np.float32)}
    one, _ = change_basis(z[2, 3], head, Q)
    # single precision: a few eps of 1e-7
    np.testing.assert_allclose(moved[2, 3], one, atol=1e-6)


@pytest.mark.parametrize(
    ("argument", "call"),
    [
        ("basis", lambda: change_basis(np.ones(3), np.ones((3, 2)), np.eye(2))),
        ("basis", lambda: change_basis(np.ones(3), np.ones((3, 2)), np.zeros((3, 3)))),
        ("head", lambda: change_basis(np.ones(3), np.ones((2, 2)), np.eye(3))),
        ("pair", lambda: turn_to(np.zeros((2, 3)), 0.0)),
        ("pair", lambda: turn_to(np.ones((2, 1)), 0.0)),
        ("pair", lambda: turn_to(np.ones((3, 3)), 0.0)),
        ("cosine", lambda: turn_to(np.ones((2, 3)), 1.5)),
        ("width", lambda: null_variance(0)),
    ],
)
def test_bad_input_is_named(argument, call):
    with pytest.raises(ValueError, match=f"^{argument}: "):
        call()
