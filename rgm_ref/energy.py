"""Cumulative Gradient Energy (Eq. 3), and beside it Fisher (Eq. 2) and Synaptic Intelligence.

What bounds the energy (Theorem 1) is in `bounds`.
"""

import numpy as np

from rgm_ref._checks import as_energy, as_gradients, positive
from rgm_ref._scaled import norm, safe_divide
from rgm_ref._shapes import Float

Array = np.ndarray
Scalar = float | np.floating | Array


def step_energy(gradients: Float[Array, "M *batch d"], rate: Scalar) -> Float[Array, "M *batch"]:
    """Energy of one step, ‖η g_k‖².

    Shapes: gradients (M, ..., d), rate η a number or (...) → (M, ...). Units: those of ‖θ‖², a
    squared step length. Raises: ValueError for a rate that is not positive or does not fit.
    Source: Eq. 3, one summand.
    """
    gradients = as_gradients(gradients)
    rate = np.asarray(positive(rate, "rate"), gradients.dtype)
    batch = gradients.shape[1:-1]
    if rate.ndim > len(batch) or any(
        have not in (1, want) for have, want in zip(rate.shape[::-1], batch[::-1], strict=False)
    ):
        raise ValueError(f"rate: got shape {rate.shape}, expected a number or {batch}")
    return (rate * norm(gradients)[..., 0]) ** 2


def cumulative_energy(gradients: Float[Array, "M *_ T d"], rate: Scalar) -> Float[Array, "M *_ T"]:
    """Cumulative Gradient Energy after each step, E_k^(t) = Σ_{τ ≤ t} ‖η_τ g_k^(τ)‖².

    Shapes: gradients (M, ..., T, d), rate η a number or one per step (T,) → (M, ..., T).
    Units: those of ‖θ‖². Raises: ValueError without an axis of steps. Source: Eq. 3; see claim
    energy-monotone.
    """
    return np.cumsum(step_energy(_listed(gradients, "gradients"), rate), axis=-1)


def shares(energy: Float[Array, "M *batch"]) -> Float[Array, "M *batch"]:
    """Shares w_k = E_k / Σ_j E_j; all equal (1/M) while no energy has been spent.

    Shapes: (M, ...) → (M, ...), summing to 1 over modalities. Raises: ValueError for a negative
    energy. Source: before Eq. 5.
    """
    energy = as_energy(energy)
    scaled = safe_divide(energy, energy.max(axis=0))  # so that the sum cannot overflow
    total = scaled.sum(axis=0)
    return np.where(total > 0, safe_divide(scaled, total), 1 / len(energy)).astype(energy.dtype)


def pair_shares(energy: Float[Array, "M *batch"]) -> Float[Array, "M M *batch"]:
    """Pairwise shares w_ij = E_i / (E_i + E_j); ½ where both are zero.

    Shapes: (M, ...) → (M, M, ...), w_ij + w_ji = 1. Raises: as `shares`. Source: before Eq. 5.
    """
    energy = as_energy(energy)
    pairs = np.stack(np.broadcast_arrays(energy[:, None], energy[None, :]))
    return shares(pairs)[0]


def fisher_trace(sample_gradients: Float[Array, "M *_ n d"]) -> Float[Array, "M *_"]:
    """Trace of the empirical Fisher matrix, tr F_k = (1/n) Σ_s ‖g_k^(s)‖², over the samples s.

    It is the energy of the mean gradient plus the variance of the samples: see claim energy-fisher.
    Shapes: per-sample gradients (M, ..., n, d) → (M, ...). Raises: ValueError without an axis of
    samples. Source: Eq. 2.
    """
    return step_energy(_listed(sample_gradients, "sample_gradients"), 1.0).mean(axis=-1)


def synaptic_intelligence(
    gradients: Float[Array, "M *_ T d"], displacements: Float[Array, "M *_ T d"]
) -> Float[Array, "M *_"]:
    """Synaptic Intelligence, the path integral −Σ_t g_k^(t) · Δθ_k^(t): the work of modality k.

    For plain descent with a constant rate CGE = η · SI, see claims energy-work, energy-relatives.
    Shapes: two arrays (M, ..., T, d) → (M, ...). Units: those of the loss. Raises: ValueError for
    unequal shapes. Source: Zenke et al. 2017 (their ω, before they divide it by Δ² + ξ).
    """
    gradients = _listed(gradients, "gradients")
    displacements = _listed(displacements, "displacements")
    if displacements.shape != gradients.shape:
        raise ValueError(
            f"displacements: got shape {displacements.shape}, expected {gradients.shape}"
        )
    return -(gradients * displacements).sum(axis=(-2, -1))


def _listed(gradients, name: str) -> Array:
    """Gradients with an axis of steps (or samples) before the last one: (M, ..., T, d)."""
    gradients = as_gradients(gradients, name)
    if gradients.ndim < 3:
        raise ValueError(f"{name}: got shape {gradients.shape}, expected (M, ..., T, d)")
    return gradients
