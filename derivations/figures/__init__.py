"""The figures: one-step theorems, and experiments that say where their text is seen on toys."""

from derivations.figures import (
    balance_only,
    confirms,
    conflict_only,
    removal,
    saturation,
    trajectories,
)

__all__ = ["balance_only", "confirms", "conflict_only", "removal", "saturation", "trajectories"]
