"""Where the label is: information and ceilings, counted out over all that can be drawn."""

from itertools import product
from math import log2

import numpy as np
import pytest

from rgm_torch.data.bounce_av import PRESETS, bounce_av
from rgm_torch.data.bounce_labels import MOST, atoms, ceilings, class_names, draw

SIZES = [(8, 1, 1, 1), (2, 2, 2, 1), (1, 4, 4, 1), (1, 1, 1, 2), (2, 3, 1, 4), (2, 1, 2, 3)]
FACTORS = ("nr", "na", "nv", "ns")  # nd has its own file
Law = dict[tuple, float]  # (label, what is heard, what is seen) → probability


def named(sizes: tuple) -> dict[str, int]:
    """The dials of these sizes."""
    return dict(zip(FACTORS, sizes, strict=True))


def law(nr: int, na: int, nv: int, ns: int, decoupled: bool = False, **dials) -> Law:
    """The joint law of label, sound and picture, written out from the table of the factors.

    `decoupled`: e_a drawn independently of e_v, which keeps the law of (y, sound), (y, picture).
    """
    conflict, on = dials.get("conflict", 0.0), dials.get("conflict_on", "video")
    misses = [("miss_a", 1), ("miss_v", 2)]
    found: Law = {}
    for r, a, v, s, ev in product(range(nr), range(na), range(nv), range(ns), range(ns)):
        ways = [((s - ev) % ns, 1.0)]
        if decoupled:
            ways = [(ea, 1 / ns) for ea in range(ns)]
        for (ea, weight), shown in product(ways, range(nr)):
            right = shown == r
            p = weight / (nr * na * nv * ns * ns)
            p *= (1 - conflict) if right else conflict / max(nr - 1, 1)
            outcome = ((r, a, v, s), (shown if on == "audio" else r, a, ea))
            outcome += ((shown if on == "video" else r, v, ev),)
            found[outcome] = found.get(outcome, 0) + p
    for dial, place in misses:
        share, mixed = dials.get(dial, 0.0), {}
        for outcome, p in found.items():
            gone = (*outcome[:place], None, *outcome[place + 1 :])
            mixed[outcome] = mixed.get(outcome, 0) + (1 - share) * p
            mixed[gone] = mixed.get(gone, 0) + share * p
        found = mixed
    return {outcome: p for outcome, p in found.items() if p > 0}


def entropy(joint: Law, *places: int) -> float:
    """Entropy of some of (label, sound, picture) in bits."""
    marginal: Law = {}
    for outcome, p in joint.items():
        key = tuple(outcome[i] for i in places)
        marginal[key] = marginal.get(key, 0) + p
    return -sum(p * log2(p) for p in marginal.values())


def best_guess(joint: Law, place: int) -> float:
    """Accuracy of the best guess of the label from one modality: Σ_x max_y p(x, y)."""
    best: dict = {}
    for outcome, p in joint.items():
        seen = best.setdefault(outcome[place], {})
        seen[outcome[0]] = seen.get(outcome[0], 0) + p
    return sum(max(chances.values()) for chances in best.values())


@pytest.mark.parametrize("sizes", SIZES)
def test_atoms_add_up_to_the_information_of_the_enumerated_law(sizes: tuple) -> None:
    joint, parts = law(*sizes), atoms(*sizes)
    label = entropy(joint, 0)
    from_sound = label + entropy(joint, 1) - entropy(joint, 0, 1)
    from_picture = label + entropy(joint, 2) - entropy(joint, 0, 2)
    from_both = label + entropy(joint, 1, 2) - entropy(joint, 0, 1, 2)
    assert from_sound == pytest.approx(parts["redundant"] + parts["unique audio"])
    assert from_picture == pytest.approx(parts["redundant"] + parts["unique video"])
    assert from_both == pytest.approx(sum(parts.values()))
    assert from_both == pytest.approx(label)  # nothing of the label is lost


@pytest.mark.parametrize("sizes", SIZES)
def test_the_unique_atoms_are_reached_by_the_decoupled_law(sizes: tuple) -> None:
    """The witness of the docstring: I_Q(y; A | V) = log₂ na, I_Q(y; V | A) = log₂ nv."""
    joint, witness, parts = law(*sizes), law(*sizes, decoupled=True), atoms(*sizes)
    for place in (1, 2):  # it is in the family: same law of (label, sound), and (label, picture)
        assert entropy(witness, 0, place) == pytest.approx(entropy(joint, 0, place))
    for name, mine, other in (("unique audio", 1, 2), ("unique video", 2, 1)):
        left = entropy(witness, 0, other) - entropy(witness, other)  # H(y | other)
        both = entropy(witness, 0, 1, 2) - entropy(witness, 1, 2)  # H(y | both)
        assert left - both == pytest.approx(parts[name], abs=1e-9), mine


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize(
    "dials",
    [
        {},
        {"conflict": 0.4},
        {"conflict": 0.3, "conflict_on": "audio"},
        {"conflict": 0.9},
        {"miss_a": 0.25},
        {"miss_a": 0.2, "miss_v": 0.5, "conflict": 0.1},
    ],
)
def test_ceilings_are_the_best_guesses_of_the_enumerated_law(sizes: tuple, dials: dict) -> None:
    if dials.get("conflict") and sizes[0] == 1:
        dials = {name: value for name, value in dials.items() if "conflict" not in name}
    settings = {"conflict": 0.0, "conflict_on": "video", "miss_a": 0.0, "miss_v": 0.0, **dials}
    settings |= {"modalities": ("audio", "video"), "nd": 1} | named(sizes)
    joint = law(*sizes, **dials)
    expected = {"audio": best_guess(joint, 1), "video": best_guess(joint, 2)}
    assert ceilings(settings) == pytest.approx(expected)


def drawn(count: int = 20000, **dials) -> dict[str, np.ndarray]:
    """Facts of many clips."""
    settings = {"conflict": 0.0, "conflict_on": "video", "miss_a": 0.0, "miss_v": 0.0}
    settings |= dict.fromkeys(MOST, 1) | dials
    return draw(settings, 0, count, np.random.default_rng(0))


def table_guess(labels: np.ndarray, *facts: np.ndarray) -> float:
    """Share of clips that a table from facts to the commonest label gets right."""
    _, key = np.unique(np.stack(facts, 1), axis=0, return_inverse=True)
    counts = np.zeros((key.max() + 1, labels.max() + 1))
    np.add.at(counts, (key.ravel(), labels), 1)
    return counts.max(axis=1).sum() / len(labels)


@pytest.mark.parametrize("sizes", SIZES)
def test_what_is_drawn_keeps_to_the_ceilings(sizes: tuple) -> None:
    nr, na, nv, ns = sizes
    t = drawn(nr=nr, na=na, nv=nv, ns=ns)
    heard = [t["audio_r"], t["damping"], t["audio_e"]]
    seen = [t["video_r"], t["texture"], t["video_e"]]
    # 20000 clips, at most 4·8·4 cells: a table fits a few hundredths of chance.
    assert table_guess(t["labels"], *heard) == pytest.approx(1 / (nv * ns), abs=0.04)
    assert table_guess(t["labels"], *seen) == pytest.approx(1 / (na * ns), abs=0.04)
    assert table_guess(t["labels"], *heard, *seen) == 1


def test_the_label_is_written_in_the_factors_as_the_table_says() -> None:
    t = drawn(nr=2, na=3, nv=2, ns=4)
    s = (t["audio_e"] + t["video_e"]) % 4
    assert np.array_equal(
        t["labels"], t["audio_r"] + 2 * (t["damping"] + 3 * (t["texture"] + 2 * s))
    )
    assert np.array_equal(t["audio_r"], t["video_r"])


def test_nuisances_say_nothing_about_the_label() -> None:
    t = drawn(nr=8)
    for name in ("size", "height", "place", "drift"):
        means = [t[name][t["labels"] == k].mean() for k in range(8)]
        # 2500 clips each: 5 deviations of a mean; sd 0.17 at most.
        assert np.ptp(means) < 5 * np.sqrt(2) * t[name].std() / 50
    assert table_guess(t["labels"], t["damping"], t["texture"], t["audio_e"]) < 1 / 8 + 0.03


@pytest.mark.parametrize("on", ["audio", "video", "touch"])
def test_conflict_is_in_its_modality_alone_and_as_often_as_told(on: str) -> None:
    t = drawn(nr=8, conflict=0.4, conflict_on=on)
    for sense in ("audio", "video", "touch"):
        wrong = (t[f"{sense}_r"] != t["labels"]).mean()
        # 20000 draws: 0.4 ± 5 · 0.0035
        assert wrong == (pytest.approx(0.4, abs=0.018) if sense == on else 0)
    shown = t[f"{on}_r"][t["conflict"]]
    assert (shown != t["labels"][t["conflict"]]).all()
    offsets = np.bincount((shown - t["labels"][t["conflict"]]) % 8, minlength=8)
    assert offsets[0] == 0
    assert offsets[1:] / len(shown) == pytest.approx(1 / 7, abs=0.02)


def test_modalities_are_missing_as_often_as_told() -> None:
    t = drawn(nr=8, miss_a=0.25, miss_v=0.1)
    assert 1 - t["audio_there"].mean() == pytest.approx(0.25, abs=0.016)  # 5 deviations
    assert 1 - t["video_there"].mean() == pytest.approx(0.1, abs=0.011)


@pytest.mark.parametrize("sizes", SIZES)
def test_classes_are_even_and_bear_their_factors_names(sizes: tuple) -> None:
    names = class_names(*sizes)
    assert len(set(names)) == len(names) == np.prod(sizes)
    labels = drawn(501, **named(sizes))["labels"]
    assert np.ptp(np.bincount(labels, minlength=len(names))) <= 1
    assert class_names(8, 1, 1, 1)[4] == "ring"
    assert class_names(2, 2, 2, 1)[1 + 2 * 1 + 4 * 1] == "square dry striped"


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_can_be_built(preset: str, monkeypatch) -> None:
    monkeypatch.setenv("RGM_CACHE", "")
    corpus = bounce_av(train=40, validation=40, test=40, **PRESETS[preset])
    assert corpus.settings.items() >= PRESETS[preset].items()
    assert len(corpus.classes) == np.prod([corpus.settings[name] for name in MOST])
