"""One pass over a data set in evaluation mode: features and logits of every clip."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from rgm_torch.data.batch import loader
from rgm_torch.methods.base import Method

BATCH = 256


@dataclass(frozen=True)
class Outputs:
    """Of all clips of a split, in stored order, on the CPU.

    Shapes: features name → (N, d_k), logits (N, K), labels (N,); `alone`, name → (N, K), the logits
    of each modality on its own, is empty where the head is not additive.
    """

    features: dict[str, Tensor]
    logits: Tensor
    alone: dict[str, Tensor]
    labels: Tensor


@torch.no_grad()
def outputs(method: Method, dataset: Any, workers: int = 0) -> Outputs:
    """Features and logits of a data set; the method is left in the mode it was in.

    Nothing is drawn from any generator and no statistics of batch norm move.
    """
    device, training = next(method.parameters()).device, method.training
    method.eval()
    parts = []
    for batch in loader(dataset, BATCH, workers=workers):
        features = method.model.features(batch.to(device).inputs)
        logits, own = method.classify(features), own_logits(method, features)
        parts.append(Outputs(to_cpu(features), logits.cpu(), to_cpu(own), batch.labels))
    method.train(training)
    return Outputs(
        joined([part.features for part in parts]),
        torch.cat([part.logits for part in parts]),
        joined([part.alone for part in parts]),
        torch.cat([part.labels for part in parts]),
    )


def own_logits(method: Method, features: dict[str, Tensor]) -> dict[str, Tensor]:
    """`method.alone`, or nothing behind a fusion that mixes the modalities (gated, FiLM)."""
    try:
        return method.alone(features)
    except ValueError:
        return {}


def to_cpu(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The same tensors on the CPU."""
    return {name: tensor.cpu() for name, tensor in tensors.items()}


def joined(parts: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    """Dictionaries of equal keys, concatenated along the clips."""
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
