"""MMPareto: per encoder, add joint and unimodal gradient; under conflict take the shortest mix.

Then never shorter than the plain sum, and γ times that. Wei & Hu 2024. Heads keep their gradients.
"""

from collections.abc import Sequence

import numpy as np

from rgm_ref._scaled import norm, safe_divide, unit
from rgm_ref._shapes import Float
from rgm_ref.baselines._checks import as_vectors
from rgm_ref.baselines.mgda import weights as shortest

Array = np.ndarray

NAMES = ("joint", "unimodal")


def weights(joint: Float[Array, "d"], unimodal: Float[Array, "d"]) -> Float[Array, "2"]:
    """(α_m, α_u) = (½, ½) if cos > 0, else argmin ‖α_m g_m + α_u g_u‖ with α_m + α_u = 1, α >= 0.

    Exactly at cos = 0 the shortest mix counts, as in the official code; a gradient of zero has
    nothing to fight with and gives (½, ½). Shapes: (d,), (d,) of a whole encoder → (2,).
    Source: Wei & Hu 2024.
    """
    pair = np.stack(as_vectors(joint, unimodal, NAMES))
    agree = unit(pair[0]) @ unit(pair[1]) > 0 or not pair.any(axis=1).all()
    return np.full(2, 0.5) if agree else shortest(pair)


def mmpareto(
    joint: Float[Array, "d"],
    unimodal: Float[Array, "d"],
    gamma: float = 1.5,
    sizes: Sequence[int] | None = None,
) -> Float[Array, "d"]:
    """g = γ κ h with h = 2 α_m g_m + 2 α_u g_u and κ = max(1, ‖g_m + g_u‖ / ‖h‖), per tensor.

    `sizes` cuts the encoder into its tensors, each with a κ of its own (official code); None for
    one κ (the paper), and only then is the product with both gradients sure not to be negative.
    κ = 1 where h vanishes: gradients exactly opposite.
    Shapes: (d,), (d,) → (d,). Raises: ValueError where the sizes do not add up to d.
    Source: Wei & Hu 2024.
    """
    joint, unimodal = as_vectors(joint, unimodal, NAMES)
    sizes = [len(joint)] if sizes is None else sizes
    if sum(sizes) != len(joint) or min(sizes) < 1:
        raise ValueError(f"sizes: got {list(sizes)}, expected positive ones of sum {len(joint)}")
    alpha = weights(joint, unimodal)
    h = 2 * alpha[0] * joint + 2 * alpha[1] * unimodal
    cuts = np.cumsum(sizes)[:-1]
    kappas = [
        _lift(part, total, least=1e-12 * max(norm(joint)[0], norm(unimodal)[0]))
        for part, total in zip(np.split(h, cuts), np.split(joint + unimodal, cuts), strict=True)
    ]
    return gamma * np.repeat(kappas, sizes) * h


def _lift(part, total, least) -> float:
    """κ = max(1, ‖total‖ / ‖part‖), and 1 where the part is rounding only."""
    length = norm(part)[0]
    return max(1.0, float(safe_divide(norm(total)[0], length))) if length > least else 1.0
