"""MMCosine: the joint classifier as a sum of cosines, so that no modality wins by length.

Xu et al. 2023. No bias; the same logits in training and at test (the official evaluation takes the
plain linear output instead, a slip).
"""

from collections.abc import Sequence

import numpy as np

from rgm_ref._checks import as_float, positive
from rgm_ref._scaled import unit
from rgm_ref._shapes import Float

Array = np.ndarray


def cosines(features: Float[Array, "n d"], head: Float[Array, "d K"]) -> Float[Array, "n K"]:
    """cos φ_c = z · W_c / (‖z‖ ‖W_c‖), W_c the column of class c of this modality's block alone.

    A zero vector has cosine 0. Shapes: (n, d), (d, K) → (n, K). Source: Xu et al. 2023.
    """
    z, w = as_float(features, "features"), as_float(head, "head")
    if z.ndim != 2 or w.ndim != 2 or z.shape[1] != w.shape[0]:
        raise ValueError(f"head: got shapes {z.shape} and {w.shape}, expected (n, d), (d, K)")
    return np.clip(unit(z) @ unit(w.T).T, -1, 1)


def logits(
    features: Sequence[Float[Array, "n _"]],
    heads: Sequence[Float[Array, "_ K"]],
    scale: float = 10.0,
) -> Float[Array, "n K"]:
    """o_c = s Σ_k cos φ_k,c; each summand times s is modality k's own score. |o_c| <= M s.

    Shapes: M features (n, d_k), M blocks (d_k, K) → (n, K). Raises: ValueError for s <= 0 or other
    numbers of features and blocks. Source: Xu et al. 2023; s = 10 is the official code's.
    """
    if len(features) != len(heads):
        raise ValueError(f"heads: got {len(heads)}, expected one per modality ({len(features)})")
    parts = [cosines(z, w) for z, w in zip(features, heads, strict=True)]
    return positive(scale, "scale") * np.sum(parts, axis=0)


def loss_floor(classes: int, modalities: int, scale: float) -> float:
    """Least loss of balanced classes, log(1 + (K−1) e^{−s M K/(K−1)}): a small s cannot fit.

    It is reached where the class vectors of every modality form a regular simplex and every feature
    lies on its own class'. Source: ours.
    """
    gap = positive(scale, "scale") * modalities * classes / (classes - 1)
    return float(np.log1p((classes - 1) * np.exp(-gap)))
