"""What bounds the Cumulative Gradient Energy: Theorem 1 (Eq. 4), sharpened, and where it ends.

Letters: ΔL = L(θ⁰) − L(θᵀ) is the `drop` of the loss, η the `rate`, L the `smoothness`, the largest
curvature in absolute value. E without an index is the sum Σ_k E_k over every block that moves.
"""

import numpy as np

from rgm_ref._checks import as_energy, as_float, as_nonnegative, positive
from rgm_ref._shapes import Float

Array = np.ndarray
Scalar = float | np.floating | Array


def energy_bounds(drop: Scalar, rate: Scalar, smoothness: Scalar) -> tuple[Scalar, Scalar]:
    """Theorem 1, both sides: ηΔL / (1 + Lη/2) ≤ E ≤ ηΔL / (1 − Lη/2).

    For plain full-batch descent on an L-smooth loss and 0 < η < 2/L. At η = 1/L the upper bound is
    the paper's 2ηΔL. Units: those of ‖θ‖². Raises: ValueError outside 0 < η < 2/L.
    Source: Eq. 4, sharpened: see claim energy-two-sided.
    """
    drop = as_float(drop, "drop")
    half = positive(rate, "rate") * positive(smoothness, "smoothness") / 2
    if np.any(half >= 1):
        raise ValueError(f"rate: got {rate}, expected below 2 / smoothness = {2 / smoothness}")
    return rate * drop / (1 + half), rate * drop / (1 - half)


def noisy_energy_bounds(
    drop: Scalar, rate: Scalar, smoothness: Scalar, variance: Scalar, steps: int
) -> tuple[Scalar, Scalar]:
    """Both sides under gradient noise: (η E[ΔL] + η² T σ²) / (1 ± Lη/2) around E[E_T].

    `variance` σ² is the mean over the T `steps` of E‖noise‖², the noise unbiased; where σ² only
    bounds it, the upper side alone remains. The noise term grows with T (claim energy-saturation).
    Raises: as `energy_bounds`, and for a negative variance or no steps. Source: claim energy-noise.
    """
    variance = as_nonnegative(variance, "variance")
    return energy_bounds(drop + rate * positive(steps, "steps") * variance, rate, smoothness)


def modulated_energy_bound(
    drop: Scalar, rate: Scalar, smoothness: Scalar, alignment: Scalar, growth: Scalar
) -> Scalar:
    """Theorem 1 for the step −η g^mod: Σ ‖η g‖² ≤ ηΔL / (m − LηK/2).

    m = `alignment` and K = `growth` hold at every step: g·g^mod ≥ m‖g‖² and ‖g^mod‖² ≤ K‖g‖².
    Raises: ValueError unless 0 < η < 2m/(LK). Source: ours, see claim energy-guarantee.
    """
    drop = as_float(drop, "drop")
    positive(alignment, "alignment")
    half = positive(rate, "rate") * positive(smoothness, "smoothness") / 2
    margin = alignment - half * positive(growth, "growth")
    if np.any(margin <= 0):
        limit = 2 * alignment / (smoothness * growth)
        raise ValueError(f"rate: got {rate}, expected below 2m / (LK) = {limit}")
    return rate * drop / margin


def feature_energy_bounds(
    parameter_energy: Scalar, sigma_min: Scalar, sigma_max: Scalar
) -> tuple[Scalar, Scalar]:
    """Energy of feature gradients g_z from that of parameters g_θ = Jᵀ g_z, J = ∂z/∂θ.

    E_θ / σ_max² ≤ E_z ≤ E_θ / σ_min², with the extreme singular values of J along the path. A
    positive σ_min means full row rank, which for a batch of N samples needs N d_k parameters.
    Raises: ValueError unless 0 < σ_min ≤ σ_max. Source: see claim energy-feature-sandwich.
    """
    energy = as_nonnegative(parameter_energy, "parameter_energy")
    positive(sigma_min, "sigma_min")
    if np.any(positive(sigma_max, "sigma_max") < np.asarray(sigma_min)):
        raise ValueError(f"sigma_max: got {sigma_max}, expected at least sigma_min = {sigma_min}")
    return energy / sigma_max**2, energy / sigma_min**2


def displacement_bound(energy: Float[Array, "M *_ T"]) -> Float[Array, "M *_ T"]:
    """Squared distance that plain descent can have covered at most, ‖θ^(t) − θ⁰‖² ≤ t E^(t).

    Shapes: cumulative energies (M, ..., T) → the same. Raises: ValueError without an axis of steps.
    Source: see claim energy-displacement.
    """
    energy = as_energy(energy)
    if energy.ndim < 2:
        raise ValueError(f"energy: got shape {energy.shape}, expected (M, ..., T)")
    return np.arange(1, energy.shape[-1] + 1, dtype=energy.dtype) * energy


def heavy_ball_ratio(momentum: Scalar, step: Scalar) -> Scalar:
    """How much of Theorem 1's bound heavy ball uses up on a quadratic: lim E_T / (2ηΔL) as T → ∞,

    ((1−β)²(1+β) + 2βx) / ((1−β)(2(1+β) − x)) with momentum β and x = ηL = `step`, from rest.
    Raises: ValueError unless 0 ≤ β < 1 and 0 < x < 2(1 + β), where it converges.
    Source: ours, see claim energy-heavy-ball.
    """
    beta, x = _momentum(momentum), positive(as_float(step, "step"), "step")
    if np.any(x >= 2 * (1 + beta)):
        raise ValueError(f"step: got {step}, expected below 2 (1 + momentum) = {2 * (1 + beta)}")
    return ((1 - beta) ** 2 * (1 + beta) + 2 * beta * x) / ((1 - beta) * (2 * (1 + beta) - x))


def heavy_ball_rate(momentum: Scalar, effective: bool = False) -> Scalar:
    """Largest ηL at which heavy ball keeps Theorem 1, on every L-smooth loss, at every T: 1 − β².

    With the effective rate η/(1 − β) on both sides of Eq. 4: (1−β)²(1+β)/(1+β²), which holds on
    quadratics in the limit T → ∞ only. Raises: ValueError outside 0 ≤ β < 1.
    Source: ours, see claims energy-heavy-ball and energy-heavy-ball-effective.
    """
    beta = _momentum(momentum)
    if effective:
        return (1 - beta) ** 2 * (1 + beta) / (1 + beta**2)
    return 1 - beta**2


def _momentum(momentum: Scalar) -> Array:
    beta = as_nonnegative(momentum, "momentum")
    if np.any(beta >= 1):
        raise ValueError(f"momentum: got {momentum}, expected 0 <= momentum < 1")
    return beta
