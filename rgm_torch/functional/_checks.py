"""Checks that read shapes and options, never values, which a GPU would keep us waiting for."""

from torch import Tensor


def as_gradients(gradients: Tensor, name: str = "gradients") -> Tensor:
    """Gradients of M >= 2 modalities, shape (M, ..., d)."""
    if gradients.ndim < 2 or gradients.shape[-1] == 0:
        raise ValueError(
            f"{name}: got shape {tuple(gradients.shape)}, expected (M, ..., d), d >= 1"
        )
    if len(gradients) < 2:
        raise ValueError(f"{name}: got {len(gradients)} modality, expected at least 2")
    if not gradients.is_floating_point():
        raise ValueError(f"{name}: got dtype {gradients.dtype}, expected a floating-point one")
    return gradients


def as_pair(gradients: Tensor, name: str = "gradients") -> Tensor:
    """Gradients of exactly two modalities, shape (2, ..., d)."""
    if len(as_gradients(gradients, name)) != 2:
        raise ValueError(f"{name}: got {len(gradients)} modalities, expected a pair")
    return gradients


def as_energy(energy: Tensor, name: str = "energy") -> Tensor:
    """Energies of M >= 2 modalities, shape (M, ...)."""
    if energy.ndim == 0 or len(energy) < 2:
        raise ValueError(f"{name}: got shape {tuple(energy.shape)}, expected (M, ...) with M >= 2")
    return energy


def fit_energy(energy: Tensor, modalities: int, batch: tuple[int, ...]) -> Tensor:
    """Energies (M,) or (M, ...) beside gradients (M, ..., d), broadcastable to (M, ...)."""
    shape = tuple(as_energy(energy).shape)
    if shape not in ((modalities,), (modalities, *batch)):
        expected = f"({modalities},) or {(modalities, *batch)}"
        raise ValueError(f"energy: got shape {shape}, expected {expected}")
    return energy.reshape(shape + (1,) * (len(batch) + 1 - len(shape)))


def one_of(value, choices, name: str):
    """One of the named choices."""
    if value not in choices:
        raise ValueError(f"{name}: got {value!r}, expected one of {sorted(choices)}")
    return value
