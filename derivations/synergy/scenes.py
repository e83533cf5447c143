"""Pairs of gradients with prescribed block lengths and cosines: exact ones and random ones."""

import numpy as np
import sympy as sp

Blocks = list[sp.Matrix]  # one row vector per block


def rows(*blocks) -> Blocks:
    """Blocks from lists of exact numbers."""
    return [sp.Matrix([block]) for block in blocks]


def eq11(x: Blocks, y: Blocks, w: sp.Expr) -> Blocks:
    """Eq. 11, letter by letter, for the gradient x with partner y and share w."""
    return [
        sp.sqrt(w * (p.dot(p) + q.dot(q))) / sp.sqrt(p.dot(p)) * p
        for p, q in zip(x, y, strict=True)
    ]


def exact_inner(x: Blocks, y: Blocks) -> sp.Expr:
    """Inner product, summed over the blocks."""
    return sum(p.dot(q) for p, q in zip(x, y, strict=True))


def exact_cosine(x: Blocks, y: Blocks) -> sp.Expr:
    """Eq. 6 in exact numbers."""
    lengths = sp.sqrt(exact_inner(x, x)) * sp.sqrt(exact_inner(y, y))
    return sp.simplify(exact_inner(x, y) / lengths)


def show_pair(proof, x: Blocks, y: Blocks, names=("g_i", "g_j")) -> tuple[Blocks, Blocks]:
    """Write the pair down as the next two lines of the proof; returns it."""
    for name, blocks in zip(names, (x, y), strict=True):
        count = f"{len(blocks)} block{'s' * (len(blocks) > 1)}"
        proof.let(f"in {count}", sp.Symbol(name), sp.BlockMatrix([blocks]))
    return x, y


def draw(rng, blocks: int = 4, lowest: float = -1.0):
    """Random block lengths (2, l) and block cosines (l,), the latter at least `lowest`."""
    return rng.uniform(0.2, 3, (2, blocks)), rng.uniform(lowest, 1, blocks)


def pair_of(lengths, cosines, rng, width: int = 3):
    """Two gradients (2, l · width) whose blocks have these lengths and these cosines."""
    blocks = []
    for a, b, c in zip(*np.asarray(lengths), cosines, strict=True):
        e, f = np.linalg.qr(rng.normal(size=(width, 2)))[0].T
        blocks.append(np.stack([a * e, b * (c * e + np.sqrt(1 - c**2) * f)]))
    return np.concatenate(blocks, axis=1)


def stretched(gradients, lengths):
    """The same gradients with their blocks brought to these lengths (2, l)."""
    blocks = np.split(gradients, np.shape(lengths)[1], axis=1)
    return np.concatenate(
        [
            length[:, None] * block / np.linalg.norm(block, axis=1, keepdims=True)
            for block, length in zip(blocks, np.transpose(lengths), strict=True)
        ],
        axis=1,
    )


def cosine(pair) -> float:
    """Cosine of two vectors, the plain way."""
    x, y = pair
    return float(x @ y / np.sqrt((x @ x) * (y @ y)))
