"""What each modality knows: drops by hand, the decomposition by hand, by brute force, by design."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from rgm_torch.data import bounce_labels
from rgm_torch.study import knowledge
from rgm_torch.study.results import Study

ATOMS = ("redundant", "unique audio", "unique video", "synergy")
BIT = 1e-4  # the decomposition is solved to about 1e-5 bit


def function(y, classes: int, seen: int = 2) -> np.ndarray:
    """The law of y(a, v) for independent, even a ∈ {0, 1} and v ∈ {0, …, seen − 1}."""
    law = np.zeros((classes, 2, seen))
    for a, v in np.ndindex(2, seen):
        law[y(a, v), a, v] = 1 / (2 * seen)
    return law


COPY = np.zeros((2, 2, 2))
COPY[[0, 1], [0, 1], [0, 1]] = 0.5
SUPPRESSOR = np.zeros((2, 2, 3))  # y = v − a, a and y fair and independent
SUPPRESSOR[[0, 0, 1, 1], [0, 1, 0, 1], [0, 1, 1, 2]] = 0.25
AND_SHARED = 2 - 0.75 * np.log2(3) - 0.5  # H(¼) − ½

HAND = {
    "copy": (COPY, (1, 0, 0, 0)),
    "xor": (function(lambda a, v: a ^ v, 2), (0, 0, 0, 1)),
    "and": (function(lambda a, v: a & v, 2), (AND_SHARED, 0, 0, 0.5)),
    "each its own": (function(lambda a, v: 2 * a + v, 4), (0, 1, 1, 0)),
    "audio alone": (function(lambda a, v: a, 2), (0, 1, 0, 0)),
    "suppressor": (SUPPRESSOR, (0, 0, 0.5, 0.5)),
}


# --- the decomposition ---------------------------------------------------------------------------


@pytest.mark.parametrize(("law", "expected"), HAND.values(), ids=HAND)
def test_atoms_are_those_computed_by_hand(law, expected):
    found = knowledge.decompose(law)
    assert tuple(found) == ATOMS
    assert list(found.values()) == pytest.approx(expected, abs=BIT)


def brute_force(law: np.ndarray) -> float:
    """U_a of two classes and 2 × 2 views: one number per class is free, and each is searched."""

    def told(t0: float, t1: float) -> float:
        moved = law + np.array([t0, t1])[:, None, None] * [[1, -1], [-1, 1]]
        q = np.maximum(moved, 0)
        return knowledge.information(q.reshape(2, 4)) - knowledge.information(q.sum(axis=1))

    low = -np.minimum(law[:, 0, 0], law[:, 1, 1])
    high = np.minimum(law[:, 0, 1], law[:, 1, 0])

    def best_t1(t0: float) -> float:
        within = {"bounds": (low[1], high[1]), "method": "bounded", "options": {"xatol": 1e-9}}
        return minimize_scalar(lambda t1: told(t0, t1), **within).fun

    return min(best_t1(t0) for t0 in np.linspace(low[0], high[0], 201))


@pytest.mark.parametrize("seed", range(4))
def test_unique_information_is_that_of_brute_force(seed):
    law = np.random.default_rng(seed).dirichlet(np.ones(8)).reshape(2, 2, 2)
    found, searched = knowledge.decompose(law)["unique audio"], brute_force(law)
    # a convex function on a grid of 201 is above its minimum, here by less than 1e-3 bit
    assert searched - 1e-3 < found < searched + BIT


def test_random_laws_keep_the_rules_of_the_atoms():
    for seed in range(5):
        law = np.random.default_rng(seed).dirichlet(np.full(18, 0.3)).reshape(3, 2, 3)
        atoms = knowledge.decompose(law)
        assert min(atoms.values()) > -BIT
        assert sum(atoms.values()) == pytest.approx(knowledge.information(law.reshape(3, 6)))
        mirrored = knowledge.decompose(law.swapaxes(1, 2))
        assert mirrored["unique audio"] == pytest.approx(atoms["unique video"], abs=10 * BIT)
        assert mirrored["synergy"] == pytest.approx(atoms["synergy"], abs=10 * BIT)


def test_generated_labels_have_the_atoms_they_claim():
    # r seen and heard, a heard, v seen: A = (r, a), V = (r, v), y = (r, a, v), all of two values
    law = np.zeros((8, 4, 4))
    for r, a, v in np.ndindex(2, 2, 2):
        law[r + 2 * a + 4 * v, r + 2 * a, r + 2 * v] = 1 / 8
    claimed = bounce_labels.atoms(2, 2, 2, 1)
    assert knowledge.decompose(law) == pytest.approx(claimed, abs=BIT)


@pytest.mark.parametrize(
    "law", [np.ones((2, 2)), np.ones((2, 2, 2)), np.array([[[1.5]], [[-0.5]]])]
)
def test_what_is_no_law_is_refused(law):
    with pytest.raises(ValueError, match="law"):
        knowledge.decompose(law)


# --- the truth of the settings -------------------------------------------------------------------


def test_truths_are_those_of_the_dials():
    bits = {name: tuple(knowledge.truth(name).bits.values()) for name in knowledge.KNOWN}
    assert bits["redundant"] == (3, 0, 0, 0)
    assert bits["unique"] == (0, 2, 2, 0)
    assert bits["synergy"] == (0, 0, 0, 1)
    assert bits["dependent"] == pytest.approx((0, 0, 0.529, 1.293), abs=1e-3)


def test_the_best_guess_loses_what_the_other_cannot_tell():
    lost = {
        name: [knowledge.truth(name).added(modality) for modality in knowledge.PAIR]
        for name in knowledge.KNOWN
    }
    assert lost["redundant"] == [0, 0]
    assert lost["unique"] == [0.75, 0.75]
    assert lost["synergy"] == [0.5, 0.5]
    assert lost["dependent"] == pytest.approx([0.520, 0.703], abs=1e-3)


def test_other_settings_have_no_known_truth():
    with pytest.raises(ValueError, match="setting: got 'conflict'"):
        knowledge.truth("conflict")


# --- what is read from the tables ----------------------------------------------------------------


def study(*rows: tuple) -> Study:
    """Rows (setting, method, variant, seed, metric, value)."""
    names = ("setting", "method", "variant", "seed", "metric", "value")
    return Study(dict(zip(names, map(str, row), strict=True)) for row in rows)


@pytest.fixture
def measured() -> Study:
    """Two seeds of joint training; of late fusion only the first has finished."""
    joint, late = ("redundant", "joint", "default"), ("redundant", "late-fusion", "default")
    return study(
        (*joint, 0, "test_accuracy", 0.8), (*joint, 1, "test_accuracy", 0.9),
        (*joint, 0, "kept_video", 0.3), (*joint, 1, "kept_video", 0.5),
        (*joint, 0, "kept_audio", 0.7), (*joint, 1, "kept_audio", 0.7),
        (*late, 0, "test_own_accuracy_video", 0.6), (*late, 0, "test_own_accuracy_audio", 0.75),
    )  # fmt: skip


def test_a_drop_is_what_is_lost_without_the_modality(measured):
    audio = knowledge.drop(measured, "redundant", "joint", "audio")
    assert audio == pytest.approx({0: 0.5, 1: 0.4})
    video = knowledge.drop(measured, "redundant", "joint", "video")
    assert video == pytest.approx({0: 0.1, 1: 0.2})


def test_added_is_measured_against_the_other_trained_alone(measured):
    # without audio there remains video, trained alone: 0.8 − 0.6, and not 0.8 − 0.75
    assert knowledge.added(measured, "redundant", "joint", "audio") == pytest.approx({0: 0.2})
    assert knowledge.added(measured, "redundant", "joint", "video") == pytest.approx({0: 0.05})


def test_rows_are_those_of_the_search_where_there_was_one():
    tuned = (("av-digits", "rgm", "tuned", 0, metric, x) for metric, x in
             (("test_accuracy", 0.9), ("kept_video", 0.4)))  # fmt: skip
    other = (("av-digits", "rgm", "ear", 0, metric, x) for metric, x in
             (("test_accuracy", 0.8), ("kept_video", 0.7)))  # fmt: skip
    both = study(*tuned, *other)
    assert knowledge.drop(both, "av-digits", "rgm", "audio") == pytest.approx({0: 0.5})
    assert knowledge.drop(both, "av-digits", "rgm", "audio", "ear") == pytest.approx({0: 0.1})


def test_runs_that_are_missing_are_left_out(measured):
    assert knowledge.drop(measured, "redundant", "rgm", "audio") == {}


@pytest.mark.parametrize("ask", [knowledge.drop, knowledge.added])
def test_a_modality_that_is_none_is_refused(measured, ask):
    with pytest.raises(ValueError, match="modality: got 'touch', expected one of audio, video"):
        ask(measured, "redundant", "joint", "touch")
