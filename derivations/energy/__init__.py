"""Energy, Eqs. 2–4 and Theorem 1: what CGE measures, and what bounds it."""

# isort: off
from derivations.energy import (
    growth,
    theorem1,
    two_sided,
    momentum,
    effective,
    noise,
    saturation,
    faithful,
    work,
    features,
    relatives,
    fisher,
    guarantee,
    diagnosis,
)

__all__ = [
    "diagnosis",
    "effective",
    "faithful",
    "features",
    "fisher",
    "growth",
    "guarantee",
    "momentum",
    "noise",
    "relatives",
    "saturation",
    "theorem1",
    "two_sided",
    "work",
]
