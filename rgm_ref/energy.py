"""Cumulative Gradient Energy (Eq. 3), its two relatives (Eq. 2), and what bounds it (Theorem 1)."""

import numpy as np

from rgm_ref._checks import as_energy, as_float, as_gradients, as_nonnegative, positive
from rgm_ref._scaled import norm, safe_divide
from rgm_ref._shapes import Float

Array = np.ndarray
Scalar = float | np.floating | Array


def step_energy(gradients: Float[Array, "M *batch d"], rate: Scalar) -> Float[Array, "M *batch"]:
    """Energy of one step, ‖η g_k‖².

    Shapes: gradients (M, ..., d), rate η a number or (...) → (M, ...). Units: those of θ², squared
    step length. Raises: ValueError for a rate that is not positive. Source: Eq. 3, one summand.
    """
    gradients = as_gradients(gradients)
    rate = np.asarray(positive(rate, "rate"), gradients.dtype)
    return (rate * norm(gradients)[..., 0]) ** 2


def cumulative_energy(gradients: Float[Array, "M T d"], rate: Scalar) -> Float[Array, "M T"]:
    """Cumulative Gradient Energy after each step, E_k^(t) = Σ_{τ ≤ t} ‖η_τ g_k^(τ)‖².

    Shapes: gradients (M, T, d), rate η a number or one per step (T,) → (M, T). Source: Eq. 3.
    """
    return np.cumsum(step_energy(gradients, rate), axis=-1)


def shares(energy: Float[Array, "M *batch"]) -> Float[Array, "M *batch"]:
    """Shares w_k = E_k / Σ_j E_j; all equal (1/M) while no energy has been spent.

    Shapes: (M, ...) → (M, ...), summing to 1 over modalities. Source: before Eq. 5.
    """
    energy = as_energy(energy)
    scaled = safe_divide(energy, energy.max(axis=0))  # so that the sum cannot overflow
    total = scaled.sum(axis=0)
    return np.where(total > 0, safe_divide(scaled, total), 1 / len(energy)).astype(energy.dtype)


def pair_shares(energy: Float[Array, "M *batch"]) -> Float[Array, "M M *batch"]:
    """Pairwise shares w_ij = E_i / (E_i + E_j); ½ where both are zero.

    Shapes: (M, ...) → (M, M, ...), w_ij + w_ji = 1. Source: before Eq. 5.
    """
    energy = as_energy(energy)
    pairs = np.stack(np.broadcast_arrays(energy[:, None], energy[None, :]))
    return shares(pairs)[0]


def fisher_trace(sample_gradients: Float[Array, "M n d"]) -> Float[Array, "M"]:
    """Trace of the empirical Fisher matrix, tr F_k = mean over samples of ‖g_k‖².

    Shapes: per-sample gradients (M, n, d) → (M,). Source: Eq. 2.
    """
    return step_energy(sample_gradients, 1.0).mean(axis=-1)


def synaptic_intelligence(
    gradients: Float[Array, "M T d"], displacements: Float[Array, "M T d"]
) -> Float[Array, "M"]:
    """Synaptic Intelligence, the path integral −Σ_t g_k^(t) · Δθ_k^(t): the loss it has paid for.

    Shapes: two arrays (M, T, d) → (M,). Units: those of the loss. For plain descent with a constant
    rate CGE = η · SI, see claim energy-relatives. Source: Zenke et al. 2017, named before Eq. 3.
    """
    gradients, displacements = as_gradients(gradients), as_gradients(displacements, "displacements")
    return -(gradients * displacements).sum(axis=(-2, -1))


def energy_bounds(drop: Scalar, rate: Scalar, smoothness: Scalar) -> tuple[Scalar, Scalar]:
    """Theorem 1, both sides: ηΔL / (1 + Lη/2) ≤ Σ_k E_k ≤ ηΔL / (1 − Lη/2).

    For plain full-batch descent on an L-smooth loss and 0 < η < 2/L, summed over every block that
    moves; `drop` is ΔL = L(θ⁰) − L(θᵀ). At η = 1/L the upper bound is the paper's 2ηΔL.
    Raises: ValueError outside 0 < η < 2/L. Source: Eq. 4, sharpened: see claim energy-two-sided.
    """
    half = positive(rate, "rate") * positive(smoothness, "smoothness") / 2
    if np.any(half >= 1):
        raise ValueError(f"rate: got {rate}, expected below 2 / smoothness = {2 / smoothness}")
    return rate * drop / (1 + half), rate * drop / (1 - half)


def noisy_energy_bound(
    drop: Scalar, rate: Scalar, smoothness: Scalar, variance: Scalar, steps: int
) -> Scalar:
    """Expected energy under gradient noise, E[E_T] ≤ (η E[ΔL] + η² T σ²) / (1 − Lη/2).

    `variance` σ² bounds E‖noise‖² of an unbiased gradient. With constant η the noise term grows
    with T: the energy need not saturate. Source: see claim energy-noise.
    """
    as_nonnegative(variance, "variance")
    return energy_bounds(drop + rate * steps * variance, rate, smoothness)[1]


def feature_energy_bounds(
    parameter_energy: Scalar, sigma_min: Scalar, sigma_max: Scalar
) -> tuple[Scalar, Scalar]:
    """Energy of feature gradients g_z from that of parameters g_θ = g_z J, J = ∂z/∂θ of full row rank.

    E_θ / σ_max² ≤ E_z ≤ E_θ / σ_min², with the extreme singular values of J along the path.
    Source: see claim energy-features.
    """
    positive(sigma_min, "sigma_min")
    if np.any(np.asarray(sigma_max) < sigma_min):
        raise ValueError(f"sigma_max: got {sigma_max}, expected at least sigma_min = {sigma_min}")
    return parameter_energy / sigma_max**2, parameter_energy / sigma_min**2


def heavy_ball_rate(momentum: float, effective: bool = False) -> float:
    """Largest ηL for which E_∞ ≤ 2ηΔL survives momentum β on a quadratic: 1 − β².

    With the effective rate η/(1 − β) on both sides of Eq. 4: (1−β)²(1+β)/(1+β²).
    Raises: ValueError outside 0 ≤ β < 1. Source: see claim energy-heavy-ball.
    """
    beta = as_float(momentum, "momentum")
    if not 0 <= beta < 1:
        raise ValueError(f"momentum: got {momentum}, expected 0 <= momentum < 1")
    if effective:
        return float((1 - beta) ** 2 * (1 + beta) / (1 + beta**2))
    return float(1 - beta**2)
