"""Input checks of every idea: bad input gets a `ValueError` that names the argument."""

import numpy as np

from rgm_ref._scaled import common_scale


def as_float(values, name: str) -> np.ndarray:
    """Finite floating array; float32 stays float32, integers become float64."""
    array = np.asarray(values)
    if not np.issubdtype(array.dtype, np.floating):
        array = array.astype(np.float64)
    if not np.isfinite(array).all():
        raise ValueError(f"{name}: contains NaN or infinite values, expected finite numbers")
    return array


def as_gradients(gradients, name: str = "gradients") -> np.ndarray:
    """Gradients of M >= 2 modalities, stacked to shape (M, ..., d)."""
    per_modality = [as_float(g, name) for g in gradients]
    if len(per_modality) < 2:
        raise ValueError(f"{name}: got {len(per_modality)} modality, expected at least 2")
    shapes = [g.shape for g in per_modality]
    if len(set(shapes)) > 1:
        raise ValueError(f"{name}: got shapes {shapes}, expected one shape (d_i = d_j)")
    if shapes[0] == () or shapes[0][-1] == 0:
        raise ValueError(f"{name}: got shape {shapes[0]} per modality, expected (..., d), d >= 1")
    return np.stack(per_modality)


def as_pair(gradients, name: str = "gradients") -> np.ndarray:
    """Gradients of exactly two modalities, shape (2, ..., d)."""
    pair = as_gradients(gradients, name)
    if len(pair) != 2:
        raise ValueError(f"{name}: got {len(pair)} modalities, expected a pair")
    return pair


def as_nonnegative(values, name: str) -> np.ndarray:
    """Finite array without negative entries (energies, norms, weights)."""
    array = as_float(values, name)
    if (array < 0).any():
        raise ValueError(f"{name}: contains {array.min()}, expected values >= 0")
    return array


def as_energy(energy, name: str = "energy") -> np.ndarray:
    """Energies of M >= 2 modalities, shape (M, ...)."""
    array = as_nonnegative(energy, name)
    if array.ndim == 0 or len(array) < 2:
        raise ValueError(f"{name}: got shape {array.shape}, expected (M, ...) with M >= 2")
    return array


def fit_energy(energy, modalities: int, batch: tuple[int, ...], dtype) -> np.ndarray:
    """Energies (M,) or (M, ...) beside gradients (M, ..., d), as (M, ...) in the gradients' dtype.

    Only their ratios count, so they are first scaled, exactly, to the range of any dtype.
    """
    array = as_energy(energy)
    if array.shape not in ((modalities,), (modalities, *batch)):
        expected = f"({modalities},) or {(modalities, *batch)}"
        raise ValueError(f"energy: got shape {array.shape}, expected {expected}")
    array = (array / common_scale(array[..., None])[..., 0]).astype(dtype)
    return array.reshape(array.shape + (1,) * (len(batch) + 1 - array.ndim))


def as_shares(shares, gradients: np.ndarray, name: str = "shares") -> np.ndarray:
    """Weights w_k, one per modality, in the gradients' dtype, broadcastable to (M, ..., 1)."""
    array = as_nonnegative(shares, name).astype(gradients.dtype)
    if array.ndim == 0 or len(array) != len(gradients):
        raise ValueError(
            f"{name}: got shape {array.shape}, expected one per modality ({len(gradients)})"
        )
    if not (array.sum(axis=0) > 0).all():
        raise ValueError(f"{name}: all weights are zero, expected a positive sum")
    missing = gradients.ndim - 1 - array.ndim
    return array.reshape(array.shape + (1,) * missing)[..., None]


def as_distribution(values, shape: tuple[int, ...], name: str) -> np.ndarray:
    """Probabilities over the last axis, of the given shape."""
    array = as_nonnegative(values, name)
    if array.shape != shape:
        raise ValueError(f"{name}: got shape {array.shape}, expected {shape}")
    if not np.allclose(array.sum(axis=-1), 1):
        raise ValueError(f"{name}: expected values that sum to 1 over the last axis")
    return array


def positive(value, name: str):
    """A number (or array) above zero."""
    if not (np.isfinite(value).all() and (np.asarray(value) > 0).all()):
        raise ValueError(f"{name}: got {value}, expected a positive finite number")
    return value


def one_of(value, choices, name: str):
    """One of the named choices."""
    if value not in choices:
        raise ValueError(f"{name}: got {value!r}, expected one of {sorted(choices)}")
    return value
