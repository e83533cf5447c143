"""Blocks of a gradient: consecutive slices whose lengths differ by at most one."""

import numpy as np

from rgm_ref._checks import as_gradients, as_pair
from rgm_ref._scaled import cosine, norm
from rgm_ref._shapes import Float

Array = np.ndarray


def split(gradients: Float[Array, "M *batch d"], blocks: int) -> list[Float[Array, "M *batch _"]]:
    """The l blocks g^(1), …, g^(l) of every gradient.

    Shapes: (M, ..., d) → l arrays (M, ..., d_k), the longer ones first where l does not divide d.
    Raises: ValueError unless l is a whole number, 1 ≤ l ≤ d. Source: before Eq. 9 (the main text
    does not give l).
    """
    gradients = as_gradients(gradients)
    width = gradients.shape[-1]
    if blocks not in range(1, width + 1):
        raise ValueError(
            f"blocks: got {blocks}, expected a whole number from 1 to the width {width}"
        )
    return np.array_split(gradients, int(blocks), axis=-1)


def block_norms(gradients: Float[Array, "M *batch d"], blocks: int) -> Float[Array, "M *batch l"]:
    """Block lengths ‖g_i^(k)‖.

    Shapes: (M, ..., d) → (M, ..., l). Raises: as `split`. Source: Eq. 11.
    """
    return np.concatenate([norm(block) for block in split(gradients, blocks)], axis=-1)


def block_cosines(pair: Float[Array, "2 *batch d"], blocks: int) -> Float[Array, "*batch l"]:
    """Block cosines c_ij^(k) = g_i^(k)·g_j^(k) / (‖g_i^(k)‖ ‖g_j^(k)‖); 0 where a block is zero.

    Shapes: (2, ..., d) → (..., l). Raises: ValueError unless two modalities are given, and as
    `split`. Source: Eq. 14.
    """
    return np.concatenate(
        [cosine(*block) for block in split(as_pair(pair, "pair"), blocks)], axis=-1
    )


def block_gram(gradients: Float[Array, "M *batch d"], blocks: int) -> Float[Array, "M M *batch l"]:
    """Gram matrix of every block, G_ij^(k) = g_i^(k) · g_j^(k).

    Shapes: (M, ..., d) → (M, M, ..., l), squared gradient units: lengths must stay within 1e±150.
    Raises: as `split`. Source: ours, see claim synorth-mixing.
    """
    return np.stack(
        [(block[:, None] * block[None, :]).sum(axis=-1) for block in split(gradients, blocks)],
        axis=-1,
    )
