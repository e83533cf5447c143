"""DWA: losses that fell less over the last two epochs weigh more.

Liu, Johns & Davison 2019.
"""

import numpy as np

from rgm_ref._checks import positive
from rgm_ref._shapes import Float
from rgm_ref.baselines._checks import as_positive
from rgm_ref.head import softmax

Array = np.ndarray


def weights(
    last: Float[Array, "T"], before: Float[Array, "T"], temperature: float = 2.0
) -> Float[Array, "T"]:
    """w = T softmax(r / τ) with r_i = L_i(e−1) / L_i(e−2), epoch means; Σ_i w_i = T.

    The first two epochs have all weights 1. Shapes: (T,), (T,) → (T,).
    Raises: ValueError for losses that are not positive. Source: Liu et al. 2019.
    """
    r = as_positive(last, "last") / as_positive(before, "before")
    return len(r) * softmax(r / positive(temperature, "temperature"))
