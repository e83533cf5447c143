"""Class means as a classifier: which clips they are made of, and how far a feature is from them."""

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from rgm_torch.functional._safe import widened


def balanced_rows(labels: Tensor, classes: int, share: float, generator: torch.Generator) -> Tensor:
    """Rows of a part of the clips, as many of each class as there are (at least one), in order.

    Shapes: labels (N,) → (n,). Raises: ValueError for a class without any.
    """
    each = max(1, round(share * len(labels) / classes))
    chosen = []
    for one in range(classes):
        members = (labels == one).nonzero().flatten()
        if not len(members):
            raise ValueError(f"labels: got no clip of class {one}, a prototype needs one")
        chosen.append(members[torch.randperm(len(members), generator=generator)[:each]])
    return torch.cat(chosen).sort().values


def class_means(features: Tensor, labels: Tensor, classes: int) -> Tensor:
    """Shapes: (n, d), labels (n,) → (K, d)."""
    members = one_hot(labels, classes).to(features).T
    return members @ features / members.sum(dim=1, keepdim=True)


def distances(features: Tensor, prototypes: Tensor) -> Tensor:
    """√max(‖z − c‖², 1e-12): at 0 the root has no slope. Shapes: (n, d), (K, d) → (n, K)."""
    apart = widened(features)[:, None] - prototypes
    return apart.square().sum(dim=-1).clamp_min(1e-12).sqrt()


def entropy(logits: Tensor) -> Tensor:
    """H = mean_i −Σ_y p_i(y) log p_i(y), in nats. Shapes: (n, K) → scalar."""
    log_p = logits.log_softmax(dim=-1)
    return -(log_p.exp() * log_p).sum(dim=-1).mean()
