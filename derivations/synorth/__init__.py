"""SynOrth, Eqs. 14–15: the gates, the full step, and what it does to a pair."""

from derivations.synorth import (
    cooperation,
    gates,
    leak,
    many,
    mixing,
    norm,
    others,
    parts,
    residual,
    scale,
    smooth,
    zero,
)

__all__ = [
    "cooperation",
    "gates",
    "leak",
    "many",
    "mixing",
    "norm",
    "others",
    "parts",
    "residual",
    "scale",
    "smooth",
    "zero",
]
