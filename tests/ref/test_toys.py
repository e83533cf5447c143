"""Toys: gradients are exact, dials do what they say, the quadratic by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rgm_ref.energy import step_energy
from rgm_ref.oracles import finite_difference
from rgm_ref.plane import balance, nonconflict
from rgm_ref.toys import Classifier, Quadratic, directions, scales
from rgm_ref.views import Views

# Central differences: truncation h² ~ 1e-10 and rounding eps/h ~ 2e-11, on values of order 1.
CLOSE = {"rtol": 1e-7, "atol": 1e-9}


def classifier(rng, modalities=2, **options):
    signal = np.linspace(3, 1, modalities)
    return Classifier(Views.sample(rng, 12, width=5, signal=signal, dispute=0.3), **options)


def trained_everywhere(problem) -> list[int]:
    """Positions of the parameters that move: the head of logistic regression does not."""
    count = len(problem.start())
    return list(range(count // 2 if getattr(problem, "hidden", True) is False else count))


PROBLEMS = {
    "quadratic": lambda rng, M: Quadratic(2.0, 0.3, M),
    "logistic": lambda rng, M: classifier(rng, M, hidden=False, imbalance=2.0, agreement=0.3),
    "two layers": lambda rng, M: classifier(rng, M, imbalance=2.0, agreement=0.3),
}


@pytest.mark.parametrize("modalities", [2, 3])
@pytest.mark.parametrize("name", PROBLEMS)
def test_parameter_gradients_are_exact(name, modalities, rng):
    problem = PROBLEMS[name](rng, modalities)
    parameters = [p + 0.1 * rng.normal(size=p.shape) for p in problem.start()]
    now = problem.evaluate(parameters)
    for k in trained_everywhere(problem):

        def loss(x, k=k):
            return problem.evaluate([*parameters[:k], x, *parameters[k + 1 :]]).loss

        expected = finite_difference(loss, parameters[k])
        np.testing.assert_allclose(now.pull(now.gradients)[k], expected, **CLOSE)


@pytest.mark.parametrize("hidden", [False, True])
def test_feature_gradients_are_exact(hidden, rng):
    problem = classifier(rng, 3, hidden=hidden)
    parameters = problem.start()
    labels, heads = problem.data.labels, np.stack(parameters[3:])

    def loss(z):
        logits = np.einsum("mnd,mdk->nk", z, heads)
        return np.mean(np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(labels)), labels])

    expected = finite_difference(loss, problem.features(parameters))
    np.testing.assert_allclose(problem.evaluate(parameters).gradients, expected, **CLOSE)


def test_the_head_of_logistic_regression_stays(rng):
    problem = classifier(rng, hidden=False)
    now = problem.evaluate(problem.start())
    assert all((block == 0).all() for block in now.pull(now.gradients)[2:])


def test_the_quadratic_by_hand():
    problem = Quadratic(imbalance=2, agreement=0)  # targets (1, 0) and (0, 1), λ = (2, 1)
    now = problem.evaluate(problem.start())
    assert now.loss == pytest.approx(1.5)  # 2/2 + 1/2
    np.testing.assert_allclose(now.gradients, [[-2, 0], [0, -1]])
    energy = step_energy(now.gradients, 0.1)
    np.testing.assert_allclose(energy, [0.04, 0.01])  # so w = 4/5 and w̄ = 8 · 4/25 − 1
    assert balance(energy)[0, 1] == pytest.approx(0.28)
    after = problem.evaluate([np.array([0.2, 0.0]), np.array([0.0, 0.1])])
    assert after.loss == pytest.approx(1.045)  # 0.8² + 0.9²/2


@given(st.integers(2, 5), st.floats(-0.25, 1))
def test_directions_are_unit_vectors_with_the_asked_cosine(modalities, agreement):
    gram = directions(modalities, agreement) @ directions(modalities, agreement).T
    expected = np.where(np.eye(modalities, dtype=bool), 1, agreement)
    np.testing.assert_allclose(gram, expected, atol=1e-14)  # a few eps


@pytest.mark.parametrize("agreement", [-1.0, -0.4, 0.0, 1.0])
def test_the_dials_of_the_quadratic_set_its_start(agreement):
    problem = Quadratic(imbalance=3, agreement=agreement)
    g = problem.evaluate(problem.start()).gradients
    assert nonconflict(g)[0, 1] == pytest.approx(agreement, abs=1e-14)
    energy = step_energy(g, 1.0)
    assert energy[0] / energy[1] == pytest.approx(9)


def test_the_dials_of_the_classifier_move_its_start(rng):
    def start(**dials):
        problem = classifier(rng, width=200, **dials)  # wide: the random head is near its mean
        g = problem.evaluate(problem.start()).gradients
        energy = (g**2).sum(axis=(1, 2))
        return energy[0] / energy[1], nonconflict(g)[0, 1].mean()

    # 4 classes × 200 weights: energies and cosines are within a few 1/√200 of their means.
    assert start(imbalance=4.0)[0] == pytest.approx(16, rel=0.5)
    assert start(agreement=-0.8)[1] == pytest.approx(-0.8, abs=0.15)


def test_the_mirror_is_the_same_function(rng):
    problem = classifier(rng)
    parameters = problem.start()
    here, there = problem.evaluate(parameters), problem.evaluate(problem.mirror(parameters))
    assert there.loss == pytest.approx(here.loss, rel=1e-14)
    np.testing.assert_allclose(there.gradients, here.gradients * [[[1]], [[-1]]], rtol=1e-12)
    np.testing.assert_array_equal(
        nonconflict(there.gradients)[0, 1], -nonconflict(here.gradients)[0, 1]
    )


def test_a_seed_fixes_the_start(rng):
    problem = classifier(rng)
    for x, y in zip(problem.start(), problem.start(), strict=True):
        np.testing.assert_array_equal(x, y)
    other = Classifier(problem.data, seed=1)
    assert not np.array_equal(problem.start()[0], other.start()[0])


def test_probabilities_and_accuracy(rng):
    problem = classifier(rng)
    p = problem.probabilities(problem.start())
    assert p.shape == (12, 4)
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-14)
    hits = (p.argmax(axis=1) == problem.data.labels).sum()
    assert problem.accuracy(problem.start()) == hits / 12


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="modalities"):
        directions(1, 0.0)
    with pytest.raises(ValueError, match="agreement"):
        directions(3, -0.6)  # three vectors oppose by at most −1/2
    with pytest.raises(ValueError, match="imbalance"):
        scales(2, 0.0)
    with pytest.raises(ValueError, match="agreement"):
        Quadratic(agreement=2.0).evaluate([np.zeros(2)] * 2)
