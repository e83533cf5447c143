"""The paper, proved or refuted: importing this package fills the ledger, idea by idea."""

# isort: off
from derivations import (
    fusion,
    energy,
    plane,
    rebalance,
    synergy,
    orthogonal,
    synorth,
    tables,
    figures,
)
from derivations.ledger import REGISTRY

__all__ = [
    "REGISTRY",
    "energy",
    "figures",
    "fusion",
    "orthogonal",
    "plane",
    "rebalance",
    "synergy",
    "synorth",
    "tables",
]
