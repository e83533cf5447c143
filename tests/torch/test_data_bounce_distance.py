"""A label that is in neither modality's own logits, but in the sum of what both see: nd > 1."""

import hashlib
from math import log

import numpy as np
import pytest
import torch

from rgm_torch.data import load
from rgm_torch.data.bounce_av import PRESETS
from rgm_torch.data.bounce_distance import FARTHEST, STEP, WITHIN, _laws, accuracies, bits
from rgm_torch.data.bounce_labels import MOST, atoms, ceilings, class_names, draw
from rgm_torch.data.bounce_sight import video
from rgm_torch.data.bounce_sound import log_mel, waveforms
from rgm_torch.data.describe import describe

N = 40000
SMALL = {"train": 400, "validation": 40, "test": 40}
# Labels and facts of every preset as they were drawn before there was nd, by draws and sums alone.
BEFORE = {
    "balanced": "d5d6e8d381bd31dc",
    "dominant": "0889b345f2fce993",
    "unique": "bdba13434d0c2afe",
    "synergy": "2e0644ac071ccc5f",
    "conflict": "90354a79b86cd152",
}


@pytest.fixture(autouse=True)
def _no_cache(monkeypatch) -> None:
    monkeypatch.setenv("RGM_CACHE", "")


def settings(**dials) -> dict:
    """What `draw` and `ceilings` read, one value of each factor but for what is given."""
    base = {"conflict": 0.0, "conflict_on": "video", "miss_a": 0.0, "miss_v": 0.0}
    return base | {"modalities": ("audio", "video", "touch")} | dict.fromkeys(MOST, 1) | dials


def drawn(count: int = N, **dials) -> dict[str, np.ndarray]:
    """Facts of many clips."""
    return draw(settings(**dials), 0, count, np.random.default_rng(0))


def logs(nd: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels, v = log apparent size and u = log loudness of many clips."""
    t = drawn(nd=nd)
    return t["labels"], np.log(t["scale"] / t["distance"]), -np.log(t["distance"])


def best_logits(x: np.ndarray, nd: int) -> np.ndarray:
    """The logits of the module's docstring, (n, nd), for x = v − u."""
    d, slope = np.arange(nd), log(STEP) / WITHIN**2
    return slope * d * x[:, None] - (log(STEP) * d / WITHIN) ** 2 / 2


def facts_digest(preset: str) -> str:
    """A digest of what 100 clips of a preset show, but for what came with nd."""
    table = draw(settings(**PRESETS[preset]), 0, 100, np.random.default_rng(5))
    found = hashlib.sha256()
    for name in sorted(set(table) - {"scale", "distance"}):
        found.update(name.encode() + table[name].tobytes())
    return found.hexdigest()[:16]


@pytest.mark.parametrize("preset", BEFORE)
def test_presets_without_sizes_draw_what_they_drew_before(preset: str) -> None:
    assert facts_digest(preset) == BEFORE[preset]


@pytest.mark.parametrize("preset", [name for name in PRESETS if name != "dependent"])
def test_without_sizes_all_distances_are_one(preset: str) -> None:
    t = drawn(200, **PRESETS[preset])
    assert (t["scale"] == 1).all()
    assert (t["distance"] == 1).all()


@pytest.mark.parametrize("nd", [2, 3, 4])
def test_the_distance_says_nothing_about_the_label_and_undoes_the_confusion(nd: int) -> None:
    labels, v, u = logs(nd)
    assert u.min() >= -log(FARTHEST)
    assert u.max() <= 0
    per_class = N // nd
    for k in range(nd):
        mine = labels == k
        # Uniform with sd log FARTHEST/√12; scale with sd WITHIN: 5 deviations of a mean.
        error = 5 * log(FARTHEST) / np.sqrt(12 * per_class)
        assert u[mine].mean() == pytest.approx(-log(FARTHEST) / 2, abs=error)
        assert (v - u)[mine].mean() == pytest.approx(k * log(STEP), abs=5 * WITHIN / per_class**0.5)
        assert (v - u)[mine].std() == pytest.approx(WITHIN, rel=0.03)  # 5 deviations of 10⁴


@pytest.mark.parametrize("nd", [2, 3, 4])
def test_the_best_guesses_are_as_good_as_told(nd: int) -> None:
    """Counted: from both by the additive logits, from each alone by a table of 60 cells."""
    labels, v, u = logs(nd)
    told = accuracies(nd)
    both = (best_logits(v - u, nd).argmax(axis=1) == labels).mean()
    assert both == pytest.approx(told["both"], abs=0.006)  # 5 deviations of 40000 are 0.0054
    for name, x in (("audio", u), ("video", v)):
        cell = np.digitize(x, np.linspace(x.min(), x.max(), 60))
        counts = np.zeros((62, nd))
        np.add.at(counts, (cell, labels), 1)
        # The table's best cells fit some chance: √cells/√N, 0.04 at most. The cells lose less.
        assert counts.max(axis=1).sum() / N == pytest.approx(told[name], abs=0.03), name


@pytest.mark.parametrize("nd", [1, 2, 3, 4])
def test_the_closed_forms_are_those_of_the_laws(nd: int) -> None:
    for name, law in _laws(nd).items():
        assert law.sum(axis=1) == pytest.approx(1, abs=1e-12)
        assert law.max(axis=0).sum() / nd == pytest.approx(accuracies(nd)[name], abs=1e-6)
    if nd == 1:
        assert accuracies(1) == {"audio": 1, "video": 1, "both": 1}
        assert bits(1) == pytest.approx({"audio": 0, "video": 0, "both": 0}, abs=1e-12)


@pytest.mark.parametrize("nd", [2, 4])
def test_the_logits_are_those_of_bayes_and_a_sum_over_the_modalities(nd: int) -> None:
    _, v, u = logs(nd)
    x = v - u
    density = np.exp(-(((x[:, None] - log(STEP) * np.arange(nd)) / WITHIN) ** 2) / 2)
    with np.errstate(under="ignore"):
        chance = density / density.sum(axis=1, keepdims=True)
    logits = best_logits(x, nd)
    softmax = np.exp(logits - logits.max(axis=1, keepdims=True))
    assert softmax / softmax.sum(axis=1, keepdims=True) == pytest.approx(chance, abs=1e-9)
    split = best_logits(v, nd) + best_logits(-u, nd) - best_logits(np.zeros(1), nd)
    assert split == pytest.approx(logits, abs=1e-9)


@pytest.mark.parametrize("nd", [2, 4])
def test_bits_are_the_information_of_the_draws(nd: int) -> None:
    labels, v, u = logs(nd)
    told = bits(nd)
    for name, x in (("audio", u), ("video", v), ("both", v - u)):
        cell = np.digitize(x, np.linspace(x.min(), x.max(), 100))
        counts = np.zeros((102, nd))
        np.add.at(counts, (cell, labels), 1)
        p = counts[counts.sum(axis=1) > 0] / N
        independent = p.sum(axis=1, keepdims=True) * p.sum(axis=0)
        found = (p[p > 0] * np.log2(p[p > 0] / independent[p > 0])).sum()
        # Counting adds about 100 (nd − 1)/(2 N ln 2) ≤ 0.006 bits; cells take some away.
        assert found == pytest.approx(told[name], abs=0.015), name


def test_atoms_and_ceilings_with_a_size() -> None:
    parts, of_size = atoms(2, 2, 1, 2, 4), bits(4)
    assert parts["redundant"] == parts["unique audio"] == 1
    assert parts["unique video"] == of_size["video"]
    assert sum(parts.values()) == pytest.approx(3 + of_size["both"])
    best = ceilings(settings(nr=2, na=2, nd=4, miss_v=0.5))
    seen = accuracies(4)["video"]
    assert best["audio"] == best["touch"] * 2 == 1 / 4
    assert best["video"] == pytest.approx(0.5 * seen / 2 + 0.5 / 16)
    assert class_names(1, 1, 1, 1, 3) == ("small", "medium", "large")
    assert class_names(2, 1, 1, 1, 2)[1 + 2 * 1] == "square medium"


def test_the_loudness_is_that_of_the_distance_and_is_kept_where_asked() -> None:
    t = drawn(40, nd=4)
    wave = waveforms(t, np.random.default_rng(1), audio_snr=200.0)
    assert (wave**2).mean(axis=1) == pytest.approx(t["distance"] ** -2, rel=1e-4)
    noisy = waveforms(t, np.random.default_rng(1), audio_snr=0.0)  # nowhere near silent
    for kept in (False, True):
        loud, soft = (log_mel(gain * noisy, loudness=kept) for gain in (20, 10))
        # Powers far above 10⁻³ fall by log 4, and the picture is in units of 2.
        assert loud - soft == pytest.approx(log(4) / 2 if kept else 0, abs=0.01)


def test_the_apparent_size_is_in_the_picture() -> None:
    t = drawn(40, nd=4) | dict.fromkeys(("place", "height"), np.full(40, 0.5))
    t["drift"] = np.zeros(40)
    image = video(t, np.random.default_rng(1), visual_noise=0.0, occl=0.0, distract=0)
    image = image[:, 4] * 0.35 + 0.15
    ink = (image - np.median(image, axis=(1, 2), keepdims=True) > 0.25).sum(axis=(1, 2))
    apparent = t["scale"] / t["distance"]
    # Ranks: contrast, shading and a tilted background blur the outline a little.
    ranks = [np.argsort(np.argsort(x)) for x in (ink, apparent)]
    assert np.corrcoef(*ranks)[0, 1] > 0.9


def test_the_sound_and_touch_of_a_clip_know_nothing_of_its_size() -> None:
    """Sizes changed, all else as it was: the same sound and touch, other pictures."""
    corpus = load("bounce-av-dependent", **SMALL)
    facts = {name: value.numpy() for name, value in corpus.train.facts.items()}
    other = facts | {"scale": facts["scale"][::-1]}
    heard = [waveforms(t, np.random.default_rng(0), 20.0) for t in (facts, other)]
    assert np.array_equal(*heard)
    assert (facts["size"] == 1).all()  # of pitch and footprint
    assert corpus.classes == ("small", "medium", "large", "huge")
    assert torch.bincount(corpus.train.labels).tolist() == [100] * 4


def test_the_distance_can_be_recovered_from_the_sound_and_the_label_not() -> None:
    """From the spectrograms that a model gets: their power goes with 1/distance²."""
    train = load("bounce-av-dependent", **SMALL).train
    level = 2 * train.inputs["audio"].double() + 9  # log(1 + P/10⁻³)
    power = torch.expm1(level).sum(dim=(1, 2, 3)).log()
    facts = [-2 * train.facts["distance"].log(), train.labels.double()]
    with_distance, with_label = torch.corrcoef(torch.stack([power, *facts]))[0, 1:]
    # Windows and bands weigh the sounds a little differently: 0.1 where log 1/distance² has sd 0.5.
    assert with_distance > 0.95
    assert abs(with_label) < 4 / 20  # 4 deviations of 400
    assert (power - facts[0]).std() < 0.2


def test_the_description_says_how_good_both_are_together() -> None:
    said = describe(load("bounce-av-dependent", **SMALL))
    assert "audio 25.0%, video 43.3%" in said
    assert "audio and video together 95.3%" in said
    assert "unique video 0.529, synergy 1.29" in said
    assert "together" not in describe(load("bounce-av", **SMALL))
