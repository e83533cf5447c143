"""Fusion, Eq. 1: what a modality's gradient is, where it is defined, and what fusion decides."""

# isort: off
from derivations.fusion import jacobians, widths, effect, head

__all__ = ["effect", "head", "jacobians", "widths"]
