"""A data set of files, read clip by clip when they are asked for."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from rgm_torch.data.batch import Batch
from rgm_torch.data.readers.find import Clip
from rgm_torch.data.readers.pictures import View, central, drawn


class Reader(Protocol):
    """Turns a clip's files of one modality into a tensor; `check` opens all it may ever read."""

    def __call__(self, files: tuple[Path, ...], view: View) -> Tensor: ...
    def check(self, files: tuple[Path, ...]) -> object: ...


class FileClips(Dataset[Batch]):
    """Clips read from files.

    With `augment`, what is seen of a clip depends on (seed, epoch, row) only: it is the same
    whatever the order, the batch and the number of workers. Call `set_epoch` before each epoch.
    `skipped` names the clips that were left out of this split, and why.
    """

    def __init__(
        self,
        clips: Sequence[Clip],
        readers: Mapping[str, Reader],
        frames: int,
        seed: int,
        augment: bool,
        crop: bool,
        skipped: Sequence[str],
    ) -> None:
        self.clips, self.readers, self.skipped = list(clips), dict(readers), list(skipped)
        self.frames, self.seed, self.augment, self.crop, self.epoch = frames, seed, augment, crop, 0
        self.labels = torch.tensor([clip.label for clip in clips], dtype=torch.int64)

    def __len__(self) -> int:
        return len(self.clips)

    def set_epoch(self, epoch: int) -> None:
        """From here on draw the frames, crops and flips of this epoch."""
        self.epoch = epoch

    def view(self, row: int) -> View:
        """What is seen of the clip in this row, in this epoch."""
        if not self.augment:
            return central(self.frames)
        return drawn(self.frames, self.crop, np.random.default_rng([self.seed, self.epoch, row]))

    def __getitem__(self, index: int) -> Batch:
        """The clip in row `index`, as a batch of one.

        Raises: MediaError where a file turns out to be damaged.
        """
        row = range(len(self))[index]
        clip, view = self.clips[row], self.view(row)
        inputs = {name: read(clip.files[name], view)[None] for name, read in self.readers.items()}
        return Batch(inputs, self.labels[row, None], torch.tensor([row]))
