"""How well each modality does on a batch, read off its own logits."""

from collections.abc import Mapping

import torch
from torch import Tensor

from rgm_torch.functional._safe import widened


def together(logits: Mapping[str, Tensor]) -> Tensor:
    """Logits of all modalities in float32 or wider, without a graph. Shapes: (n, K) → (M, n, K)."""
    return widened(torch.stack([own.detach() for own in logits.values()]))


def confidence(logits: Tensor, labels: Tensor) -> Tensor:
    """p_i^k(y_i) = softmax(f_i^k)_{y_i}. Shapes: (M, n, K), (n,) → (M, n)."""
    return logits.softmax(dim=-1)[:, torch.arange(len(labels), device=labels.device), labels]
