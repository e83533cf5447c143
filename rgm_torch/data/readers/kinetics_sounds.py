"""Kinetics-Sounds: actions that can be both seen and heard."""

from pathlib import Path

from rgm_torch.data._checks import whole
from rgm_torch.data.batch import Corpus
from rgm_torch.data.readers.assemble import Layout, assemble, read_lists, videos
from rgm_torch.data.readers.files import Reader
from rgm_torch.data.readers.find import Places
from rgm_torch.data.readers.pictures import Frames
from rgm_torch.data.readers.sound import FilterBank

PLACES: dict[str, Places] = {
    "train": [("train.csv",), ("my_train.txt",), ("ks_train_overlap.txt",)],
    "test": [("test.csv",), ("my_test.txt",), ("ks_test_overlap.txt",)],
    "audio": [
        ("audio/{clip}.wav",),
        ("{split}/{clip}/{clip}.wav",),
        ("{split}_wav/{split}/{clip}.wav",),
        *videos("video/{clip}", "{split}/{clip}"),
    ],
    "video": [
        ("Image-01-FPS/{clip}",),
        ("visual/{clip}",),
        ("{split}/{clip}",),
        ("{split}-frames-1fps/{split}/{clip}",),
        *videos("video/{clip}", "{split}/{clip}"),
    ],
}


def kinetics_sounds(
    root: str | Path,
    *,
    seed: int = 0,
    frames: int = 3,
    size: int = 224,
    holdout: float = 0.1,
    on_error: str = "stop",
    layout: Layout | None = None,
) -> Corpus:
    """Kinetics-Sounds: clips of 10 s in 31 actions, audio and video.

    Below the root: train.csv and test.csv (lines `<video>_<start>,10,<class number>`), wav files in
    audio/ or train/<clip>/, frames in Image-01-FPS/<clip>/, visual/ or train/, or videos in video/;
    `layout` as in `crema_d`. The classes are those of the training list; the validation split
    comes out of it by video.
    Shapes: audio (1, 128, 1024), video (frames, 3, size, size).
    Raises: as `crema_d`.
    Source: OGM-GE's code, data/KineticSound, for the lists and the audio (its loader of the set is
    not published); QueRo's and BalanceBenchmark's loaders for the frames: 3 of those at 1 per
    second, one from each third (of six or fewer they read the first, three times over).
    """
    dials = dict(seed=seed, frames=frames, size=size, holdout=holdout, on_error=on_error)
    readers: dict[str, Reader] = {"audio": FilterBank(), "video": Frames(whole("size", size, 1))}
    listed = read_lists(root, PLACES, layout, video)
    classes = sorted({row.kind for row in listed.train}, key=_by_number)
    return assemble("kinetics-sounds", listed, classes, readers, dials, crop=True)


def video(clip: str) -> str:
    """What it was cut from: the eleven letters of the video's name, before the time it starts."""
    return clip[:11] if clip[11:12] == "_" else clip


def _by_number(kind: str) -> tuple[int, str]:
    """2 before 10, numbers before names."""
    return (int(kind), "") if kind.isdecimal() else (10**9, kind)
