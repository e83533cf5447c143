"""What may go through the layer, and which modalities of it take part."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


def check_features(features: Sequence[Tensor], modalities: int, blocks: int) -> None:
    """Raise a ValueError unless there are M features of one shape (..., d), d ≥ l."""
    if len(features) != modalities:
        raise ValueError(f"features: got {len(features)}, expected {modalities}")
    shape = features[0].shape
    if not shape or any(feature.shape != shape for feature in features):
        shapes = [tuple(feature.shape) for feature in features]
        raise ValueError(f"features: got shapes {shapes}, expected one shape (..., d)")
    if blocks > shape[-1]:
        raise ValueError(f"blocks: got {blocks}, expected at most the width {shape[-1]}")


def check_place(features: Sequence[Tensor], device: torch.device, head: nn.Linear | None) -> None:
    """Raise a ValueError unless the features are on the layer's device and fit under the head."""
    if any(feature.device != device for feature in features):
        devices = sorted({str(feature.device) for feature in features})
        raise ValueError(f"features: on {devices}, expected the layer's device {device}")
    width = features[0].shape[-1]
    if head is not None and head.in_features != len(features) * width:
        raise ValueError(
            f"head: takes {head.in_features} features, expected {len(features)} · {width}"
        )


def taking_part(features: Sequence[Tensor], present: Tensor | None) -> Tensor | None:
    """Mask of the modalities that are there and whose encoders learn; None for all of them.

    Shapes: features (..., d), `present` (M,) or with the first axes of (...) → (M, ...), axes of
    length 1 where nothing depends on them. Raises: ValueError for another shape or dtype.
    """
    learning = [feature.requires_grad for feature in features]
    if present is None and all(learning):
        return None
    whole = (len(features), *features[0].shape[:-1])
    if present is None:
        present = features[0].new_ones(len(features), dtype=torch.bool)
    shape = tuple(present.shape)
    if present.dtype != torch.bool or not shape or shape != whole[: len(shape)]:
        given = f"{present.dtype} of shape {shape}"
        expected = f"booleans of shape {whole} or of its first axes"
        raise ValueError(f"present: got {given}, expected {expected}")
    mask = present.reshape(shape + (1,) * (len(whole) - len(shape)))
    if not all(learning):
        mask = mask.clone()
        for modality, learns in enumerate(learning):
            if not learns:
                mask[modality].fill_(False)  # unlike torch.tensor(learning), no copy to a GPU
    return mask
