"""Clips to look at and to listen to."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from rgm_torch.data._checks import one_of, whole
from rgm_torch.data.batch import Batch, Corpus
from rgm_torch.data.bounce_av import CHUNK, sounds

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Array = np.ndarray


def show_clips(
    corpus: Corpus, part: str = "train", classes: Sequence[int] | None = None, frames: int = 4
) -> "Figure":
    """A figure with the first clip of each class, one column per class.

    Spectrograms (and pressure maps) with low bands (sensors) below and time to the right, over
    `frames` frames of the video, the first on top. `classes` are the class numbers to show: the
    first ten by default. Needs matplotlib (the extra `verify`).
    Raises: ValueError for a class that the corpus has not.
    """
    from matplotlib.figure import Figure

    chosen = range(min(10, len(corpus.classes))) if classes is None else classes
    columns = [_rows(_first(corpus, part, k).inputs, whole("frames", frames, 1)) for k in chosen]
    figure = Figure(
        figsize=(0.4 + 1.05 * len(columns), 0.3 + 1.05 * len(columns[0])), layout="constrained"
    )
    axes = figure.subplots(len(columns[0]), len(columns), squeeze=False)
    for column, (k, rows) in enumerate(zip(chosen, columns, strict=True)):
        axes[0, column].set_title(corpus.classes[k].replace(" ", "\n"), fontsize=9)
        for axis, (label, picture) in zip(axes[:, column], rows, strict=True):
            colours = "cividis" if label in corpus.modalities else "gray"
            axis.imshow(picture, cmap=colours, origin="lower" if colours == "cividis" else "upper")
            axis.set(xticks=[], yticks=[])
            if column == 0:
                axis.set_ylabel(label, fontsize=8)
    return figure


def listen(corpus: Corpus, row: int, part: str = "train") -> tuple[Array, int]:
    """Waveform (samples,) of one clip, noise and all, and samples per second.

    Only BounceAV can be heard: AV-Digits has spectra of recordings, not the recordings.
    Raises: ValueError for another corpus or a row that is not there.
    """
    if corpus.name != "bounce-av":
        raise ValueError(f"corpus: got {corpus.name}, expected bounce-av: no other has waveforms")
    one_of("part", part, tuple(corpus.parts))
    whole("row", row, 0, len(corpus.parts[part]) - 1)
    waves, rate = sounds(corpus.settings, part, row // CHUNK)
    return waves[row % CHUNK], rate


def _first(corpus: Corpus, part: str, k: int) -> Batch:
    """The first clip of class k, as a batch of one."""
    whole("classes", k, 0, len(corpus.classes) - 1)
    dataset = corpus.parts[one_of("part", part, tuple(corpus.parts))]
    return dataset[int((torch.as_tensor(dataset.labels) == k).nonzero()[0])]


def _rows(inputs: Mapping[str, Tensor], frames: int) -> list[tuple[str, Array]]:
    """Pictures of one clip from the top down: a map bears its modality's name, frames numbers.

    Inputs are (1, 1, H, W) maps, (1, T, H, W) frames, or (1, T, C, H, W): colours, or flow, of
    which the length is shown.
    """
    rows = []
    for name, (value,) in inputs.items():
        if value.ndim == 4:
            value = value.movedim(1, -1) if value.shape[1] == 3 else value.norm(dim=1)
            low, high = value.min(), value.max()
            value = (value - low) / (high - low).clamp_min(1e-6)
        if len(value) == 1:
            rows.append((name, value[0].numpy()))
            continue
        for t in np.linspace(0, len(value) - 1, min(frames, len(value))).round().astype(int):
            rows.append((f"{name} {t + 1}", value[t].numpy()))
    return rows
