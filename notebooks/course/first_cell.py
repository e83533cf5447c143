"""The first cell of every notebook."""

import sys
from importlib.metadata import version

import numpy as np

import course.exercises  # noqa: F401  (registers them)
from course.figure import use_style

SEED = 0
PACKAGES = ("numpy", "scipy", "sympy", "matplotlib")


def start() -> np.random.Generator:
    """Set number format and figure style, print the versions, return a seeded generator."""
    try:
        import derivations  # noqa: F401
        import rgm_ref  # noqa: F401
    except ModuleNotFoundError as missing:
        fix = f'"{sys.executable}" -m pip install -c constraints.txt -e ".[all]"'
        told = f"{missing.name} is missing. In the folder of the course run:\n  {fix}"
        raise SystemExit(told) from missing
    np.set_printoptions(precision=5, suppress=True, floatmode="maxprec")
    use_style()
    packages = "  ".join(
        f"{name} {version(name)}" for name in ("numpy", "sympy", "scipy", "matplotlib")
    )
    print(f"python {sys.version.split()[0]}  {packages}  seed {SEED}")
    return np.random.default_rng(SEED)
