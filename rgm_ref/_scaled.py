"""Norms, directions and cosines that neither overflow nor underflow (1e-150 … 1e150 and beyond).

Squaring a number loses half of the exponent range, so every vector is first divided by its
largest entry. A zero vector has norm 0, direction 0 and cosine 0 with everything.
"""

import numpy as np


def safe_divide(numerator, denominator) -> np.ndarray:
    """numerator / denominator, and 0 where the denominator is 0."""
    numerator, denominator = np.broadcast_arrays(numerator, denominator)
    out = np.zeros(numerator.shape, np.result_type(numerator, denominator))
    return np.divide(numerator, denominator, out=out, where=denominator != 0)


def norm(vectors: np.ndarray, axis: int = -1) -> np.ndarray:
    """Euclidean length along `axis`, kept as an axis of size 1."""
    largest = np.abs(vectors).max(axis=axis, keepdims=True)
    scaled = safe_divide(vectors, largest)
    return largest * np.sqrt((scaled**2).sum(axis=axis, keepdims=True))


def unit(vectors: np.ndarray) -> np.ndarray:
    """Directions x / ‖x‖ along the last axis; 0 stays 0."""
    scaled = safe_divide(vectors, np.abs(vectors).max(axis=-1, keepdims=True))
    return safe_divide(scaled, norm(scaled))


def cosine(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Cosine of the angle along the last axis, kept as an axis of size 1; 0 at a zero vector."""
    return np.clip((unit(x) * unit(y)).sum(axis=-1, keepdims=True), -1, 1)


def common_scale(gradients: np.ndarray) -> np.ndarray:
    """Power of two just below the largest entry of all modalities; dividing by it is exact."""
    largest = np.abs(gradients).max(axis=(0, -1), keepdims=True)[0]
    _, exponent = np.frexp(np.where(largest > 0, largest, 1))
    return np.ldexp(np.ones_like(largest), exponent - 1)
