"""The sentences of the paper about its Tables 1–3, checked by exact arithmetic on the tables."""

# isort: off
from derivations.tables import (
    accuracy,
    balance,
    backbones,
    implied,
    marks,
    counts,
    ablation,
    reading,
)

__all__ = ["ablation", "accuracy", "backbones", "balance", "counts", "implied", "marks", "reading"]
