"""Descent: what a run records, and that it is plain descent where nothing is modulated."""

import numpy as np
import pytest

from rgm_ref.descent import MiniBatches, descend
from rgm_ref.plane import balance, nonconflict
from rgm_ref.rules import align, ear, equalize, orthogonalize, pcgrad, rgm
from rgm_ref.toys import Classifier, Quadratic
from rgm_ref.views import Views


@pytest.fixture
def toy(rng):
    return Classifier(Views.sample(rng, 20, dispute=0.3), agreement=-0.5, imbalance=2.0)


def test_joint_training_on_the_quadratic_by_hand():
    run = descend(Quadratic(imbalance=2, agreement=0), steps=2, rate=0.1)
    np.testing.assert_allclose(run.loss, [1.5, 1.045])
    np.testing.assert_allclose(
        run.raw, [[0.04, 0.0256], [0.01, 0.0081]]
    )  # 0.2², 0.16²; 0.1², 0.09²
    np.testing.assert_allclose(run.parameters, [[0.36, 0], [0, 0.19]])


def test_without_a_rule_it_is_plain_descent(toy):
    run = descend(toy, 5, 0.7)
    parameters = toy.start()
    for loss in run.loss:
        now = toy.evaluate(parameters)
        assert loss == now.loss
        steps = now.pull(now.gradients)
        parameters = [p - 0.7 * g for p, g in zip(parameters, steps, strict=True)]
    for ours, expected in zip(run.parameters, parameters, strict=True):
        np.testing.assert_array_equal(ours, expected)
    np.testing.assert_array_equal(run.raw, run.applied)
    np.testing.assert_array_equal(run.before, run.after)


def test_it_records_energies_and_cosines_before_and_after(toy):
    run = descend(toy, 4, 0.5, orthogonalize)
    g = toy.evaluate(toy.start()).gradients
    energy = 0.25 * (g**2).sum(axis=(1, 2))
    turned = orthogonalize(g, energy)
    np.testing.assert_allclose(run.raw[:, 0], energy)
    np.testing.assert_allclose(run.applied[:, 0], 0.25 * (turned**2).sum(axis=(1, 2)))
    np.testing.assert_allclose(run.before[..., 0], nonconflict(g))
    np.testing.assert_allclose(run.after[..., 0], nonconflict(turned))
    assert run.before.shape == (2, 2, 20, 4)
    np.testing.assert_allclose(run.conflict, run.before.mean(axis=2))
    np.testing.assert_allclose(run.applied_conflict, run.after.mean(axis=2))
    np.testing.assert_allclose(run.raw_balance[..., -1], balance(run.raw.sum(axis=-1)))
    np.testing.assert_allclose(run.applied_balance[..., -1], balance(run.applied.sum(axis=-1)))


@pytest.mark.parametrize("energy", ["raw", "applied"])
def test_the_rule_sees_the_energy_that_was_asked_for(energy, toy):
    seen = []

    def half_the_first(gradients, spent):
        seen.append(spent)
        return gradients * np.array([0.5, 1.0])[:, None, None]

    run = descend(toy, 3, 0.5, half_the_first, energy)
    if energy == "raw":
        expected = np.cumsum(run.raw, axis=-1)
    else:
        past = np.cumsum(run.applied, axis=-1)[:, :-1]
        expected = np.concatenate([run.raw[:, :1], past], axis=-1)
    np.testing.assert_allclose(np.stack(seen, axis=-1), expected)
    np.testing.assert_allclose(run.applied[0], run.raw[0] / 4)


@pytest.mark.parametrize("rule", [None, align, equalize, ear, rgm])
def test_three_modalities(rule, rng):
    toy = Classifier(Views.sample(rng, 15, signal=(3, 2, 1)))
    run = descend(toy, 30, 1.0, rule)
    assert run.raw.shape == (3, 30)
    assert run.conflict.shape == (3, 3, 30)
    assert run.loss[-1] < run.loss[0]


@pytest.mark.parametrize("rule", [pcgrad, orthogonalize, align, equalize, ear, rgm])
@pytest.mark.parametrize("hidden", [False, True])
def test_every_rule_still_descends_on_the_classifiers(rule, hidden, toy):
    problem = Classifier(toy.data, hidden=hidden)
    run = descend(problem, 30, 0.5, rule)
    assert np.isfinite(run.applied).all()
    assert run.loss[-1] < run.loss[0]


def test_a_run_can_start_anywhere(toy):
    whole = descend(toy, 6, 0.5)
    half = descend(toy, 3, 0.5)
    rest = descend(toy, 3, 0.5, start=half.parameters)
    np.testing.assert_array_equal(np.concatenate([half.loss, rest.loss]), whole.loss)


def test_mini_batches_are_unbiased_and_seeded(toy, rng):
    parameters = toy.start()
    exact = toy.evaluate(parameters)
    full = exact.pull(exact.gradients)[0]
    noisy = MiniBatches(toy, 5, rng)
    draws = []
    for _ in range(2000):
        now = noisy.evaluate(parameters)
        draws.append(now.pull(now.gradients)[0])
    error = np.abs(np.mean(draws, axis=0) - full)
    assert (error < 5 * np.std(draws, axis=0) / np.sqrt(2000)).all()  # 5 σ of a mean
    one, same = (
        descend(MiniBatches(toy, 5, np.random.default_rng(3)), 4, 0.5).loss for _ in range(2)
    )
    np.testing.assert_array_equal(one, same)


def test_bad_input_is_named(toy):
    with pytest.raises(ValueError, match="steps"):
        descend(toy, 0, 0.1)
    with pytest.raises(ValueError, match="rate"):
        descend(toy, 1, -0.1)
    with pytest.raises(ValueError, match="energy"):
        descend(toy, 1, 0.1, energy="both")
