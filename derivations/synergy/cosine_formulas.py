"""What rescaling blocks does to the cosine: formulas and their named wrong twins."""
# ruff: noqa: E741  (l is the paper's letter for the number of blocks)

import numpy as np

from derivations.ledger import Formula
from rgm_ref import alignment, partition, synergy
from rgm_ref.blocks import block_cosines, block_norms


def _weighted(weight):
    """A mean of the block cosines with other weights."""

    def twin(lengths, cosines):
        weights = weight(*np.asarray(lengths, float))
        return (weights * cosines).sum() / weights.sum()

    return twin


AFTER = Formula(
    "cosine after Eq. 11",
    alignment.cosine_after,
    {
        "the weights of the cosine before": _weighted(lambda a, b: a * b),
        "plain mean of the block cosines": _weighted(lambda a, b: np.ones_like(a)),
        "lengths for squared lengths": _weighted(np.hypot),
        "one modality's energy alone": _weighted(lambda a, b: a**2),
    },
)

BEFORE = Formula(
    "cosine from the blocks",
    alignment.cosine_before,
    {
        "mean of the block cosines": lambda lengths, c: np.mean(c),
        "weights made to sum to one": _weighted(lambda a, b: a * b),
        "energies as weights": alignment.cosine_after,
    },
)

ONE_SIDED = Formula(
    "cosine after scaling one side",
    alignment.cosine_after_one_sided,
    {
        "lengths for squared lengths": lambda b, c: (b * c).sum() / b.sum(),
        "plain mean": lambda b, c: np.mean(c),
        "cosines squared": lambda b, c: alignment.cosine_after_one_sided(b, c * np.abs(c)),
    },
)

IMPROVEMENT = Formula(
    "what Eq. 11 adds to the cosine",
    alignment.improvement,
    {
        "before and after exchanged": lambda s, c: -alignment.improvement(s, c),
        "always the square of the difference (a = b assumed)": lambda s, c: (
            ((s[0] - s[1]) ** 2 * c).sum() / (s**2).sum()
        ),
        "never negative, as printed": lambda s, c: abs(alignment.improvement(s, c)),
    },
)

FLOOR = Formula(
    "least cosine after Eq. 11",
    alignment.cosine_floor,
    {
        "the cosine before (Theorem 2 as printed)": alignment.cosine_before,
        "squared sum for the sum of squares": lambda s, c: (
            4
            * np.prod(np.linalg.norm(s, axis=1))
            / np.linalg.norm(s, axis=1).sum() ** 2
            * alignment.cosine_before(s, c)
        ),
    },
)

EQUALISED = Formula(
    "Eq. 11 of the unit gradients",
    alignment.project_equalised,
    {
        "lengths not equalised first (as printed)": synergy.project,
        "longest entries equalised": lambda g, w, l: synergy.project(
            g / np.abs(g).max(axis=1, keepdims=True), w, l
        ),
    },
)

HELPFUL = Formula(
    "blocks that Eq. 11 rewards",
    alignment.helpful,
    {
        "shorter beside longer forgotten": lambda s: (
            s[0] / s[1] <= np.divide(*np.linalg.norm(s, axis=1))
        ),
        "the evener blocks": lambda s: ~alignment.helpful(s),
        "compared with the mean block": lambda s: (
            s.min(axis=0) / s.max(axis=0) <= s.sum(axis=1).min() / s.sum(axis=1).max()
        ),
    },
)

BEST_ONE_SIDED = Formula(
    "best lengths of one side",
    alignment.best_one_sided,
    {
        "proportional to the partner (constant ρ)": lambda b, c: b / np.linalg.norm(b),
        "disagreeing blocks kept": lambda b, c: b * c / np.linalg.norm(b * c),
        "cosines alone": lambda b, c: np.maximum(c, 0) / np.linalg.norm(np.maximum(c, 0)),
    },
)

BEST_ONE_SIDED_COSINE = Formula(
    "best cosine of one side",
    alignment.best_one_sided_cosine,
    {
        "disagreeing blocks kept": lambda b, c: np.sqrt(((b * c) ** 2).sum()) / np.linalg.norm(b),
        "cosines not squared": lambda b, c: (
            np.sqrt((b**2 * np.maximum(c, 0)).sum()) / np.linalg.norm(b)
        ),
        "lengths not squared": lambda b, c: np.sqrt((b * np.maximum(c, 0) ** 2).sum() / b.sum()),
    },
)


def _equal_blocks(pair, blocks):
    cuts = np.cumsum([len(part) for part in np.array_split(pair[0], blocks)])[:-1]
    return list(cuts), alignment.cosine_after(
        block_norms(pair, blocks), block_cosines(pair, blocks)
    )


def _greedy(pair, blocks):
    """Adds the best single cut again and again, never moving an earlier one."""
    cuts: list[int] = []
    for count in range(2, blocks + 1):
        rest = [cut for cut in range(1, pair.shape[1]) if cut not in cuts]
        cuts = max((sorted([*cuts, cut]) for cut in rest), key=lambda c: _value(pair, c))
        assert len(cuts) == count - 1
    return cuts, _value(pair, cuts)


def _value(pair, cuts):
    parts = np.split(pair, cuts, axis=1)
    lengths = np.array([np.linalg.norm(part, axis=1) for part in parts])
    products = np.array([part[0] @ part[1] for part in parts])
    return (products / lengths.prod(axis=1) * (lengths**2).sum(axis=1)).sum() / (pair**2).sum()


PARTITION = Formula(
    "best partition",
    partition.best_partition,
    {"equal blocks": _equal_blocks, "greedy cuts": _greedy},
)
