"""EAR, Eqs. 7–8: what the ratio does to a gradient, to an energy, and to the balance in the end."""

# isort: off
from derivations.rebalance import ratio, temper, stability, raw, applied, freeze

__all__ = ["applied", "freeze", "ratio", "raw", "stability", "temper"]
