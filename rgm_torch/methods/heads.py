"""What each modality says alone: from a head of its own, or from its slice of the joint head."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from rgm_torch.functional._checks import one_of
from rgm_torch.methods.base import linear_head
from rgm_torch.models.multimodal import Multimodal

HEADS = ("separate", "split")


def own_heads(model: Multimodal, heads: str, generator: torch.Generator) -> nn.ModuleDict:
    """One linear head V_k, a_k per modality for "separate", none for "split".

    Raises: ValueError for another word, or for "split" behind a fusion that is not additive.
    """
    if one_of(heads, HEADS, "heads") == "split":
        model.fusion.blocks(model.head.weight)  # raises where there are no slices
        return nn.ModuleDict()
    widths = zip(model.modalities, model.fusion.widths, strict=True)
    classes = model.head.out_features
    return nn.ModuleDict({name: linear_head(width, classes, generator) for name, width in widths})


def own_logits(
    model: Multimodal, heads: nn.ModuleDict, features: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """o_k = V_k z_k + a_k with separate heads, o_k = W_k z_k + b/M where there are none.

    The features go in from before the model's modulator, which sees the joint loss only.
    Shapes: z_k (B, d_k) → (B, K) each.
    """
    if not heads:
        return model.split_logits(features)
    return {name: head(features[name]) for name, head in heads.items()}


def own_losses(logits: Mapping[str, Tensor], labels: Tensor) -> dict[str, Tensor]:
    """L_k = CE(o_k, y), means over the batch. Shapes: (B, K) each, labels (B,) → scalars."""
    return {name: cross_entropy(own, labels) for name, own in logits.items()}
