"""InfoReg: tie a leading encoder to its weights at the epoch's start while it gains information.

Huang et al. 2025. At the first step of an epoch the tie does nothing yet.
"""

import numpy as np

from rgm_ref._checks import as_float, as_nonnegative, one_of
from rgm_ref._shapes import Float
from rgm_ref.baselines._checks import as_logits, as_scores, log_softmax, true_class

Array = np.ndarray

READINGS = ("probability", "cross-entropy")


def scores(
    split_logits: Float[Array, "M n K"], labels: Array, reading: str = "probability"
) -> Float[Array, "M"]:
    """Performance s_k, larger is better: mean p_k(y), or mean log p_k(y) ('cross-entropy', minus).

    The paper's text says cross-entropy and uses it as if larger were better; the code sums
    probabilities, which saturates tanh Δ. The mean is ours. Shapes: (M, n, K), (n,) → (M,).
    Source: Huang et al. 2025.
    """
    one_of(reading, READINGS, "reading")
    log_p = true_class(log_softmax(as_logits(split_logits, "split_logits")), labels)
    return (np.exp(log_p) if reading == "probability" else log_p).mean(axis=-1)


def gaps(scores: Float[Array, "M"]) -> Float[Array, "M"]:
    """Δ_k = mean of s_k − s_j over the modalities j that do worse; 0 where none does.

    Shapes: (M,) → (M,), >= 0. Source: Huang et al. 2025.
    """
    s = as_scores(scores, "scores")
    ahead = np.maximum(s[:, None] - s, 0)
    return ahead.sum(axis=1) / np.maximum((ahead > 0).sum(axis=1), 1)


def trace(gradients: Float[Array, "T d"]) -> float:
    """Information of an epoch, T_k = (1/T) Σ_t ‖g_k^(t)‖² over its steps, before regulation.

    Shapes: (T, d) of one encoder → number. Source: Huang et al. 2025, on batches for samples: the
    factor cancels in `window`.
    """
    return float((as_float(gradients, "gradients") ** 2).sum(axis=-1).mean())


def window(trace: float, before: float, threshold: float = 0.04) -> bool:
    """Whether an epoch is regulated: (T^{e−1} − T^{e−2}) / T^{e−1} > K, for each modality alone.

    Closed while T = 0. (The code has one window for all, from a padded ten-epoch mean of audio's
    trace.) Raises: ValueError for a negative trace. Source: Huang et al. 2025.
    """
    trace, before = as_nonnegative([trace, before], "trace")
    return bool(trace - before > threshold * trace)


def strength(gap: Float[Array, "*batch"], beta: float = 0.9) -> Float[Array, "*batch"]:
    """α = e^{β tanh Δ} where Δ > 0, and 0 where Δ = 0: the weakest is never regulated.

    Shapes: any → the same. Source: Huang et al. 2025 (the code: 0.95 e^{tanh Δ} for audio,
    0.1 e^{tanh Δ} for video).
    """
    gap = as_nonnegative(gap, "gap")
    return np.where(gap > 0, np.exp(beta * np.tanh(gap)), 0)


def regulator(parameters: Array, start: Array, alpha: float) -> Array:
    """∇P = α (θ − θ_start), added to the encoder's gradient; P = α/2 ‖θ − θ_start‖².

    Shapes: any → the same. Source: Huang et al. 2025.
    """
    return alpha * (as_float(parameters, "parameters") - as_float(start, "start"))
