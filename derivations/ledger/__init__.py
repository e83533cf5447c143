"""The ledger: claims, the legs they stand on, and the verdicts that running them gives."""

from derivations.ledger.claim import REGISTRY, Claim
from derivations.ledger.judge import Result, run
from derivations.ledger.numeric import Formula, Sample, agree, bounded
from derivations.ledger.proof import Proof, ProofError

__all__ = [
    "REGISTRY",
    "Claim",
    "Formula",
    "Proof",
    "ProofError",
    "Result",
    "Sample",
    "agree",
    "bounded",
    "run",
]
