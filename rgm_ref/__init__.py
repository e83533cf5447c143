"""Reconcile Gradient Modulation, in NumPy alone: one file per idea, in the order of the paper.

fusion (Eq. 1) · energy (2–4) · plane (5–6) · rebalance (7–8) · blocks, synergy (9–11) ·
orthogonal, frame (12–13) · synorth, mixing (14–15). `oracles` needs SciPy and is imported on its
own; `toys` are small problems to try the step on.
"""

from rgm_ref import (
    blocks,
    energy,
    frame,
    fusion,
    mixing,
    orthogonal,
    plane,
    rebalance,
    synergy,
    synorth,
)

__all__ = [
    "blocks",
    "energy",
    "frame",
    "fusion",
    "mixing",
    "orthogonal",
    "plane",
    "rebalance",
    "synergy",
    "synorth",
]
