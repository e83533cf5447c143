"""Cumulative Gradient Energy (Eq. 3), and beside it Fisher (Eq. 2) and Synaptic Intelligence.

Energies are squares: those of half-precision gradients are summed, and stay, in float32. They hold
for lengths within 1e±18 in float32 and 1e±150 in float64.
"""

import torch
from torch import Tensor

from rgm_torch.functional._checks import as_energy, as_gradients
from rgm_torch.functional._safe import safe_divide, widened

Scalar = float | Tensor


def step_energy(gradients: Tensor, rate: Scalar) -> Tensor:
    """Energy of one step, ‖η g_k‖².

    Shapes: gradients (M, ..., d), rate η a number or (...) → (M, ...). Units: those of ‖θ‖², a
    squared step length. Raises: ValueError for a rate that does not fit. Source: Eq. 3, one
    summand.
    """
    gradients = widened(as_gradients(gradients))
    if isinstance(rate, Tensor):
        rate = _as_rate(rate, gradients)
    return (rate * torch.linalg.vector_norm(gradients, dim=-1)) ** 2


def cumulative_energy(gradients: Tensor, rate: Scalar) -> Tensor:
    """Cumulative Gradient Energy after each step, E_k^(t) = Σ_{τ ≤ t} ‖η_τ g_k^(τ)‖².

    Shapes: gradients (M, ..., T, d), rate η a number or one per step (T,) → (M, ..., T).
    Units: those of ‖θ‖². Raises: ValueError without an axis of steps. Source: Eq. 3; see claim
    energy-monotone.
    """
    return step_energy(_listed(gradients, "gradients"), rate).cumsum(dim=-1)


def shares(energy: Tensor) -> Tensor:
    """Shares w_k = E_k / Σ_j E_j; all equal (1/M) while no energy has been spent.

    Shapes: (M, ...) → (M, ...), summing to 1 over modalities. Source: before Eq. 5.
    """
    energy = as_energy(energy)
    # Divided by the largest, so that the sum cannot overflow; a common factor has no derivative.
    scaled = safe_divide(energy, energy.detach().amax(dim=0))
    total = scaled.sum(dim=0)
    return torch.where(total > 0, safe_divide(scaled, total), 1 / len(energy))


def pair_shares(energy: Tensor) -> Tensor:
    """Pairwise shares w_ij = E_i / (E_i + E_j); ½ where both are zero.

    Shapes: (M, ...) → (M, M, ...), w_ij + w_ji = 1. Source: before Eq. 5.
    """
    energy = as_energy(energy)
    return shares(torch.stack(torch.broadcast_tensors(energy[:, None], energy[None, :])))[0]


def fisher_trace(sample_gradients: Tensor) -> Tensor:
    """Trace of the empirical Fisher matrix, tr F_k = (1/n) Σ_s ‖g_k^(s)‖², over the samples s.

    It is the energy of the mean gradient plus the variance of the samples: see claim energy-fisher.
    Shapes: per-sample gradients (M, ..., n, d) → (M, ...). Raises: ValueError without an axis of
    samples. Source: Eq. 2.
    """
    return step_energy(_listed(sample_gradients, "sample_gradients"), 1.0).mean(dim=-1)


def synaptic_intelligence(gradients: Tensor, displacements: Tensor) -> Tensor:
    """Synaptic Intelligence, the path integral −Σ_t g_k^(t) · Δθ_k^(t): the work of modality k.

    For plain descent with a constant rate CGE = η · SI, see claims energy-work, energy-relatives.
    Shapes: two tensors (M, ..., T, d) → (M, ...). Units: those of the loss. Raises: ValueError for
    unequal shapes. Source: Zenke et al. 2017 (their ω, before they divide it by Δ² + ξ).
    """
    gradients = _listed(gradients, "gradients")
    displacements = _listed(displacements, "displacements")
    if displacements.shape != gradients.shape:
        got, expected = tuple(displacements.shape), tuple(gradients.shape)
        raise ValueError(f"displacements: got shape {got}, expected {expected}")
    return -(widened(gradients) * widened(displacements)).sum(dim=(-2, -1))


def _as_rate(rate: Tensor, gradients: Tensor) -> Tensor:
    """Rates that broadcast to the batch (...) of the gradients, in the gradients' dtype."""
    shape, batch = tuple(rate.shape), tuple(gradients.shape[1:-1])
    fits = (have in (1, want) for have, want in zip(shape[::-1], batch[::-1], strict=False))
    if len(shape) > len(batch) or not all(fits):
        raise ValueError(f"rate: got shape {shape}, expected a number or {batch}")
    return rate.to(gradients.dtype)


def _listed(gradients: Tensor, name: str) -> Tensor:
    """Gradients with an axis of steps (or samples) before the last one: (M, ..., T, d)."""
    gradients = as_gradients(gradients, name)
    if gradients.ndim < 3:
        raise ValueError(f"{name}: got shape {tuple(gradients.shape)}, expected (M, ..., T, d)")
    return gradients
