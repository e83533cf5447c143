"""Fusion, Eq. 1: what a modality's gradient is, where it is defined, and what fusion decides."""

from derivations.fusion import effect, head, jacobians, widths

__all__ = ["effect", "head", "jacobians", "widths"]
