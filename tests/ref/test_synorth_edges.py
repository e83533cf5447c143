"""SynOrth at its edges: every class of gradients, scales, zeros, float32, batches, bad input."""

import math

import numpy as np
import pytest

from rgm_ref.orthogonal import FORMS
from rgm_ref.synorth import synorth
from tests import samplers

classes = pytest.mark.parametrize("sample", samplers.ALL, ids=lambda sample: sample.__name__)
sizes = pytest.mark.parametrize("modalities", [2, 3, 5])


@pytest.mark.parametrize("modalities", [2, 3])
@pytest.mark.parametrize("orth", FORMS)
@classes
def test_every_class_is_finite_and_homogeneous(sample, orth, modalities, rng):
    g, energy = sample(rng, modalities, 6), rng.gamma(1, size=modalities)
    step = synorth(g, energy, 3, orth=orth)
    assert np.isfinite(step).all()
    # Powers of two scale without rounding, so the answer scales bit by bit.
    np.testing.assert_array_equal(
        synorth(g * 2.0**-20, energy * 2.0**-40, 3, orth=orth), step * 2.0**-20
    )
    np.testing.assert_array_equal(synorth(g, energy * 2.0**800, 3, orth=orth), step)


def test_scale_does_not_change_the_direction(rng):
    g, energy = samplers.generic(rng, 2, 6), np.array([1.0, 3.0])
    for scale in (1e-150, 1e150):
        np.testing.assert_allclose(
            synorth(g * scale, energy, 2) / scale, synorth(g, energy, 2), rtol=1e-13
        )


def test_zero_gradient_and_zero_energy_have_the_documented_values(rng):
    g = samplers.one_zero(rng, 2, 6)
    step = synorth(g, np.array([1.0, 4.0]), 2)
    assert (step[0] == 0).all()
    # w = 4/5: √r (1 + √w)/2 with r = 5/8.
    np.testing.assert_allclose(
        step[1], math.sqrt(5 / 8) * (1 + math.sqrt(4 / 5)) / 2 * g[1], rtol=1e-14
    )
    pair = samplers.generic(rng, 2, 6)
    np.testing.assert_array_equal(synorth(pair, np.zeros(2), 2), synorth(pair, np.ones(2), 2))
    assert (synorth(np.zeros((3, 4)), np.ones(3), 2) == 0).all()


@sizes
def test_float32_stays_float32_whatever_the_energies(modalities, rng):
    g, energy = samplers.generic(rng, modalities, 6), rng.gamma(1, size=modalities)
    step = synorth(g.astype(np.float32), energy * 1e-60, 2)
    assert step.dtype == np.float32
    np.testing.assert_allclose(step, synorth(g, energy, 2), rtol=1e-4, atol=1e-4)


@sizes
def test_leading_dimensions_equal_the_loop(modalities, rng):
    g, energy = rng.normal(size=(modalities, 2, 3, 6)), rng.gamma(1, size=(modalities, 2, 3))
    together, shared = synorth(g, energy, 2), synorth(g, energy[:, 0, 0], 2)
    for at in np.ndindex(2, 3):
        here = (slice(None), *at)
        np.testing.assert_allclose(
            together[here], synorth(g[here], energy[here], 2), rtol=1e-12, atol=1e-13
        )
        np.testing.assert_allclose(
            shared[here], synorth(g[here], energy[:, 0, 0], 2), rtol=1e-12, atol=1e-13
        )


@pytest.mark.parametrize(
    ("name", "arguments", "options"),
    [
        ("energy", (np.ones((2, 4)), np.ones(3)), {}),
        ("energy", (np.ones((2, 5, 4)), np.ones((2, 4))), {}),
        ("energy", (np.ones((2, 4)), np.array([1.0, -1])), {}),
        ("gradients", (np.full((2, 4), np.nan), np.ones(2)), {}),
        ("gradients", (np.ones((1, 4)), np.ones(1)), {}),
        ("blocks", (np.ones((2, 4)), np.ones(2), 5), {}),
        ("orth", (np.ones((2, 4)), np.ones(2)), {"orth": "swapped"}),
        ("slope", (np.ones((2, 4)), np.ones(2)), {"slope": "steep"}),
        ("scale", (np.ones((2, 4)), np.ones(2)), {"scale": "none"}),
        ("parts", (np.ones((2, 4)), np.ones(2)), {"parts": ("ear", "nose")}),
    ],
)
def test_bad_input_is_named(name, arguments, options):
    with pytest.raises(ValueError, match=f"^{name}:"):
        synorth(*arguments, **options)
