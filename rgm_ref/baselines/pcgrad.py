"""PCGrad: where two task gradients fight, take from each its part along the other, then add.

Yu et al. 2020. `rgm_ref.mixing.pcgrad_matrix` has the projections as a matrix.
"""

from collections.abc import Sequence

import numpy as np

from rgm_ref._checks import one_of
from rgm_ref._scaled import unit
from rgm_ref._shapes import Float
from rgm_ref.baselines._checks import as_order, as_rows

Array = np.ndarray

REDUCTIONS = ("sum", "mean")


def project(
    gradients: Float[Array, "m d"], orders: Sequence[Sequence[int]] | None = None
) -> Float[Array, "m d"]:
    """ĝ_i: from g_i on, each j in order i with ĝ_i · g_j < 0 takes (ĝ_i · g_j / ‖g_j‖²) g_j away.

    The projector is the original g_j, the test looks at the current ĝ_i. One order per task, drawn
    anew in every step; None for 0, 1, … (of a pair there is but one).
    Shapes: (m, d), m permutations → (m, d). Raises: ValueError for other orders.
    Source: Yu et al. 2020.
    """
    g = as_rows(gradients)
    orders = [range(len(g))] * len(g) if orders is None else orders
    if len(orders) != len(g):
        raise ValueError(f"orders: got {len(orders)}, expected one per gradient ({len(g)})")
    directions = unit(g)
    projected = g.copy()
    for i, order in enumerate(orders):
        for j in as_order(order, len(g), "orders"):
            if j != i:
                projected[i] -= min(projected[i] @ directions[j], 0) * directions[j]
    return projected


def pcgrad(
    gradients: Float[Array, "m d"],
    orders: Sequence[Sequence[int]] | None = None,
    reduction: str = "sum",
) -> Float[Array, "d"]:
    """The update Σ_i ĝ_i, or their mean.

    The sum is the default (the official code's), so that without conflict it is the plain
    multi-loss gradient; some ports average. Default tasks: per encoder, the joint and its own
    unimodal loss. Shapes: (m, d) → (d,). Raises: as `project`. Source: Yu et al. 2020.
    """
    projected = project(gradients, orders)
    total = projected.sum(axis=0)
    return total if one_of(reduction, REDUCTIONS, "reduction") == "sum" else total / len(projected)
