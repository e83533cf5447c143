"""Gradients sampled by mathematical class, so that a test says which case it is about.

Every sampler takes (rng, modalities, width) and returns gradients (M, d) that belong to its class
by construction; the sentence under each says why.
"""

import numpy as np


def generic(rng, modalities, width):
    """Independent normal entries: no special position, with probability one."""
    return rng.normal(size=(modalities, width))


def aligned(rng, modalities, width):
    """Every cosine > 0: all entries positive."""
    return rng.uniform(0.1, 1, (modalities, width))


def conflicting(rng, modalities, width):
    """cos(g_1, g_k) < 0 for every k: the later gradients are −g_1 plus a shorter disturbance."""
    first = rng.normal(size=width)
    noise = rng.normal(size=(modalities - 1, width))
    noise *= 0.5 * np.linalg.norm(first) / np.linalg.norm(noise, axis=1, keepdims=True)
    return np.concatenate([first[None], noise - first])


def orthogonal(rng, modalities, width):
    """Every cosine = 0 up to rounding: rows of an orthogonal matrix with random lengths (M ≤ d)."""
    basis, _ = np.linalg.qr(rng.normal(size=(width, width)))
    return basis[:modalities] * rng.uniform(0.5, 2, (modalities, 1))


def collinear(rng, modalities, width):
    """Every cosine = 1: positive multiples of one vector."""
    return rng.uniform(0.5, 2, (modalities, 1)) * rng.normal(size=width)


def opposed(rng, modalities, width):
    """cos(g_1, g_k) = −1 for every k: negative multiples of the first gradient."""
    gradients = collinear(rng, modalities, width)
    gradients[1:] *= -1
    return gradients


def one_zero(rng, modalities, width):
    """The first gradient is exactly zero."""
    gradients = generic(rng, modalities, width)
    gradients[0] = 0
    return gradients


def all_zero(rng, modalities, width):
    """Every gradient is exactly zero."""
    return np.zeros((modalities, width))


def zero_block(rng, modalities, width):
    """The first half of the first gradient is exactly zero, the rest is generic."""
    gradients = generic(rng, modalities, width)
    gradients[0, : (width + 1) // 2] = 0
    return gradients


def lopsided(rng, modalities, width):
    """Lengths that fall by 1e6 from one modality to the next."""
    return generic(rng, modalities, width) * 1e6 ** -np.arange(modalities)[:, None]


def tiny(rng, modalities, width):
    """Entries of order 1e-150: their squares are near the smallest normal number."""
    return generic(rng, modalities, width) * 1e-150


def huge(rng, modalities, width):
    """Entries of order 1e150: their squares are near the largest number."""
    return generic(rng, modalities, width) * 1e150


REGULAR = (generic, aligned, conflicting, orthogonal, lopsided)
DEGENERATE = (collinear, opposed, one_zero, all_zero, zero_block)
SCALED = (tiny, huge)
ALL = REGULAR + DEGENERATE + SCALED


def shares(rng, modalities):
    """Positive shares that sum to one."""
    return rng.dirichlet(np.ones(modalities))
