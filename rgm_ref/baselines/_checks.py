"""Input checks that the methods share, on top of those of `rgm_ref`."""

import numpy as np

from rgm_ref._checks import as_float, as_gradients, as_nonnegative

Array = np.ndarray


def as_rows(gradients, name: str = "gradients") -> Array:
    """Whole gradients as the rows of a matrix, (m, d) with m >= 2."""
    rows = as_gradients(gradients, name)
    if rows.ndim != 2:
        raise ValueError(f"{name}: got shape {rows.shape}, expected (m, d)")
    return rows


def as_vectors(first, second, names: tuple[str, str]) -> tuple[Array, Array]:
    """Two vectors of one width (d,)."""
    a, b = as_float(first, names[0]), as_float(second, names[1])
    if a.ndim != 1 or a.shape != b.shape or a.size == 0:
        raise ValueError(f"{names[1]}: got shapes {a.shape} and {b.shape}, expected one (d,)")
    return a, b


def as_labels(labels, logits: Array) -> Array:
    """Class numbers (n,) that fit logits or probabilities (..., n, K)."""
    array = np.asarray(labels)
    samples, classes = logits.shape[-2:]
    if array.shape != (samples,) or not np.issubdtype(array.dtype, np.integer):
        raise ValueError(
            f"labels: got {array.dtype} of shape {array.shape}, expected integers ({samples},)"
        )
    if samples == 0 or array.min() < 0 or array.max() >= classes:
        raise ValueError(f"labels: got {labels}, expected at least one, each in 0 … {classes - 1}")
    return array


def as_logits(logits, name: str) -> Array:
    """Logits of M >= 2 modalities, (M, n, K)."""
    array = as_gradients(logits, name)
    if array.ndim != 3:
        raise ValueError(f"{name}: got shape {array.shape}, expected (M, n, K)")
    return array


def as_probabilities(values, name: str) -> Array:
    """Probabilities over the last axis, (..., K)."""
    array = as_nonnegative(values, name)
    if array.ndim == 0 or not np.allclose(array.sum(axis=-1), 1):
        raise ValueError(f"{name}: expected values that sum to 1 over the last axis")
    return array


def as_scores(values, name: str, least: int = 2) -> Array:
    """One finite number per modality (M,), M >= `least`."""
    array = as_float(values, name)
    if array.ndim != 1 or len(array) < least:
        raise ValueError(f"{name}: got shape {array.shape}, expected (M,) with M >= {least}")
    return array


def as_positive(values, name: str) -> Array:
    """One positive number per modality (M,), M >= 2."""
    array = as_scores(values, name)
    if not (array > 0).all():
        raise ValueError(f"{name}: got {array}, expected positive numbers")
    return array


def as_order(order, length: int, name: str = "order") -> list[int]:
    """A permutation of 0 … length − 1."""
    if sorted(order) != list(range(length)):
        raise ValueError(f"{name}: got {order}, expected a permutation of 0 … {length - 1}")
    return list(order)


def true_class(values: Array, labels) -> Array:
    """The entries that belong to the labels, (..., n, K) → (..., n)."""
    labels = as_labels(labels, values)
    return values[..., np.arange(len(labels)), labels]


def log_softmax(logits: Array) -> Array:
    """l_c − log Σ_c' e^{l_c'} over the last axis."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
