"""Syn, Eqs. 9–11: Theorem 2 refuted and repaired, what Eq. 11 solves, what it costs."""
# ruff: noqa: I001  (the order is that of the ledger)

from derivations.synergy import theorem, cosine, repaired, lopsided, one_sided, partition
from derivations.synergy import constraint, distortion, words, zero, nonexpansive

__all__ = [
    "constraint",
    "cosine",
    "distortion",
    "lopsided",
    "nonexpansive",
    "one_sided",
    "partition",
    "repaired",
    "theorem",
    "words",
    "zero",
]
