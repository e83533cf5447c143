"""GradNorm: one weight per loss, so that all losses make gradients of like length, slow ones more.

Chen et al. 2018. Tasks: the joint loss and one per modality, T = M + 1; the lengths n_i = ‖∇L_i‖
are taken on the encoders (the paper's last shared layer does not exist here).
"""

import numpy as np

from rgm_ref._checks import as_nonnegative, positive
from rgm_ref._shapes import Float
from rgm_ref.baselines._checks import as_positive

Array = np.ndarray


def targets(
    weights: Float[Array, "T"],
    norms: Float[Array, "T"],
    losses: Float[Array, "T"],
    first_losses: Float[Array, "T"],
    alpha: float = 1.5,
) -> Float[Array, "T"]:
    """Ḡ r_i^α with Ḡ = mean_j w_j n_j, r_i = L̃_i / mean_j L̃_j and L̃_i = L_i(t) / L_i(0).

    Shapes: (T,) each → (T,). Raises: ValueError for weights or losses that are not positive.
    Source: Chen et al. 2018.
    """
    mean = (as_positive(weights, "weights") * as_nonnegative(norms, "norms")).mean()
    progress = as_positive(losses, "losses") / as_positive(first_losses, "first_losses")
    return mean * (progress / progress.mean()) ** alpha


def weight_gradient(
    weights: Float[Array, "T"], norms: Float[Array, "T"], targets: Float[Array, "T"]
) -> Float[Array, "T"]:
    """∂/∂w_i Σ_j |w_j n_j − target_j| = n_i sign(w_i n_i − target_i); the target is a constant.

    Shapes: (T,) each → (T,); 0 where a length is on its target. Source: Chen et al. 2018.
    """
    norms = as_nonnegative(norms, "norms")
    return norms * np.sign(as_positive(weights, "weights") * norms - targets)


def step(
    weights: Float[Array, "T"], gradient: Float[Array, "T"], rate: float, floor: float = 1e-3
) -> Float[Array, "T"]:
    """w_i ← T v_i / Σ_j v_j with v = max(floor, w − η_w ∂): plain descent, then Σ_i w_i = T again.

    The network's step of the same iteration uses the weights from before.
    Shapes: (T,), (T,) → (T,). Source: Chen et al. 2018; the floor is ours.
    """
    moved = np.maximum(positive(floor, "floor"), as_positive(weights, "weights") - rate * gradient)
    return len(moved) * moved / moved.sum()
