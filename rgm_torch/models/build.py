"""Models by name: what a configuration file or a flag can ask for."""

from collections.abc import Mapping
from pathlib import Path

import torch

from rgm_torch.models.backbones import ResNet18, ViTBase
from rgm_torch.models.cnn import CNN
from rgm_torch.models.encoder import Encoder, as_clip_shape
from rgm_torch.models.fusion import FUSIONS
from rgm_torch.models.multimodal import Multimodal
from rgm_torch.models.transformer import Transformer

SMALL: dict[str, type[CNN | Transformer]] = {"cnn": CNN, "transformer": Transformer}
BACKBONES: dict[str, type[ResNet18 | ViTBase]] = {"resnet18": ResNet18, "vit-base": ViTBase}


def build(
    shapes: Mapping[str, tuple[int, ...]],
    classes: int,
    *,
    encoder: str = "cnn",
    fusion: str = "concat",
    width: int = 64,
    seed: int | None = None,
    weights: str | Path | None = None,
) -> Multimodal:
    """A `Multimodal` with one encoder per modality, for clips of the given shapes.

    `shapes` maps a modality to its clip's shape without the batch, in the order of the fusion.
    `width` is that of the features of the small encoders; resnet18 and vit-base have 512 and 768.
    With a `seed` the initial weights depend on it alone and torch's global generator stays
    untouched; without, they follow that generator. `weights` is a local folder for the backbones.
    Raises: ValueError for an unknown name, a width below 1, weights for a small encoder, or shapes
    that the encoder cannot take; ImportError for a backbone without its library.
    """
    encoders = [*SMALL, *BACKBONES]
    if encoder not in encoders:
        raise ValueError(f"encoder: got {encoder!r}, expected one of {encoders}")
    if fusion not in FUSIONS:
        raise ValueError(f"fusion: got {fusion!r}, expected one of {list(FUSIONS)}")
    if width < 1:
        raise ValueError(f"width: got {width}, expected at least 1")
    if weights is not None and encoder not in BACKBONES:
        raise ValueError(f"weights: got {weights} for {encoder}, expected one of {list(BACKBONES)}")
    shapes = {name: as_clip_shape(shape, f"shapes[{name!r}]") for name, shape in shapes.items()}
    with torch.random.fork_rng(devices=[], enabled=seed is not None):
        if seed is not None:
            torch.default_generator.manual_seed(seed)
        parts = {name: make(encoder, shape, width, weights) for name, shape in shapes.items()}
        return Multimodal(parts, FUSIONS[fusion]([part.width for part in parts.values()]), classes)


def make(encoder: str, shape: tuple[int, ...], width: int, weights: str | Path | None) -> Encoder:
    """One encoder by name."""
    if encoder in BACKBONES:
        return BACKBONES[encoder](shape, weights)
    return SMALL[encoder](shape, width)
