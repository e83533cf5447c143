"""Conflict measured in the logits, where every basis of the features says the same."""

import numpy as np
import pytest

from rgm_ref.plane import curvature_conflict, logit_conflict

FEW_ROUNDINGS = 1e-14
EYE = [np.eye(3), np.eye(3)]


def test_modalities_of_different_width_meet_in_the_logits(rng):
    g, heads = [rng.normal(size=3), rng.normal(size=5)], [rng.normal(size=(d, 4)) for d in (3, 5)]
    u, v = (x @ head for x, head in zip(g, heads, strict=True))
    expected = u @ v / np.sqrt((u @ u) * (v @ v))
    assert logit_conflict(g, heads)[0, 1] == pytest.approx(expected, abs=FEW_ROUNDINGS)


def test_curvature_conflict_is_the_correlation_that_sampling_gives(rng):
    g, heads, p = rng.normal(size=(2, 4)), rng.normal(size=(2, 4, 3)), rng.dirichlet(np.ones(3))
    labels = rng.choice(3, size=40_000, p=p)
    u = np.stack([g[k] @ heads[k] for k in range(2)])[:, labels]
    found = curvature_conflict(g, heads, p)[0, 1]
    # the standard error of a correlation is at most about 2/√n here; five of them
    assert found == pytest.approx(np.corrcoef(u)[0, 1], abs=5 * 2 / np.sqrt(40_000))


def test_curvature_conflict_by_hand():
    pushes = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    p = np.array([0.5, 0.25, 0.25])  # covariance −½·¼, variances ½·½ and ¼·¾
    expected = -0.125 / np.sqrt(0.25 * 0.1875)
    assert curvature_conflict(pushes, EYE, p)[0, 1] == pytest.approx(expected, abs=FEW_ROUNDINGS)


@pytest.mark.parametrize("modalities", [2, 3, 5])
def test_both_are_symmetric_bounded_and_one_with_themselves(modalities, rng):
    g, heads = rng.normal(size=(modalities, 6)), rng.normal(size=(modalities, 6, 4))
    for c in (logit_conflict(g, heads), curvature_conflict(g, heads, rng.dirichlet(np.ones(4)))):
        np.testing.assert_array_equal(c, c.T)
        np.testing.assert_allclose(np.diagonal(c), 1, atol=FEW_ROUNDINGS)
        assert (np.abs(c) <= 1).all()


def test_pushes_without_effect_have_no_conflict():
    g = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    assert (logit_conflict(g, EYE)[0] == 0).all()
    all_logits_alike = np.ones((2, 3))  # softmax does not see a common shift
    assert (curvature_conflict(all_logits_alike, EYE, np.array([0.5, 0.25, 0.25])) == 0).all()


@pytest.mark.parametrize("scale", [1e-150, 1.0, 1e150])
def test_neither_depends_on_the_scale_of_the_gradients(scale, rng):
    g, heads, p = rng.normal(size=(2, 4)), rng.normal(size=(2, 4, 5)), rng.dirichlet(np.ones(5))
    np.testing.assert_allclose(
        logit_conflict(scale * g, heads), logit_conflict(g, heads), atol=FEW_ROUNDINGS
    )
    found = curvature_conflict(scale * g, heads, p)
    np.testing.assert_allclose(found, curvature_conflict(g, heads, p), atol=FEW_ROUNDINGS)


def test_batches_equal_the_loop_over_samples(rng):
    g, heads, p = (
        rng.normal(size=(3, 5, 4)),
        rng.normal(size=(3, 4, 6)),
        rng.dirichlet(np.ones(6), 5),
    )
    for n in range(5):
        found = logit_conflict(g, heads)[..., n], curvature_conflict(g, heads, p)[..., n]
        expected = logit_conflict(g[:, n], heads), curvature_conflict(g[:, n], heads, p[n])
        np.testing.assert_allclose(found, expected, atol=FEW_ROUNDINGS)


def test_float32_stays_float32(rng):
    g, heads = (rng.normal(size=shape).astype(np.float32) for shape in ((2, 4), (2, 4, 3)))
    p = np.full(3, 1 / 3, np.float32)
    results = logit_conflict(g, heads), curvature_conflict(g, heads, p)
    assert {result.dtype for result in results} == {np.dtype(np.float32)}


@pytest.mark.parametrize(
    ("argument", "call"),
    [
        ("heads", lambda g: logit_conflict(g[:, :2], EYE)),
        ("gradients", lambda g: logit_conflict(g[:1], EYE[:1])),
        ("probabilities", lambda g: curvature_conflict(g, EYE, np.ones(3))),
        ("probabilities", lambda g: curvature_conflict(g, EYE, np.array([2.0, -1.0, 0.0]))),
        ("probabilities", lambda g: curvature_conflict(g, EYE, np.ones(2) / 2)),
    ],
)
def test_bad_input_is_named(argument, call):
    with pytest.raises(ValueError, match=f"^{argument}: "):
        call(np.ones((2, 3)))
