"""Greedy: how fast a branch learns through the other modality, against its own; cut off the one
that leans on the other.

Wu et al. 2022. Gradients are only read.
"""

import numpy as np

from rgm_ref._checks import as_float
from rgm_ref._shapes import Float
from rgm_ref.baselines._checks import as_positive, as_scores

Array = np.ndarray


def effective_update(gradient: Array, parameters: Array) -> float:
    """ν = ‖g‖² / ‖θ‖² of one group of parameters, as one vector.

    Raises: ValueError for parameters that are all zero. Source: Wu et al. 2022.
    """
    g, theta = as_float(gradient, "gradient"), as_float(parameters, "parameters")
    size = float((theta**2).sum())
    if size == 0:
        raise ValueError("parameters: are all zero, expected a group with a length")
    return float((g**2).sum()) / size


def learning_speed(bypass: Float[Array, "M"], own: Float[Array, "M"]) -> Float[Array, "M"]:
    """Conditional learning speed s_k = log₁₀(Σ_τ ν(bypass_k) / Σ_τ ν(own_k)), in decades.

    Sums over the regular steps so far; the path by which branch k sees the other over its own.
    Shapes: two accumulators (M,) → (M,). Raises: ValueError for one that is not positive.
    Source: Wu et al. 2022 (the paper writes log, its code takes log₁₀).
    """
    return np.log10(as_positive(bypass, "bypass") / as_positive(own, "own"))


def cared_for(speeds: Float[Array, "M"], threshold: float = 0.01) -> int | None:
    """The branch to cut off, argmax_k s_k, if max s − min s > ε; else none.

    Shapes: (M,) → number or None. Source: Wu et al. 2022 for a pair, |s_0 − s_1| > ε; M > 2 ours.
    """
    s = as_scores(speeds, "speeds")
    return int(s.argmax()) if s.max() - s.min() > threshold else None


def utilisation(accuracy: float, without: float) -> float:
    """Conditional utilisation u(j | k) = (Acc − Acc without j) / Acc of branch k, after training.

    Raises: ValueError for an accuracy that is not positive. Source: Wu et al. 2022.
    """
    if not accuracy > 0:
        raise ValueError(f"accuracy: got {accuracy}, expected a positive number")
    return (accuracy - without) / accuracy


def running_gate(mean: Float[Array, "d"], gate: Float[Array, "n d"], count: int) -> Array:
    """Constant gate q̄ ← (q̄ s + mean_batch q) / (s + 1), s forward passes before this one.

    Each branch averages its own gates (the official code gives both those of branch 0).
    Shapes: (d,), (n, d) → (d,). Raises: ValueError for s < 0. Source: Wu et al. 2022.
    """
    if count < 0:
        raise ValueError(f"count: got {count}, expected 0 or more")
    return (as_float(mean, "mean") * count + as_float(gate, "gate").mean(axis=0)) / (count + 1)
