"""Rules to compare on the toys, each (gradients (M, ..., d), energy (M,)) → modulated gradients.

Conflict-only: `pcgrad`, `orthogonalize`, `align`. Balance-only: `equalize`, `ear`. Both: `rgm`.
`descend` takes any of them, and None for plain joint training.
"""

import numpy as np

from rgm_ref._checks import as_gradients, as_pair
from rgm_ref._scaled import cosine, norm, unit
from rgm_ref.energy import shares
from rgm_ref.orthogonal import adjust
from rgm_ref.rebalance import ratio
from rgm_ref.synorth import synorth

Array = np.ndarray


def pcgrad(gradients: Array, energy: Array) -> Array:
    """Where a pair fights, remove from each gradient its part along the other, as it was.

    g_i − min(c, 0) ‖g_i‖ g_j/‖g_j‖. Raises: ValueError unless M = 2. Source: Yu et al. 2020.
    """
    g = as_pair(gradients)
    return g - np.minimum(cosine(*g), 0) * norm(g) * unit(g[::-1])


def orthogonalize(gradients: Array, energy: Array, form: str = "linear") -> Array:
    """Where a pair fights, g_i + O_i with the energy shares as weights, without a gate.

    Raises: ValueError unless M = 2, and for an unknown form. Source: Eqs. 12–13.
    """
    g = as_pair(gradients)
    return np.where(cosine(*g) < 0, g + adjust(g, shares(energy), form), g)


def align(gradients: Array, energy: Array) -> Array:
    """Turn each gradient half-way to the mean direction ū, lengths kept.

    ‖g_i‖ (u_i + ū) / ‖u_i + ū‖ with u_i = g_i/‖g_i‖ and ū the direction of Σ_k u_k.
    Source: "forcibly aligning", the text on Fig. 1(a); the formula is ours.
    """
    g = as_gradients(gradients)
    return norm(g) * unit(unit(g) + unit(unit(g).sum(axis=0)))


def equalize(gradients: Array, energy: Array) -> Array:
    """√r_i g_i: the power of r that makes the energies of constant gradients equal.

    Source: Eqs. 7–8 at c = 0, see claim rebalance-raw.
    """
    g = as_gradients(gradients)
    return np.sqrt(ratio(energy)).reshape(-1, *[1] * (g.ndim - 1)) * g


def ear(gradients: Array, energy: Array) -> Array:
    """r̃_i g_i, the first part of RGM alone. Source: Eqs. 7–8."""
    return synorth(gradients, energy, parts={"ear"})


def rgm(gradients: Array, energy: Array) -> Array:
    """The whole step, with two blocks. Source: Eq. 15."""
    return synorth(gradients, energy, blocks=2)
