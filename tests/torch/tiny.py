"""A corpus and a configuration so small that a run takes a fraction of a second."""

from dataclasses import replace

import torch

from rgm_torch.data.batch import Clips, Corpus
from rgm_torch.training import Config
from rgm_torch.training.display import Display

QUIET = Display(quiet=True)
CONFIG = Config(epochs=2, batch_size=16, width=4, lr=0.02)


def config(method: str) -> Config:
    """The configuration, with as many epochs as the method's own schedule needs."""
    return replace(CONFIG, method=method, epochs=6 if method == "reconboost" else 2)


def clips(size: int, classes: int, modalities: tuple[str, ...], rng: torch.Generator) -> Clips:
    """Noise pictures with a brighter stripe where the class is; the first modality is clearest."""
    labels = torch.randint(classes, (size,), generator=rng)
    labels[:classes] = torch.arange(classes)
    inputs = {}
    for k, name in enumerate(modalities):
        x = torch.randn(size, 1, 16, 16, generator=rng)
        x[torch.arange(size), :, labels] += 2 / (k + 1)
        inputs[name] = x
    return Clips(inputs, labels)


def corpus(
    size: int = 70, classes: int = 3, modalities: tuple[str, ...] = ("audio", "video")
) -> Corpus:
    """70 clips are four batches of 16, and 6 that wait for another epoch."""
    rng = torch.Generator().manual_seed(0)
    parts = [clips(n, classes, modalities, rng) for n in (size, 30, 40)]
    return Corpus("tiny", modalities, tuple("abcdefgh"[:classes]), *parts)
