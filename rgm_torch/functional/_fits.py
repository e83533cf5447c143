"""Shapes of what stands beside the gradients: features, shares, probabilities."""

from collections.abc import Sequence

from torch import Tensor


def same_shape(tensors: Sequence[Tensor], name: str) -> None:
    """Raise a ValueError unless there are two tensors or more, all of one shape."""
    if len(tensors) < 2:
        raise ValueError(f"{name}: got {len(tensors)} modality, expected at least 2")
    shapes = [tuple(tensor.shape) for tensor in tensors]
    if len(set(shapes)) > 1:
        raise ValueError(f"{name}: got shapes {shapes}, expected one shape (d_i = d_j)")


def as_shares(shares: Tensor, gradients: Tensor, name: str = "shares") -> Tensor:
    """Weights w_k, one per modality, broadcastable to (M, ...) beside gradients (M, ..., d)."""
    shape = tuple(shares.shape)
    if shares.ndim == 0 or len(shares) != len(gradients):
        raise ValueError(f"{name}: got shape {shape}, expected one per modality ({len(gradients)})")
    return shares.reshape(shape + (1,) * (gradients.ndim - 1 - shares.ndim))


def as_distribution(values: Tensor, shape: tuple[int, ...], name: str) -> Tensor:
    """Probabilities over the last axis, of the given shape."""
    if tuple(values.shape) != shape:
        raise ValueError(f"{name}: got shape {tuple(values.shape)}, expected {shape}")
    return values
