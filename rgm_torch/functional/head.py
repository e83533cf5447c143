"""A linear head on concatenated features: what it lets the modalities' gradients be.

Logits l = Σ_k z_k W_k + b with head blocks W_k (d_k, K), the transposes of what `nn.Linear` stores.
Modalities may have different widths here, so they come as a sequence of tensors.
"""

from collections.abc import Iterable

import torch
from torch import Tensor

from rgm_torch.functional._fits import as_distribution
from rgm_torch.functional._safe import widened


def to_logits(vectors: Iterable[Tensor], heads: Iterable[Tensor]) -> Tensor:
    """Vectors of the feature spaces carried to the logits, v_k W_k.

    Of features z_k: each modality's own logits (the joint ones are their sum + b). Of gradients
    g_k: the logit pushes u_k. Shapes: M vectors (..., d_k), M head blocks (d_k, K) → (M, ..., K).
    Raises: ValueError where they do not fit. Source: ours, see claim plane-invariant.
    """
    vectors, heads = list(vectors), list(heads)
    widths, rows = [v.shape[-1] for v in vectors], [head.shape[0] for head in heads]
    if widths != rows:
        raise ValueError(f"heads: got {rows} rows, expected the widths {widths} of the vectors")
    return torch.stack([v @ head for v, head in zip(vectors, heads, strict=True)])


def softmax(logits: Tensor) -> Tensor:
    """Probabilities p_m = e^{l_m} / Σ_n e^{l_n}. Shapes: (..., K) → (..., K)."""
    return torch.softmax(logits, dim=-1)


def residual(logits: Tensor, target: Tensor) -> Tensor:
    """Residual r = softmax(l) − y, the gradient of the cross-entropy in the logits.

    Shapes: logits and target distribution y (one-hot for a hard label) (..., K) → (..., K). Raises:
    ValueError for a target of another shape.
    With l = l_k + b it is modality k's own residual r_k, and ‖r_k‖² its Brier score; with the joint
    logits it is the one residual that all modalities share. Source: ours, see claim
    plane-residual-gauge.
    """
    return softmax(logits) - as_distribution(target, tuple(logits.shape), "target")


def head_gradients(heads: Iterable[Tensor], residual: Tensor) -> list[Tensor]:
    """Feature gradients behind a linear head, g_k = r W_kᵀ: one residual, read through each block.

    Shapes: M head blocks (d_k, K), residual (..., K) → M tensors (..., d_k). Raises: ValueError for
    other numbers of classes. Source: Eq. 1; claims fusion-head-ratio and plane-shared-residual.
    """
    heads = list(heads)
    classes = {head.shape[-1] for head in heads}
    if classes != {residual.shape[-1]}:
        raise ValueError(
            f"heads: got {classes} classes, expected the residual's {residual.shape[-1]}"
        )
    return [residual @ head.mT for head in heads]


def on_residuals(head: Tensor) -> Tensor:
    """The map r ↦ r W_kᵀ on the K − 1 directions a residual can have: its entries sum to zero.

    Shapes: head block (..., d, K) → W C (..., d, K − 1), C an orthonormal basis of the sum-zero
    logits. Raises: ValueError for K = 1. Source: ours, see claim fusion-head-ratio.
    """
    classes = head.shape[-1]
    if classes < 2:
        raise ValueError(f"head: got {classes} class, expected at least 2")
    wide = widened(head)
    eye = torch.eye(classes, dtype=wide.dtype, device=head.device)
    basis = torch.linalg.qr(torch.cat([torch.ones_like(eye[:, :1]), eye[:, 1:]], dim=1))[0]
    return (wide @ basis[:, 1:]).to(head.dtype)
