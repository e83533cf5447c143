"""The seen half of a clip: a folder of frames, or a video file, as a few pictures."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rgm_torch.data.readers.media import PICTURES, damaged, optional

Array = np.ndarray
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of the red, green and blue of ImageNet: what the family normalises frames with."""


@dataclass(frozen=True)
class View:
    """Which moments of a clip are seen, and which part of the picture.

    The clip is cut into as many equal segments as there are `moments`; each, in [0, 1), says where
    in its segment a frame is taken. `crop` = (share of the area, width over height, place
    between left and right, place between top and bottom), or None for all of it.
    One view holds for a whole clip, so that its frames, and its flow, stay aligned; the family
    draws each frame's crop anew.
    """

    moments: tuple[float, ...]
    crop: tuple[float, float, float, float] | None = None
    flip: bool = False

    def frames(self, total: int) -> list[int]:
        """Frame ⌊(k + m_k) n/T⌋ for each segment k of T. A clip of n < T repeats frames."""
        share, last = total / len(self.moments), total - 1  # (k + m) may be rounded up to k + 1
        return [min(int((k + m) * share), last) for k, m in enumerate(self.moments)]

    def box(self, width: int, height: int) -> tuple[float, float, float, float]:
        """Left, upper, right and lower edge in a picture; a side too long is cut to fit."""
        if self.crop is None:
            return (0, 0, width, height)
        area, ratio, left, top = self.crop
        w = min(width, (area * width * height * ratio) ** 0.5)
        h = min(height, (area * width * height / ratio) ** 0.5)
        left, top = left * (width - w), top * (height - h)
        return (left, top, left + w, top + h)


def central(frames: int) -> View:
    """The middle of each segment, the whole picture: what validation and test see."""
    return View((0.5,) * frames)


def drawn(frames: int, crop: bool, rng: np.random.Generator) -> View:
    """A random view for training: a frame anywhere in each segment, a crop, a flip in half.

    The crop has 8 to 100 % of the area and a ratio between 3/4 and 4/3.
    Source: torchvision's RandomResizedCrop, which the family trains with. There a crop that does
    not fit is drawn again; here its long side is cut.
    """
    moments = tuple(rng.random(frames))
    ratio = float(np.exp(rng.uniform(np.log(3 / 4), np.log(4 / 3))))
    part = (rng.uniform(0.08, 1), ratio, rng.random(), rng.random())
    return View(moments, part if crop else None, bool(rng.random() < 0.5))


@dataclass(frozen=True)
class Frames:
    """RGB frames, normalised with the mean and the deviation of ImageNet.

    Shapes: (T, 3, size, size), float32; the family has the frames after the colours.
    Source: the loaders of OGM-GE's code: 224 pixels, bilinear.
    """

    size: int = 224

    def __call__(self, files: tuple[Path, ...], view: View) -> Tensor:
        rgb = _scaled(files[0], "RGB", view, self.size)
        normal = (rgb - np.array(MEAN)) / np.array(STD)
        return torch.from_numpy(normal.transpose(0, 3, 1, 2).astype(np.float32))

    def check(self, files: tuple[Path, ...]) -> None:
        """Open every frame. Raises: MediaError for one that is damaged."""
        check_pictures(files[0])


@dataclass(frozen=True)
class Flow:
    """Optical flow stored as grey pictures of its horizontal and vertical part, in [0, 1].

    No motion is 1/2. In a mirrored view the horizontal part changes sign: u → 1 − u (the family
    mirrors the picture alone, which tells a step to the left from one to the right no more).
    Shapes: (T, 2, size, size), float32.
    Source: BalanceBenchmark's UCF-101 loader: 224 pixels, not normalised.
    """

    size: int = 224

    def __call__(self, files: tuple[Path, ...], view: View) -> Tensor:
        u, v = (_scaled(path, "L", view, self.size) for path in files)
        flow = np.stack([1 - u if view.flip else u, v], axis=1)
        return torch.from_numpy(flow.astype(np.float32))

    def check(self, files: tuple[Path, ...]) -> None:
        """Open every frame. Raises: MediaError for one that is damaged, or unequal numbers."""
        numbers = [check_pictures(path) for path in files]
        if len(set(numbers)) > 1:
            raise damaged(files[0], f"{numbers[0]} frames of flow in x, {numbers[1]} in y")


def check_pictures(path: Path) -> int:
    """Decode every frame of a folder or a video; how many there are.

    Raises: MediaError where one is damaged or there is none.
    """
    if not _is_folder(path):
        return _count(path)
    files = frame_files(path)
    for file in files:
        _open(file, "L")
    return len(files)


def frame_files(path: Path) -> list[Path]:
    """The pictures of a folder in the order of the last number in their names.

    A last part with a `*` keeps the names that match: `clip/flow_x_*`.
    Raises: MediaError for a folder without any.
    """
    folder, pattern = (path.parent, path.name) if "*" in path.name else (path, "*")
    files = [file for file in folder.glob(pattern) if file.suffix.lower() in PICTURES]
    if not files:
        raise damaged(path, "no jpg or png in it")
    return sorted(
        files, key=lambda file: ([int(n) for n in re.findall(r"\d+", file.stem)][-1:], file)
    )


def _scaled(path: Path, mode: str, view: View, size: int) -> Array:
    """The frames of a view, (T, size, size) for mode "L", with three colours for "RGB"."""
    image = optional("PIL.Image")
    if _is_folder(path):
        files = frame_files(path)
        pictures = [_open(files[i], mode) for i in view.frames(len(files))]
    else:
        pictures = _decode(path, mode, view.frames(_count(path)))
    small = [
        np.asarray(p.resize((size, size), image.Resampling.BILINEAR, view.box(*p.size)))
        for p in pictures
    ]
    stack = np.stack(small) / 255
    return stack[:, :, ::-1] if view.flip else stack


def _is_folder(path: Path) -> bool:
    return "*" in path.name or path.is_dir()


def _open(path: Path, mode: str) -> Any:
    """A picture, fully decoded."""
    try:
        with optional("PIL.Image").open(path) as picture:
            return picture.convert(mode)
    except (OSError, SyntaxError, ValueError) as error:  # PIL raises SyntaxError for a broken PNG
        raise damaged(path, error) from error


def _count(path: Path) -> int:
    """Frames of a video that can be decoded: what its header announces need not be true.

    Below nine tenths of that the file is damaged. (An flv announces nothing: what can be decoded
    of a cut one counts as all of it.)
    """
    av = optional("av")
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise damaged(path, "no pictures in it")
            announced = container.streams.video[0].frames
            total = sum(1 for _ in container.decode(video=0))
    except av.error.FFmpegError as error:
        raise damaged(path, error) from error
    if total == 0 or total < 0.9 * announced:
        raise damaged(path, f"{total} of {announced} frames can be decoded")
    return total


def _decode(path: Path, mode: str, wanted: Sequence[int]) -> list[Any]:
    """The wanted frames of a video, in order."""
    av = optional("av")
    found = {}
    with av.open(str(path)) as container:
        for i, frame in enumerate(container.decode(video=0)):
            if i in wanted:
                found[i] = frame.to_image().convert(mode)
            if i == max(wanted):
                break
    return [found[i] for i in wanted]
