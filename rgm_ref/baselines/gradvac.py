"""GradVac: PCGrad with a running target for every pair's cosine in place of zero.

Wang et al. 2021 (Gradient vaccine).
"""

from collections.abc import Sequence

import numpy as np

from rgm_ref._scaled import cosine, norm, unit
from rgm_ref._shapes import Float
from rgm_ref.baselines._checks import as_order, as_rows

Array = np.ndarray


def raise_cosine(
    vector: Float[Array, "d"], other: Float[Array, "d"], target: float
) -> Float[Array, "d"]:
    """x + ‖x‖ (ρ √(1−φ²) − φ √(1−ρ²)) / √(1−ρ²) · g/‖g‖ where φ = cos(x, g) < ρ: cosine ρ then.

    Shapes: (d,), (d,) → (d,). Raises: ValueError unless −1 < ρ < 1. Source: Wang et al. 2021.
    """
    if not -1 < target < 1:
        raise ValueError(f"target: got {target}, expected between -1 and 1")
    phi, root = cosine(vector, other), np.sqrt(1 - target**2)
    if phi >= target or not np.any(other):
        return np.array(vector)
    amount = (target * np.sqrt(1 - phi**2) - phi * root) / root
    return vector + norm(vector) * amount * unit(other)


def gradvac(
    gradients: Float[Array, "m d"],
    targets: Float[Array, "m m"],
    orders: Sequence[Sequence[int]],
    momentum: float = 0.5,
) -> tuple[Float[Array, "d"], Float[Array, "m m"]]:
    """The summed update and the new targets ρ_ij ← (1 − β) ρ_ij + β φ_ij, φ met on the way.

    Task i takes the others j in order i, always the original g_j. Targets start at 0.
    Shapes: (m, d), (m, m), m orders → (d,), (m, m). Source: Wang et al. 2021.
    """
    g, targets = as_rows(gradients), np.array(targets, float)
    updated = g.copy()
    for i, order in enumerate(orders):
        for j in as_order(order, len(g), "orders"):
            if i != j:
                phi = cosine(updated[i], g[j])[0]
                updated[i] = raise_cosine(updated[i], g[j], targets[i, j])
                targets[i, j] = (1 - momentum) * targets[i, j] + momentum * phi
    return updated.sum(axis=0), targets
