"""G-Blending: weight the joint and the unimodal losses by what each generalises per overfitting².

Wang, Tran & Feiszli 2020. Heads: the joint one and one per modality, m = M + 1.
"""

import numpy as np

from rgm_ref._checks import as_float, positive
from rgm_ref._scaled import safe_divide
from rgm_ref._shapes import Float

Array = np.ndarray


def changes(
    train: Float[Array, "2 m"], holdout: Float[Array, "2 m"]
) -> tuple[Float[Array, "m"], Float[Array, "m"]]:
    """Overfitting ΔO and generalisation ΔG of each head between two checkpoints:

    O = L^V − L^T, ΔO = O_after − O_before, ΔG = L^V_before − L^V_after.
    Losses are means per sample in evaluation mode (sums over batches would distort O).
    Shapes: training and hold-out losses, before and after, (2, m) → (m,), (m,).
    Source: Wang et al. 2020.
    """
    train, holdout = as_float(train, "train"), as_float(holdout, "holdout")
    if train.ndim != 2 or len(train) != 2 or train.shape != holdout.shape:
        raise ValueError(f"holdout: got {train.shape} and {holdout.shape}, expected both (2, m)")
    before, after = holdout - train
    return after - before, holdout[0] - holdout[1]


def ratio(overfitting: Float[Array, "m"], generalisation: Float[Array, "m"]) -> Float[Array, "m"]:
    """Overfitting-to-generalisation ratio OGR = |ΔO / ΔG|; infinite where nothing generalised.

    Shapes: (m,), (m,) → (m,). Source: Wang et al. 2020.
    """
    return np.abs(np.where(generalisation == 0, np.inf, safe_divide(overfitting, generalisation)))


def weights(
    overfitting: Float[Array, "m"],
    generalisation: Float[Array, "m"],
    least_overfitting: float = 1e-3,
    least_generalisation: float = 1e-4,
) -> Float[Array, "m"]:
    """w = r / Σ r with r = max(ΔG, ε_G) / max(|ΔO|, ε_O)²; they sum to 1.

    Without the guards, which are ours, it is the paper's ΔG / ΔO². A head whose hold-out loss rose
    is almost off (the benchmark's |ΔG| rewards it). Shapes: (m,), (m,) → (m,).
    Source: Wang et al. 2020.
    """
    gain = np.maximum(as_float(generalisation, "generalisation"), least_generalisation)
    over = np.maximum(np.abs(as_float(overfitting, "overfitting")), least_overfitting)
    raw = positive(gain, "least_generalisation") / positive(over, "least_overfitting") ** 2
    return raw / raw.sum()
