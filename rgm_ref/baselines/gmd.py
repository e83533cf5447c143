"""GMD: a loss for every coalition of modalities, and PCGrad's projection between their gradients.

Wang et al. 2024. Coalitions are numbered as in `coalitions`, the empty one left out: N = 2^M − 1.
"""

from collections.abc import Sequence

import numpy as np

from rgm_ref._shapes import Float
from rgm_ref.baselines._checks import as_rows
from rgm_ref.baselines.coalitions import contains
from rgm_ref.baselines.pcgrad import project

Array = np.ndarray


def received(modalities: int, owners: Sequence[int | None]) -> Array:
    """Which loss reaches which parameter: booleans (N, d).

    `owners` names each parameter's modality, None for one that every loss reaches (the head's
    bias, or the head if it is one tensor). Source: the official code, for encoders of their own.
    """
    inside = contains(modalities)[:, 1:]
    return np.stack(
        [np.ones(inside.shape[1], bool) if k is None else inside[k] for k in owners], axis=1
    )


def decouple(
    gradients: Float[Array, "N d"],
    received: Array,
    orders: Sequence[Sequence[int]] | None = None,
) -> Float[Array, "d"]:
    """Project the N whole gradients on one another, then average them where every loss has reached
    the parameter, and add them elsewhere.

    The projection sees the whole vector, so that one encoder's gradient leaks into another's.
    Shapes: gradients, 0 where a loss does not reach, (N, d), booleans (N, d), N orders → (d,).
    Raises: ValueError for booleans that do not fit. Source: Wang et al. 2024; the merge is the
    official code's.
    """
    g, mask = as_rows(gradients), np.asarray(received)
    if mask.shape != g.shape or mask.dtype != bool:
        raise ValueError(f"received: got {mask.dtype} {mask.shape}, expected booleans {g.shape}")
    total = project(g, orders).sum(axis=0)
    return np.where(mask.all(axis=0), total / len(g), total)
