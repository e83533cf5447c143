"""The figures: one-step theorems, and experiments on toys that show where each figure's text is seen."""

from derivations.figures import balance_only, conflict_only, removal, saturation, trajectories

__all__ = ["balance_only", "conflict_only", "removal", "saturation", "trajectories"]
