"""The paper, proved or refuted: importing this package fills the ledger, idea by idea."""

from derivations import orthogonal
from derivations.ledger import REGISTRY

__all__ = ["REGISTRY", "orthogonal"]
