"""Joint descent in numbers: pairs that try to break it, and the quantities that are bounded."""

import numpy as np

from rgm_ref.orthogonal import adjust
from rgm_ref.plane import balance, nonconflict
from rgm_ref.synorth import synorth

FORMS = ("linear", "exact")


def adversaries(rng, smallest=1e-6, count=100, blocks=3, decades=4):
    """Pairs (2, count, 2·blocks) and energies (2, count) that lean towards ascent.

    The first modality has the smaller share, down to `smallest`; half of the pairs have every block
    cosine at +1 or all at −1; lengths differ between blocks and, by `decades`, between modalities.
    """
    lengths = np.exp(rng.normal(size=(2, count, blocks)))
    lengths[1] *= 10 ** rng.uniform(-decades, decades, (count, 1))
    same = rng.choice([-1.0, 1.0], (count, 1))
    cosines = np.where(rng.random((count, 1)) < 0.5, same, rng.uniform(-1, 1, (count, blocks)))
    small = (2 * smallest) ** rng.random(count) / 2
    return from_blocks(lengths, cosines), np.stack([small, 1 - small])


def nearly_worst(rng, count=100):
    """The same, near where one modality by itself ascends most: parallel, short, share 0.985."""
    lengths = np.exp(rng.normal(size=(count, 3)))
    longer = 10 ** rng.uniform(0.8, 1.4, (count, 1))
    share = rng.uniform(0.98, 0.99, count)
    cosines = 1 - 1e-6 * rng.random((count, 3))
    return from_blocks(np.stack([lengths, longer * lengths]), cosines), np.stack([share, 1 - share])


def from_blocks(lengths, cosines):
    """The pair with these block lengths (2, ..., l) and cosines (..., l), in blocks of width 2."""
    first = np.stack([lengths[0], 0 * lengths[0]], axis=-1)
    second = lengths[1][..., None] * np.stack([cosines, np.sqrt(1 - cosines**2)], axis=-1)
    pair = np.stack([first, second])
    return pair.reshape(*pair.shape[:-2], -1)


def block_data(g, blocks=3):
    """Block lengths of both gradients and block cosines, each (l, count)."""
    parts = g.reshape(2, -1, blocks, 2)
    lengths = np.linalg.norm(parts, axis=-1)
    cosines = (parts[0] * parts[1]).sum(axis=-1) / lengths.prod(axis=0)
    return *lengths.swapaxes(1, 2), cosines.T


def total(g):
    """Σ_i ‖g_i‖², the yardstick of joint descent."""
    return (g**2).sum(axis=(0, -1))


def decrease(g, energy, blocks, **options):
    """Σ_i g_i·g_i^mod, to first order what a step with η = 1 on the features takes off the loss."""
    return (g * synorth(g, energy, blocks, **options)).sum(axis=(0, -1))


def with_sign(g, energy, sign):
    """The pairs, with g_j turned round where q c has the other sign."""
    wrong = balance(energy)[0, 1] * nonconflict(g)[0, 1] * sign < 0
    return g * np.stack([np.ones(len(wrong)), np.where(wrong, -1, 1)])[..., None]


def guaranteed(smallest):
    """σ(−4) min(√w_min, ½), the theorem's share of Σ‖g_i‖²."""
    return np.minimum(np.sqrt(smallest), 0.5) / (1 + np.exp(4))


def lost(g, w, form):
    """D = −(g_i·O_i + g_j·O_j), what Orth takes away from the decrease."""
    return -(g * adjust(g, w, form)).sum(axis=(0, -1))


def own_lost(g, w, form):
    """D_i = −g_i·O_i, what Orth takes away from each modality."""
    return -(g * adjust(g, w, form)).sum(axis=-1)
