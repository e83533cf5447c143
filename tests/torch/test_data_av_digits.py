"""AV-Digits: nothing leaks, nothing is unlabelled, and each view does what its formula says."""

import numpy as np
import pytest
import torch
from scipy.fft import idct

from rgm_torch.data import digits, load
from rgm_torch.data.av_digits import CLASSES, SHARES, paired, split
from rgm_torch.data.av_digits_views import drifting, noisy, spectrogram

SMALL = {"train": 340, "validation": 60, "test": 200}
CLEAN = {"visual_noise": 0.0, "occl": 0.0, "clutter": 0, "speed": 0.0}


@pytest.fixture(autouse=True)
def _no_cache(monkeypatch) -> None:
    monkeypatch.setenv("RGM_CACHE", "")


@pytest.fixture(scope="module")
def corpus():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RGM_CACHE", "")
        return load("av-digits", **SMALL)


def test_shapes_sizes_and_even_classes(corpus) -> None:
    assert corpus.shapes == {"audio": (1, 32, 32), "video": (4, 32, 32)}
    for part, size in SMALL.items():
        assert torch.bincount(corpus.parts[part].labels).tolist() == [size // 10] * 10
        for value in corpus.parts[part].inputs.values():
            assert value.dtype == torch.float32
            assert value.isfinite().all()


@pytest.mark.parametrize("source", ["recording", "image"])
def test_no_source_is_in_two_parts(corpus, source: str) -> None:
    used = [set(part.facts[source].tolist()) for part in corpus.parts.values()]
    assert sum(map(len, used)) == len(set.union(*used))


def test_both_sources_of_a_clip_are_of_its_class(corpus) -> None:
    said, drawn = digits.spoken()[2], digits.written()[1]
    for part in corpus.parts.values():
        assert np.array_equal(said[part.facts["recording"]], part.labels)
        assert np.array_equal(drawn[part.facts["image"]], part.labels)


def test_no_pair_is_used_twice() -> None:
    for part in load("av-digits", train=400, validation=100, test=1200).parts.values():
        pairs = set(
            zip(part.facts["recording"].tolist(), part.facts["image"].tolist(), strict=True)
        )
        assert len(pairs) == len(part)


@pytest.mark.parametrize(("n", "m"), [(6, 10), (5, 5), (3, 7), (1, 4)])
def test_all_pairs_come_once_and_evenly(n: int, m: int) -> None:
    left, right = paired(np.arange(n), np.arange(m), n * m)
    assert len(set(zip(left.tolist(), right.tolist(), strict=True))) == n * m
    for count in range(1, n * m + 1):
        used = np.bincount(paired(np.arange(n), np.arange(m), count)[0], minlength=n)
        assert np.ptp(used) <= 1
    with pytest.raises(ValueError, match="count: got"):
        paired(np.arange(n), np.arange(m), n * m + 1)


def test_a_split_takes_its_shares_of_every_class(rng: np.random.Generator) -> None:
    labels = np.repeat(np.arange(10), 50)
    rows = split(labels, rng)
    assert sorted(np.concatenate(list(rows.values()))) == list(range(500))
    for part, share in SHARES.items():
        assert np.bincount(labels[rows[part]]).tolist() == [round(50 * share)] * 10


def test_a_seed_draws_the_data_anew(corpus) -> None:
    other = load("av-digits", seed=1, **SMALL)
    mine, its = (set(c.test.facts["recording"].tolist()) for c in (corpus, other))
    assert mine != its
    assert not torch.equal(corpus.train.labels, other.train.labels)
    assert not torch.equal(corpus.train.inputs["video"], other.train.inputs["video"])


@pytest.mark.parametrize(
    "dials",
    [
        {"train": 0},
        {"validation": 2.5},
        {"test": True},
        {"seed": -1},
        {"audio_snr": float("nan")},
        {"shift": 17},
        {"visual_noise": -0.1},
        {"occl": 1.1},
        {"clutter": -1},
        {"speed": "fast"},
    ],
)
def test_a_dial_out_of_range_is_named(dials: dict) -> None:
    (name,) = dials
    with pytest.raises(ValueError, match=f"{name}: got"):
        load("av-digits", **dials)


def test_a_part_too_small_for_all_classes_is_named() -> None:
    with pytest.raises(ValueError, match=f"class {CLASSES[4]}, .* in the validation part"):
        load("av-digits", train=20, validation=4, test=20)


def test_a_spectrogram_is_the_padded_inverse_transform() -> None:
    frames, lengths, _ = digits.spoken()
    row = 7
    start, length = lengths[:row].sum(), lengths[row]
    full = np.zeros((length, 128))
    full[:, :13] = frames[start : start + length]
    bands = idct(full, norm="ortho", axis=1).reshape(length, 32, 4).mean(axis=2)
    ask = [np.array([x]) for x in (start, length, -3)]
    (picture,) = spectrogram(frames, *ask)
    # Single precision: values to 100 dB, 13 terms.
    assert picture[:, 3 : 3 + length] == pytest.approx(bands.T, abs=1e-3)
    assert picture[:, :3] == pytest.approx(bands[:1].T - 10 + np.zeros((32, 3)), abs=1e-3)
    assert picture[:, -1] == pytest.approx(bands[-1] - 10, abs=1e-3)


def test_noise_has_the_power_that_the_dial_says(rng: np.random.Generator) -> None:
    silence_and_tone = np.full((400, 32, 32), -200.0)
    silence_and_tone[:, 0, 0] = 40  # one loud spot; noise all about it
    heard = noisy(silence_and_tone, rng, audio_snr=0.0)
    assert abs(heard.mean(axis=(1, 2))).max() < 1e-9
    assert heard.std(axis=(1, 2)) == pytest.approx(1)
    loud = noisy(silence_and_tone, rng, audio_snr=200.0)
    assert loud[:, 0, 0] == pytest.approx(np.sqrt(1023), rel=0.2)  # all of the deviation is there
    decibels = rng.normal(size=(50, 32, 32)) * 10
    clean = decibels - decibels.mean(axis=(1, 2), keepdims=True)
    clean /= clean.std(axis=(1, 2), keepdims=True)
    assert noisy(decibels, rng, audio_snr=200.0) == pytest.approx(clean, abs=1e-6)


def test_a_still_digit_stays_and_a_drifting_one_moves_as_told(rng: np.random.Generator) -> None:
    away = (np.arange(28) - 13.5) ** 2
    blob = np.exp(-(away + away[:, None]) / (2 * 2.5**2)).astype(np.float32)[None].repeat(200, 0)
    still = drifting(blob, rng, blob, **CLEAN)
    assert np.ptp(still, axis=1).max() == 0
    ink = drifting(blob, rng, blob, **(CLEAN | {"speed": 1.0})) * 0.4 + 0.2
    place, mass = np.arange(32) - 15.5, ink.sum(axis=(2, 3))
    for axis in (2, 3):
        path = (ink.sum(axis=axis) * place).sum(axis=-1) / mass  # the centre of mass, (200, 4)
        steps = np.diff(path, axis=1)
        # A smooth blob: reading it bilinearly moves its centre by hundredths of a pixel at most.
        assert abs(steps - steps.mean(axis=1, keepdims=True)).max() < 0.05
        assert 0.9 < abs(steps).max() < 1.05
        assert 4.5 < abs(path.mean(axis=1)).max() < 5.05
    # Scaled by s the blob has s² of its ink; over 200 clips s comes near both ends of its range.
    scale = np.sqrt(mass / (blob[0].sum()))
    assert (scale.min(), scale.max()) == pytest.approx((0.55, 0.8), abs=0.02)


def test_the_bar_hides_a_part_of_the_share_of_the_clips(rng: np.random.Generator) -> None:
    paper = np.zeros((2000, 28, 28), np.float32)
    ink = drifting(paper, rng, paper, **(CLEAN | {"occl": 0.3})) * 0.4 + 0.2
    hidden = ink[:, 0].reshape(2000, -1)
    barred = hidden.max(axis=1) > 0.4
    assert barred.mean() == pytest.approx(0.3, abs=0.035)  # 3.4 binomial deviations of 2000
    widths = (hidden[barred] > 0.4).sum(axis=1) / 32
    assert set(np.unique(widths)) == {4, 5, 6}


def test_clutter_comes_out_of_the_pool_alone(rng: np.random.Generator) -> None:
    paper, pool = np.zeros((50, 28, 28), np.float32), np.ones((3, 28, 28), np.float32)
    seen = drifting(paper, rng, pool, **(CLEAN | {"clutter": 1})) * 0.4 + 0.2
    assert seen.max() == pytest.approx(0.8, abs=1e-5)
    assert drifting(paper, rng, paper, **(CLEAN | {"clutter": 2})).max() == pytest.approx(-0.5)
