"""BounceAV as a corpus: every dial is checked, and turns what it names and nothing else."""

import time
from itertools import product

import numpy as np
import pytest
import torch

from rgm_torch.data import bounce_av as module
from rgm_torch.data import load

SMALL = {"train": 80, "validation": 40, "test": 40}
ALL = ("audio", "video", "touch")


@pytest.fixture(autouse=True)
def _no_cache(monkeypatch) -> None:
    monkeypatch.setenv("RGM_CACHE", "")


def test_shapes_sizes_and_even_classes() -> None:
    corpus = load("bounce-av", modalities=ALL, **SMALL)
    assert corpus.shapes == {"audio": (1, 32, 32), "video": (8, 24, 24), "touch": (1, 32, 32)}
    assert corpus.classes[:3] == ("disc", "square", "triangle")
    for part, size in SMALL.items():
        assert torch.bincount(corpus.parts[part].labels).tolist() == [size // 8] * 8
        for value in corpus.parts[part].inputs.values():
            assert value.dtype == torch.float32
            assert value.isfinite().all()


def test_no_clip_is_in_two_parts_or_two_seeds() -> None:
    corpora = [load("bounce-av", seed=seed, **SMALL) for seed in (0, 1)]
    sizes = [part.facts["size"] for corpus in corpora for part in corpus.parts.values()]
    assert len(torch.cat(sizes).unique()) == 2 * sum(SMALL.values())


def test_every_purpose_has_its_own_random_numbers() -> None:
    ways = list(product(module.PARTS, range(3), ("labels", *ALL)))
    first = {module._rng({"seed": seed}, *way).random() for seed in (0, 1) for way in ways}
    assert len(first) == 2 * len(ways)


def test_labels_are_even_over_chunks(monkeypatch) -> None:
    monkeypatch.setattr(module, "CHUNK", 30)
    labels = load("bounce-av", **SMALL).train.labels
    assert torch.bincount(labels).tolist() == [10] * 8


@pytest.mark.parametrize(
    ("dials", "changed"),
    [
        ({"audio_snr": 0.0}, {"audio"}),
        ({"miss_a": 0.5}, {"audio"}),
        ({"visual_noise": 0.5}, {"video"}),
        ({"occl": 0.9}, {"video"}),
        ({"distract": 2}, {"video"}),
        ({"miss_v": 0.5}, {"video"}),
        ({"touch_noise": 1.0}, {"touch"}),
        ({"conflict": 0.5, "conflict_on": "audio"}, {"audio"}),
        ({"conflict": 0.5, "conflict_on": "video"}, {"video"}),
        ({"conflict": 0.5, "conflict_on": "touch"}, {"touch"}),
    ],
)
def test_a_dial_turns_what_it_names_and_nothing_else(dials: dict, changed: set) -> None:
    before, after = (load("bounce-av", modalities=ALL, **SMALL, **d).train for d in ({}, dials))
    assert torch.equal(before.labels, after.labels)
    found = {name for name in ALL if not torch.equal(before.inputs[name], after.inputs[name])}
    assert found == changed


def test_a_modality_more_changes_no_other() -> None:
    two, three = (load("bounce-av", modalities=m, **SMALL).test for m in (ALL[:2], ALL))
    for name in ALL[:2]:
        assert torch.equal(two.inputs[name], three.inputs[name])


def test_missing_sound_is_zero_and_conflict_is_noted() -> None:
    train = load("bounce-av", miss_a=0.5, conflict=0.5, **SMALL).train
    gone = ~train.facts["audio_there"]
    assert 0 < gone.sum() < len(train)
    silent = (train.inputs["audio"] == 0).flatten(1).all(dim=1)
    assert torch.equal(silent, gone)
    assert torch.equal(train.facts["video_r"] != train.labels, train.facts["conflict"])


@pytest.mark.parametrize(
    "dials",
    [
        *({name: bad} for name in ("nr", "na", "nv", "ns", "nd") for bad in (0, 9, 2.0)),
        *({name: bad} for name in ("occl", "conflict", "miss_a", "miss_v") for bad in (-0.1, 1.1)),
        *({name: -0.1} for name in ("visual_noise", "touch_noise")),
        *({name: 0} for name in ("train", "validation", "test")),
        {"seed": -1},
        {"audio_snr": float("inf")},
        {"audio_snr": "loud"},
        {"distract": 0.5},
        {"conflict_on": "smell"},
        {"modalities": ("audio", "smell")},
        {"modalities": ("audio", "audio")},
        {"modalities": ()},
        {"modalities": ("audio", "video"), "conflict": 0.1, "conflict_on": "touch"},
        {"conflict": 0.1, "nr": 1, "na": 2},
        {"nr": 1},
    ],
    ids=str,
)
def test_a_dial_out_of_range_is_named(dials: dict) -> None:
    with pytest.raises(ValueError, match=f"^({'|'.join(dials)})[^:]*: got"):
        load("bounce-av", **dials)


def test_one_modality_alone_can_be_built() -> None:
    assert load("bounce-av", modalities=["touch"], **SMALL).shapes == {"touch": (1, 32, 32)}


def test_sounds_are_those_of_the_spectrograms(monkeypatch) -> None:
    monkeypatch.setattr(module, "CHUNK", 30)
    corpus = load("bounce-av-dominant", **SMALL)
    wave, rate = module.sounds(corpus.settings, "train", 1)
    assert (wave.shape, rate) == ((30, 8000), 8000)
    again = module.log_mel(wave).astype(np.float16)
    assert np.array_equal(again, corpus.train.inputs["audio"][30:60, 0].numpy())
    with pytest.raises(ValueError, match="chunk: got 3"):
        module.sounds(corpus.settings, "train", 3)
    with pytest.raises(ValueError, match="part: got 'all'"):
        module.sounds(corpus.settings, "all")


def test_many_clips_at_once_cost_less_than_one_by_one(monkeypatch) -> None:
    """Ratios of processor time: 64 clips in one go against 64 chunks of one."""

    def cost(chunk: int) -> float:
        monkeypatch.setattr(module, "CHUNK", chunk)
        start = time.process_time()
        load("bounce-av", train=64, validation=8, test=8)
        return time.process_time() - start

    cost(64)  # what is made once, and no part of the comparison
    assert min(cost(64) for _ in range(3)) < 0.6 * min(cost(1) for _ in range(2))
