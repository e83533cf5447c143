"""Orth, Eqs. 12–13: the printed, the linear and the exact form."""

from derivations.orthogonal import linear, overshoot

__all__ = ["linear", "overshoot"]
