"""Blocks of a gradient: consecutive slices whose lengths differ by at most one."""

import torch
from torch import Tensor

from rgm_torch.functional._checks import as_gradients, as_pair
from rgm_torch.functional._safe import widened

# Products added up in one go: in float32 a sum of millions at once is off by 1e-4 and more.
PIECE = 8192


def grouped(gradients: Tensor, blocks: int) -> list[Tensor]:
    """Blocks of equal length together: one or two views (M, ..., l', d') of the gradients.

    Where l does not divide d the first d mod l blocks are longer by one. So every block is reached
    through at most two tensors, and nobody loops over blocks.
    Raises: ValueError unless l is a whole number, 1 ≤ l ≤ d. Source: ours.
    """
    width = as_gradients(gradients).shape[-1]
    if not 1 <= blocks <= width or blocks % 1:
        raise ValueError(
            f"blocks: got {blocks}, expected a whole number from 1 to the width {width}"
        )
    length, longer = width // blocks, width % blocks  # torch.compile has no divmod of sizes
    if longer == 0:
        return [gradients.unflatten(-1, (blocks, length))]
    cut = longer * (length + 1)
    return [
        gradients[..., :cut].unflatten(-1, (longer, length + 1)),
        gradients[..., cut:].unflatten(-1, (blocks - longer, length)),
    ]


def split(gradients: Tensor, blocks: int) -> list[Tensor]:
    """The l blocks g^(1), …, g^(l) of every gradient.

    Shapes: (M, ..., d) → l views (M, ..., d_k), the longer ones first where l does not divide d.
    Raises: ValueError unless l is a whole number, 1 ≤ l ≤ d. Source: before Eq. 9 (the main text
    does not give l).
    """
    return [block for group in grouped(gradients, blocks) for block in group.unbind(-2)]


def block_norms(gradients: Tensor, blocks: int) -> Tensor:
    """Block lengths ‖g_i^(k)‖.

    Shapes: (M, ..., d) → (M, ..., l). Raises: as `split`. Source: Eq. 11.
    """
    groups = grouped(widened(gradients), blocks)
    norms = [torch.linalg.vector_norm(group, dim=-1) for group in groups]
    return torch.cat(norms, dim=-1).to(gradients.dtype)


def block_cosines(pair: Tensor, blocks: int) -> Tensor:
    """Block cosines c_ij^(k) = g_i^(k)·g_j^(k) / (‖g_i^(k)‖ ‖g_j^(k)‖); 0 where a block is zero.

    Shapes: (2, ..., d) → (..., l). Raises: ValueError unless two modalities are given, and as
    `split`. Source: Eq. 14.
    """
    gram = block_gram(as_pair(pair, "pair"), blocks)
    return gram_cosines(gram)[0, 1].to(pair.dtype)


def block_gram(gradients: Tensor, blocks: int) -> Tensor:
    """Gram matrix of every block, G_ij^(k) = g_i^(k) · g_j^(k), in float32 at least.

    Shapes: (M, ..., d) → (M, M, ..., l), squared gradient units: lengths must stay within 1e±18 in
    float32 and 1e±150 in float64. Raises: as `split`. Source: ours, see claim synorth-mixing.
    """
    groups = grouped(widened(gradients), blocks)
    grams = [_gram(group) for group in groups]
    return grams[0] if len(grams) == 1 else torch.cat(grams, dim=-1)


def gram_cosines(gram: Tensor) -> Tensor:
    """Cosines c_ij = G_ij / √(G_ii G_jj) from Gram matrices; 0 where a length is 0.

    Shapes: (M, M, ...) → (M, M, ...), in [−1, 1]. Source: Eq. 6.
    """
    norms = squares(gram).clamp_min(torch.finfo(gram.dtype).tiny).sqrt()
    return (gram / (norms[:, None] * norms)).clamp(-1, 1)


def squares(gram: Tensor) -> Tensor:
    """Squared lengths G_ii on the diagonals of Gram matrices, (M, M, ...) → (M, ...)."""
    return gram.flatten(0, 1)[:: len(gram) + 1]  # G_ij is entry M i + j


def _gram(blocks: Tensor) -> Tensor:
    """Gram matrices (M, M, ..., l) of blocks (M, ..., l, d).

    Sums of more than `PIECE` products are made of shorter ones, since their rounding errors grow
    with the number of terms. A compiler fuses the products of all pairs into one pass over the
    gradients. Without one they would fill M² copies of the gradients, and a batched matrix product
    reads them once.
    """
    if blocks.shape[-1] > PIECE:
        pieces = grouped(blocks, -(-blocks.shape[-1] // PIECE))
        return torch.stack([_gram(piece).sum(dim=-1) for piece in pieces]).sum(dim=0)
    if torch.compiler.is_compiling():
        products = [(own * other).sum(dim=-1) for own in blocks for other in blocks]
        return torch.stack(products).unflatten(0, (len(blocks), len(blocks)))
    rows = blocks.flatten(1, -2).transpose(0, 1)  # (samples · l, M, d)
    gram = torch.bmm(rows, rows.transpose(1, 2)).permute(1, 2, 0).contiguous()
    return gram.unflatten(-1, blocks.shape[1:-1])
