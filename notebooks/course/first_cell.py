"""The first cell of every notebook."""

import sys
from importlib.metadata import version

import numpy as np

import course.exercises  # noqa: F401  (registers them)
from course.figure import use_style

SEED = 0
PACKAGES = ("numpy", "sympy", "scipy", "matplotlib")


def start() -> np.random.Generator:
    """Set number format and figure style, print the versions, return a seeded generator."""
    np.set_printoptions(precision=5, suppress=True, floatmode="maxprec")
    use_style()
    packages = "  ".join(f"{name} {version(name)}" for name in PACKAGES)
    print(f"python {sys.version.split()[0]}  {packages}  seed {SEED}")
    return np.random.default_rng(SEED)
