"""Data sets of a few tiny clips, written in the formats that the readers read."""

from pathlib import Path

import av
import numpy as np
from PIL import Image
from scipy.io import wavfile

from rgm_torch.data.readers.crema_d import EMOTIONS
from rgm_torch.data.readers.ucf import CLASSES_51

RATE = 16000


def tone(frequency: float, seconds: float = 0.2, rate: int = RATE) -> np.ndarray:
    """A sine at half of full scale, 16 bit."""
    time = np.arange(round(seconds * rate)) / rate
    return (16384 * np.sin(2 * np.pi * frequency * time)).astype(np.int16)


def write_wav(path: Path, samples: np.ndarray, rate: int = RATE) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    wavfile.write(path, rate, samples)


def write_frames(folder: Path, greys, size=(24, 16), name="{:05d}.jpg") -> None:
    """One flat picture per grey value, numbered from 0."""
    folder.mkdir(parents=True, exist_ok=True)
    for i, grey in enumerate(greys):
        Image.new("RGB", size, (grey, grey, grey)).save(folder / name.format(i))


def write_video(path: Path, greys, sound: np.ndarray | None = None, size=(32, 24)) -> None:
    """Flat frames at 10 per second, and a sound track where there is one: mp4, avi, flv."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        pictures = container.add_stream("flv" if path.suffix == ".flv" else "mpeg4", rate=10)
        pictures.width, pictures.height, pictures.pix_fmt = *size, "yuv420p"
        kind = "pcm_s16le" if path.suffix == ".avi" else "aac"
        track = None if sound is None else container.add_stream(kind, rate=RATE, layout="mono")
        for grey in greys:
            pixels = np.full((size[1], size[0], 3), grey, np.uint8)
            container.mux(pictures.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(pictures.encode(None))
        if track is not None:
            frame = av.AudioFrame.from_ndarray(sound[None], format="s16", layout="mono")
            frame.rate = RATE
            container.mux(track.encode(frame))
            container.mux(track.encode(None))


def crema_d_folder(root: Path, actors=range(1001, 1005)) -> Path:
    """Two clips of each emotion by each actor, the last actor's in the test list; 3 frames each."""
    lists: dict[str, list[str]] = {"train": [], "test": []}
    for actor in actors:
        for label, kind in enumerate(EMOTIONS):
            for take in ("TIE", "IEO"):
                clip = f"{actor}_{take}_{kind}_XX"
                write_wav(root / f"AudioWAV/{clip}.wav", tone(400 * (label + 1)))
                write_frames(root / f"Image-01-FPS/{clip}", [50, 100, 150], name="{:03d}30.jpg")
                lists["test" if actor == actors[-1] else "train"].append(f"{clip},{kind}")
    for split, lines in lists.items():
        (root / f"{split}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
    return root


def ucf_folder(root: Path, classes=CLASSES_51) -> Path:
    """One clip in each of 3 groups and class: groups 8 and 9 to train with, group 1 to test."""
    lists = root / "ucfTrainTestlist"
    lists.mkdir(parents=True)
    lines = {1: [], 8: [], 9: []}
    for number, kind in enumerate(classes, 1):
        for group, members in lines.items():
            clip = f"v_{kind}_g{group:02d}_c01".replace("HandstandP", "HandStandP")
            members.append(f"{kind}/{clip}.avi" + (f" {number}" if group > 1 else ""))
            write_frames(root / f"jpegs_256/{clip}", [60, 180], (8, 6), "frame{:06d}.jpg")
            folder = clip.replace("HandStandP", "HandstandP")  # as in the public flow archive
            write_frames(root / f"tvl1_flow/u/{folder}", [51, 102], (8, 6), "frame{:06d}.jpg")
            write_frames(root / f"tvl1_flow/v/{folder}", [153, 204], (8, 6), "frame{:06d}.jpg")
    (lists / "trainlist01.txt").write_text("\n".join(lines[8] + lines[9]))
    (lists / "testlist01.txt").write_text("\n".join(lines[1]))
    names = [f"{number} {kind}" for number, kind in enumerate(classes, 1)]
    (lists / "classInd.txt").write_text("\n".join(names) + "\n")
    return root


def kinetics_folder(root: Path, per_class: int = 2) -> Path:
    """Videos of three classes named by number; two clips of one video in the training list."""
    lists: dict[str, list[str]] = {"train": [], "test": []}
    for number, kind in enumerate((2, 10, 9)):
        for i in range(3):
            split = "test" if i == 2 else "train"
            starts = (0, 40) if split == "train" else (7,)
            for start in starts:
                clip = f"a_1-{number}video{i}_{start}"
                write_video(root / f"video/{clip}.mp4", [40, 80, 120, 160], tone(440))
                lists[split].append(f"{clip},10,{kind}")
    (root / "my_train.txt").write_text("\n".join(lists["train"]))
    (root / "my_test.txt").write_text("\n".join(lists["test"]))
    return root
