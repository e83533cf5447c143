"""`load` by name, what a corpus says of itself, and clips to look at and listen to."""

import numpy as np
import pytest
import torch

from rgm_torch.data import Clips, Corpus, dials, load, names
from rgm_torch.data.describe import describe
from rgm_torch.data.show import listen, show_clips

SMALL = {"train": 40, "validation": 40, "test": 40}


@pytest.fixture(autouse=True)
def _no_cache(monkeypatch) -> None:
    monkeypatch.setenv("RGM_CACHE", "")


def test_all_names_are_known() -> None:
    assert {"av-digits", "bounce-av", "bounce-av-dominant", "crema-d", "ucf-51"} <= set(names())
    assert all(isinstance(dials(name), dict) for name in names())


def test_a_preset_is_its_dials_and_can_be_turned_further() -> None:
    assert dials("bounce-av-dominant")["miss_a"] == 0.25
    plain = load("bounce-av", audio_snr=-6.0, miss_a=0.25, **SMALL)
    preset = load("bounce-av-dominant", **SMALL)
    assert preset.settings == plain.settings
    assert torch.equal(preset.train.inputs["audio"], plain.train.inputs["audio"])
    assert load("bounce-av-dominant", miss_a=0.0, **SMALL).settings["miss_a"] == 0


@pytest.mark.parametrize(
    ("name", "chosen", "message"),
    [
        ("mnist", {}, "data: got 'mnist', expected one of av-digits, bounce-av, .*crema-d"),
        ("av-digits", {"snr": 3}, "snr: av-digits has no such dial, it has .*audio_snr"),
        ("av-digits", {"miss_a": 0.1}, "miss_a: av-digits has no such dial"),
        ("crema-d", {}, "root: crema-d needs it, got nothing"),
    ],
)
def test_what_is_not_known_is_named(name: str, chosen: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        load(name, **chosen)


def test_digits_say_what_they_are_made_of() -> None:
    corpus = load("av-digits", **SMALL)
    said = describe(corpus)
    assert "audio (1, 32, 32), video (4, 32, 32)" in said
    assert "recordings  40 train, 40 validation, 40 test; in two parts: 0" in said
    leaking = Corpus(
        corpus.name, corpus.modalities, corpus.classes, corpus.train, *[corpus.test] * 2
    )
    assert "40 test; in two parts: 40" in describe(leaking)


def test_bounces_say_what_each_modality_knows() -> None:
    said = describe(load("bounce-av", nr=4, na=2, **SMALL))
    assert "redundant 2, unique audio 1, unique video 0, synergy 0" in said
    assert "audio 100.0%, video 50.0%" in said
    assert "train            40             5" in said
    assert "without conflict" not in said
    assert "without conflict" in describe(load("bounce-av-dominant", **SMALL))


def test_a_figure_has_a_column_per_class_and_a_row_per_picture() -> None:
    corpus = load("bounce-av", modalities=("audio", "video", "touch"), **SMALL)
    figure = show_clips(corpus, frames=3)
    axes = np.reshape(figure.axes, (5, 8))
    assert [a.get_title() for a in axes[0]] == list(corpus.classes)
    rows = ["audio", "video 1", "video 5", "video 8", "touch"]
    assert [a.get_ylabel() for a in axes[:, 0]] == rows
    assert [a.images[0].get_cmap().name for a in axes[:, 0]] == [
        "cividis",
        *["gray"] * 3,
        "cividis",
    ]
    for k in range(8):
        first = int((corpus.train.labels == k).nonzero()[0])
        shown = axes[2, k].images[0].get_array()
        assert np.array_equal(shown, corpus.train.inputs["video"][first, 4])


def test_a_figure_of_coloured_frames_and_flow() -> None:
    inputs = {"video": torch.rand(4, 3, 3, 8, 8), "flow": torch.randn(4, 3, 2, 8, 8)}
    part = Clips(inputs, torch.tensor([0, 1, 1, 0]))
    figure = show_clips(Corpus("toy", ("video", "flow"), ("a", "b"), part, part, part), frames=2)
    shapes = [a.images[0].get_array().shape for a in figure.axes[::2]]
    assert shapes == [(8, 8, 3), (8, 8, 3), (8, 8), (8, 8)]


def test_what_is_listened_to_is_the_clip() -> None:
    corpus = load("bounce-av", audio_snr=60.0, miss_a=0.5, **SMALL)
    there = corpus.train.facts["audio_there"]
    for row in (0, 39):
        wave, rate = listen(corpus, row)
        assert (wave.shape, rate) == ((8000,), 8000)
        assert bool(abs(wave).max() > 0) == bool(there[row])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda c: show_clips(c, classes=[8]), "classes: got 8"),
        (lambda c: show_clips(c, part="all"), "part: got 'all'"),
        (lambda c: show_clips(c, frames=0), "frames: got 0"),
        (lambda c: listen(c, 40), "row: got 40"),
        (lambda c: listen(load("av-digits", **SMALL), 0), "corpus: got av-digits"),
    ],
)
def test_what_cannot_be_shown_is_named(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(load("bounce-av", **SMALL))
