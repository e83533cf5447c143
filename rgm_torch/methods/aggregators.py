"""Several gradients into one: update = Σ_i w_i g_i, with weights w read off their Gram matrix.

`aggregate(rows, mgda)` for rows (m, d): one pass over the gradients makes the m × m Gram matrix,
plain numbers make the weights, one pass adds. The rules return what their authors define: PCGrad's
is a sum, those of MGDA, UPGrad and CAGrad are means, and times m compare with a sum.
"""

from collections.abc import Callable, Sequence
from math import isfinite, nan

import numpy as np
import torch
from torch import Tensor

from rgm_torch.methods._faces import best, length, raised, shortest, worst

Gram = list[list[float]]
Rule = Callable[[Gram], list[float]]

LONG = 2**13
"""From this length on, reading a pair costs more than calling torch (CPU, one thread)."""

CANCELLED = 1e-6
"""A squared length below this part of the terms it is a sum of is rounding of a float32 Gram."""


def aggregate(rows: Tensor, rule: Rule) -> Tensor:
    """The rule's update from the gradients in the rows of a matrix.

    Shapes: (m, d) → (d,). Raises: ValueError for fewer than two rows, and as the rule.
    """
    return weigh(weights(rule, gram(rows)), rows)


def gram(rows: Tensor) -> Gram:
    """G_ij = g_i · g_j as plain numbers, of lengths between 1e-19 and 1e19 in float32.

    Shapes: (m, d) → m lists of m. Raises: ValueError for anything but at least two rows.
    """
    if rows.ndim != 2 or rows.shape[0] < 2:
        raise ValueError(f"rows: got shape {tuple(rows.shape)}, expected (m, d) with m >= 2")
    if not long_pair(rows):
        return (rows @ rows.T).tolist()
    g, h = rows.unbind()
    a, s, b = torch.dot(g, g).item(), torch.dot(g, h).item(), torch.dot(h, h).item()
    return [[a, s], [s, b]]


def weights(rule: Rule, table: Gram) -> list[float]:
    """The rule's weights; NaN where a gradient is not finite, so that the update is not either.

    A step that overflowed under AMP is then still one that the loss scaling finds and skips.
    """
    return rule(table) if isfinite(sum(map(sum, table))) else [nan] * len(table)


def weigh(weights: Sequence[float], rows: Tensor) -> Tensor:
    """Σ_i w_i g_i. Shapes: m numbers, (m, d) → (d,)."""
    if not long_pair(rows):
        return rows.new_tensor(weights) @ rows
    (g, h), (first, second) = rows.unbind(), weights
    return torch.addr(h, rows.new_ones(1), g, alpha=first, beta=second).view(-1)  # w_1 g + w_2 h


def long_pair(rows: Tensor) -> bool:
    """Whether products entry by entry, which read a pair faster than BLAS' matrices, are worth it.

    Three dot products take 0.6 of the time of a matrix product, `addr` 0.8 of that with weights.
    """
    return rows.shape[0] == 2 and rows.shape[1] >= LONG


def pcgrad(table: Gram, orders: Sequence[Sequence[int]] | None = None) -> list[float]:
    """Weights of Σ_i ĝ_i: from ĝ_i = g_i on, each j in order i with ĝ_i · g_j < 0 takes
    (ĝ_i · g_j / ‖g_j‖²) g_j away. Of a pair with s = g_1 · g_2 < 0, (1 − s/‖g_1‖², 1 − s/‖g_2‖²).

    The projector is the original g_j, the test looks at the present ĝ_i. One order per task, None
    for 0, 1, … (a pair has but one). Source: Yu et al. 2020.
    """
    if len(table) == 2:
        (a, s), (_, b) = table
        return [1 - s / a, 1 - s / b] if s < 0 < min(a, b) else [1.0, 1.0]
    tasks = range(len(table))
    total = [0.0] * len(table)
    for i in tasks:
        own = [float(k == i) for k in tasks]
        for j in tasks if orders is None else orders[i]:
            inner = sum(own[k] * table[k][j] for k in tasks)
            if j != i and inner < 0 < table[j][j]:
                own[j] -= inner / table[j][j]
        total = [a + b for a, b in zip(total, own, strict=True)]
    return total


def mgda(table: Gram) -> list[float]:
    """w = argmin ‖Σ_i w_i g_i‖ over w >= 0, Σ_i w_i = 1, exactly.

    Of a pair w_1 = (‖g_2‖² − g_1 · g_2) / ‖g_1 − g_2‖², cut off at 0 and 1, and ½ for equal
    gradients; of more, all faces are tried. Raises: ValueError for m > 10.
    Source: Désidéri 2012; Sener & Koltun 2018.
    """
    if len(table) > 2:
        return best(shortest(np.array(table))).tolist()
    (a, s), (_, b) = table
    apart = a + b - 2 * s
    first = min(max((b - s) / apart, 0.0), 1.0) if apart > 0 else 0.5
    return [first, 1 - first]


def upgrad(table: Gram) -> list[float]:
    """w = (1/m) Σ_i (e_i + λ^(i)): the mean of the g_i, each moved to the nearest point of the cone
    of directions that hurt no task, {d : g_j · d >= 0 for all j}.

    λ^(i) >= 0 is that of the shortest g_i + Σ_j λ_j g_j; exact, without the ridge that a QP solver
    is given. A pair is PCGrad's mean. Raises: ValueError for m > 10. Source: Quinton & Rey 2024.
    """
    if len(table) == 2:
        return [w / 2 for w in pcgrad(table)]
    lengths = np.sqrt(np.diag(table))
    lengths[lengths == 0] = 1.0
    cosines = table / np.outer(lengths, lengths)
    moves = [own * best(raised(cosines, i)) for i, own in enumerate(lengths)]
    return ((1 + sum(moves) / lengths) / len(table)).tolist()


def cagrad(table: Gram, c: float = 0.5) -> list[float]:
    """Weights of d = g_0 + c ‖g_0‖ g_w/‖g_w‖ with g_0 = mean_i g_i, g_w = Σ_i w_i g_i and
    w = argmin g_w · g_0 + c ‖g_0‖ ‖g_w‖ over w >= 0, Σ_i w_i = 1.

    Of all d within c ‖g_0‖ of the mean it helps the worst-off task most. g_w = 0 says that none of
    them helps it: then d = 0 if that is one of them, c >= 1, else g_0. Raises: ValueError for
    m > 10.
    Source: Liu et al. 2021 for the problem; the solution is ours.
    """
    g, even = np.array(table), np.full(len(table), 1 / len(table))
    radius = c * length(g, even)
    w = best(worst(g, g @ even, radius))
    if w @ g @ w > CANCELLED * (w @ abs(g) @ w):
        return (even + radius / length(g, w) * w).tolist()
    return (even if c < 1 else 0 * even).tolist()
