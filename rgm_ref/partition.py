"""The best places to cut a pair of gradients into a given number of blocks."""

import numpy as np

from rgm_ref._checks import as_pair
from rgm_ref._scaled import common_scale, safe_divide
from rgm_ref._shapes import Float

Array = np.ndarray


def best_partition(pair: Float[Array, "2 d"], blocks: int) -> tuple[list[int], float]:
    """Cuts that make the cosine after Eq. 11 largest, and that cosine.

    The cosine is (1/S) Σ_k s_k (a_k/b_k + b_k/a_k) with s_k = g_i^(k)·g_j^(k), a sum over blocks.
    So the best l blocks of the first n entries are the best l − 1 blocks of the first m, plus one
    block m … n, for the best m. Time O(d² l). Shapes: gradients (2, d) → l − 1 cuts, as `np.split`
    takes them. Raises: ValueError unless 1 ≤ l ≤ d, or if every choice has a zero block.
    Source: ours, see claim synergy-partition.
    """
    pair = as_pair(pair, "pair")
    if pair.ndim != 2:
        raise ValueError(f"pair: got shape {pair.shape}, expected (2, d)")
    width = pair.shape[-1]
    if blocks not in range(1, width + 1):
        raise ValueError(
            f"blocks: got {blocks}, expected a whole number from 1 to the width {width}"
        )
    pair = (pair / common_scale(pair)).astype(np.float64)
    gain = _gains(*pair)
    best = np.full(width + 1, -np.inf)
    best[0] = 0
    last_cuts = []
    for _ in range(blocks):
        choices = best[:, None] + gain
        last_cuts.append(choices.argmax(axis=0))
        best = choices.max(axis=0)
    if best[-1] == -np.inf:
        raise ValueError(f"pair: every partition into {blocks} blocks has a zero block")

    cuts = [width]
    for last_cut in reversed(last_cuts):
        cuts.insert(0, int(last_cut[cuts[0]]))
    return cuts[1:-1], float(best[-1] / (pair**2).sum())


def _gains(x: Array, y: Array) -> Array:
    """s (a/b + b/a) of the block m … n at [m, n]; −∞ where it is empty or zero in a modality."""
    width = len(x)
    gain = np.full((width + 1, width + 1), -np.inf)
    for m in range(width):
        s = np.cumsum(x[m:] * y[m:])
        a, b = np.sqrt(np.cumsum(x[m:] ** 2)), np.sqrt(np.cumsum(y[m:] ** 2))
        value = s * (safe_divide(a, b) + safe_divide(b, a))
        gain[m, m + 1 :] = np.where((a > 0) & (b > 0), value, -np.inf)
    return gain
