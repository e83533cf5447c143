"""Orth, Eqs. 12–13: the printed, the linear and the exact form."""

from derivations.orthogonal import linear, overshoot, residual, high_conflict, exact, optimum, degenerate, roles, pcgrad, lowdin

__all__ = ["linear", "overshoot"]
