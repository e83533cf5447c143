"""From the legs that ran to verdict and evidence level: computed here, typed nowhere."""

import time
from dataclasses import dataclass, field

from derivations.ledger.claim import Claim
from derivations.ledger.numeric import NumericLeg, digits
from derivations.ledger.proof import Proof, Step


@dataclass
class Result:
    """What running one claim showed."""

    id: str
    verdict: str  # holds, holds if, fails, open, crashed
    evidence: str
    steps: list[Step] = field(default_factory=list)
    refutation: list[Step] = field(default_factory=list)
    numerics: list[dict] = field(default_factory=list)
    findings: dict[str, bool] = field(default_factory=dict)
    # "formula: twin" → check → whether it rejects the twin
    kills: dict[str, dict[str, bool]] = field(default_factory=dict)
    seconds: float = 0.0
    error: str = ""

    @property
    def samples(self) -> int:
        """Number of samples over all numeric legs."""
        return sum(leg["samples"] for leg in self.numerics)

    @property
    def worst_digits(self) -> float | None:
        """Digits of agreement of the worst equality check; None where there is none."""
        values = [leg["digits"] for leg in self.numerics if leg["digits"] is not None]
        return min(values) if values else None


def run(claim: Claim, fast: bool = False) -> Result:
    """Run every leg of a claim. A check that crashes or disagrees gives the verdict 'crashed'."""
    start = time.perf_counter()
    result = Result(claim.id, "crashed", "")
    try:
        result.steps = _derive(claim.proofs)
        result.refutation = _derive(claim.refutations)
        for leg in claim.legs:
            _measure(claim, leg, result, fast)
        for observe in claim.observations:
            result.findings |= {sentence: bool(seen) for sentence, seen in observe().items()}
        result.verdict, result.evidence = judge(claim, result)
    except Exception as error:  # any failure of a check is the finding, and is reported by name
        result.error = f"{type(error).__name__}: {error}"
    result.seconds = time.perf_counter() - start
    return result


def judge(claim: Claim, result: Result) -> tuple[str, str]:
    """Verdict and evidence: what is refuted fails, or holds under a condition that was proved."""
    kinds = {step.kind for step in result.steps} - {"definition"}
    missed = [sentence for sentence, seen in result.findings.items() if not seen]
    if missed and (claim.proofs or claim.refutations):
        raise AssertionError(f"the experiment does not show what was proved: {missed}")
    proved = "proved on a box" if "box" in kinds else "proved" if kinds else ""
    refuted = any(step.kind == "refutation" for step in result.refutation)
    if refuted and claim.condition and proved:
        return "holds if", f"refuted as stated; condition {proved}"
    if refuted:
        return "fails", f"refuted; correction {proved}" if proved and claim.corrected else "refuted"
    if claim.refutations:
        raise AssertionError("the counterexample refutes nothing: it needs a `refute` step")
    if proved:
        return "holds if" if claim.condition else "holds", proved
    if result.findings:
        return "fails" if missed else "holds", "observed"
    if not result.numerics:
        raise AssertionError("the claim has no leg to stand on")
    return "open", "tested"


def _derive(arguments) -> list[Step]:
    proof = Proof()
    for argument in arguments:
        argument(proof)
    return proof.steps


def _measure(claim: Claim, leg: NumericLeg, result: Result, fast: bool) -> None:
    samples = max(2, leg.samples // 10) if fast else leg.samples
    outcomes = list(leg.outcomes(leg.formula.right, samples))
    error = max(sample.error for sample in outcomes)
    is_bound = all(sample.is_bound for sample in outcomes)
    if not error <= leg.tolerance:
        raise AssertionError(
            f"{leg.formula.name} against {leg.oracle}: error {error:.2e} > {leg.tolerance:.0e}"
        )
    name = f"{claim.id}: {leg.oracle}"
    result.numerics.append(
        {
            "formula": leg.formula.name,
            "oracle": leg.oracle,
            "samples": sum(sample.count for sample in outcomes),
            "error": error,
            "digits": None if is_bound else digits(error),
            "tolerance": leg.tolerance,
            "because": leg.because,
        }
    )
    for twin, function in leg.formula.twins.items():
        killed = leg.kills(function)
        result.kills.setdefault(f"{leg.formula.name}: {twin}", {})[name] = killed
