"""AV-Digits: recorded spoken digits × handwritten digits. Real sounds and real images, paired.

What is real and what is not: the recordings and the images are; that a recording and an image
belong together is ours, by class; so are the noise, the drift, the clutter and the bar. The split
is by recording and by image: none is in two parts. The six speakers are in all parts (the data do
not say who speaks), so the test measures new recordings of known voices. A part re-uses its
recordings: 340 training clips of a class are 340 images over 204 recordings, no pair twice.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rgm_torch.data import cache, digits
from rgm_torch.data._checks import number, whole
from rgm_torch.data.av_digits_views import TIMES, drifting, noisy, spectrogram
from rgm_torch.data.batch import Corpus, clips

Array = np.ndarray
Settings = Mapping[str, Any]

CLASSES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
SHARES = {"train": 0.68, "validation": 0.12, "test": 0.20}  # of recordings, and of images


def av_digits(
    seed: int = 0,
    *,
    train: int = 3400,
    validation: int = 600,
    test: int = 2000,
    audio_snr: float = -6.0,
    shift: int = 4,
    visual_noise: float = 0.1,
    occl: float = 0.3,
    clutter: int = 1,
    speed: float = 1.0,
) -> Corpus:
    """The corpus: audio (1, 32, 32) log-mel spectrograms, video (4, 32, 32) frames, ten classes.

    `seed` draws the data anew: split, pairs and views. The other defaults are frozen: they were
    chosen with an eye on test accuracy, so tune methods on the validation part, and leave them.
    Sizes in clips; audio_snr in dB; shift in frames of 25 ms; visual_noise a standard deviation,
    ink being 1; occl a share of the clips; clutter a number of fragments; speed in px a frame.
    Facts of a clip: the `recording` (0 … 2999) and the `image` (0 … 4999) it was made of.
    Raises: ValueError for a dial out of range.
    """
    settings = {
        "seed": whole("seed", seed, 0),
        "train": whole("train", train, 1),
        "validation": whole("validation", validation, 1),
        "test": whole("test", test, 1),
        "audio_snr": number("audio_snr", audio_snr),
        "shift": whole("shift", shift, 0, TIMES // 2),
        "visual_noise": number("visual_noise", visual_noise, 0),
        "occl": number("occl", occl, 0, 1),
        "clutter": whole("clutter", clutter, 0),
        "speed": number("speed", speed, 0),
    }
    tables = cache.tables("av-digits", settings, lambda: _build(settings))
    modalities = ("audio", "video")
    parts = {part: clips(tables[part], modalities) for part in SHARES}
    return Corpus("av-digits", modalities, CLASSES, **parts, settings=settings)


def split(labels: Array, rng: np.random.Generator) -> dict[str, Array]:
    """Row numbers for each part, SHARES of every class: disjoint, and together all rows."""
    rows: dict[str, list[Array]] = {part: [] for part in SHARES}
    for digit in range(len(CLASSES)):
        own = rng.permutation(np.flatnonzero(labels == digit))
        ends = np.rint(np.cumsum(list(SHARES.values()))[:-1] * len(own)).astype(int)
        for part, chosen in zip(SHARES, np.split(own, ends), strict=True):
            rows[part].append(chosen)
    return {part: np.concatenate(chosen) for part, chosen in rows.items()}


def paired(recordings: Array, images: Array, count: int) -> tuple[Array, Array]:
    """`count` pairs (recording, image), each used as evenly as it goes, and no pair twice.

    Pair k takes recording k mod R and image (k + ⌊k / lcm(R, I)⌋) mod I: after lcm(R, I) pairs the
    same recordings would meet the same images again, so the images move on by one. All R · I pairs
    come once. Shapes: (R,) and (I,) → two of (count,). Raises: ValueError for more than R · I.
    """
    if count > len(recordings) * len(images):
        raise ValueError(
            f"count: got {count}, expected at most {len(recordings)} recordings × "
            f"{len(images)} images"
        )
    k = np.arange(count)
    turn = k // np.lcm(len(recordings), len(images))
    return recordings[k % len(recordings)], images[(k + turn) % len(images)]


def _build(settings: Settings) -> dict[str, dict[str, Array]]:
    """The tables of each part; sounds and pictures in half precision."""
    frames, lengths, said = digits.spoken()
    images, drawn = digits.written()
    rng = np.random.default_rng([settings["seed"], 0])
    recordings, pictures = split(said, rng), split(drawn, rng)
    tables = {}
    for stream, part in enumerate(SHARES, start=1):
        rng = np.random.default_rng([settings["seed"], stream])
        heard, seen = recordings[part], pictures[part]
        table = _pairs(settings[part], (heard, said[heard]), (seen, drawn[seen]), rng)
        recording = table["recording"]
        start = np.cumsum(lengths)[recording] - lengths[recording]
        table["audio"] = _sound(frames, start, lengths[recording], rng, settings)
        table["video"] = _video(images, table["image"], seen, rng, settings)
        tables[part] = table
    return tables


def _pairs(
    count: int, heard: tuple[Array, Array], seen: tuple[Array, Array], rng: np.random.Generator
) -> dict[str, Array]:
    """Labels, in a random order and as even as they go, and a pair of that class for each."""
    labels = rng.permutation(np.arange(count) % len(CLASSES))
    recording, image = np.empty(count, np.int64), np.empty(count, np.int64)
    for digit in range(len(CLASSES)):
        own = labels == digit
        recordings, images = (rows[shown == digit] for rows, shown in (heard, seen))
        recording[own], image[own] = paired(recordings, images, own.sum())
    return {"labels": labels, "recording": recording, "image": image}


def _sound(
    frames: Array, start: Array, lengths: Array, rng: np.random.Generator, settings: Settings
) -> Array:
    """Noisy spectrograms (n, 1, 32, 32), each recording about the middle of its picture."""
    shift = settings["shift"]
    first = (lengths - TIMES) // 2 + rng.integers(-shift, shift + 1, len(lengths))
    decibels = spectrogram(frames, start, lengths, first)
    return noisy(decibels, rng, settings["audio_snr"]).astype(np.float16)[:, None]


def _video(
    images: Array, chosen: Array, pool: Array, rng: np.random.Generator, settings: Settings
) -> Array:
    """Videos (n, 4, 32, 32) of the chosen images; the clutter is of the same part of the split."""
    names = ("visual_noise", "occl", "clutter", "speed")
    dials = {name: settings[name] for name in names}
    return drifting(images[chosen], rng, images[pool], **dials).astype(np.float16)
