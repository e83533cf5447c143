"""A claim of the ledger, run here and now, and shown as a derivation."""

from IPython.display import Markdown, display

from derivations import REGISTRY
from derivations.ledger import Claim, Result, run
from derivations.ledger.proof import Step
from derivations.ledger.record import recorded
from derivations.ledger.report import SUBSCRIPT

ACCENTS = {"\u0303": r"\tilde ", "\u0304": r"\bar ", "\u0302": r"\hat "}


def prove(claim_id: str) -> None:
    """Run a claim and display its statement, proof, counterexample and verdict.

    Raises: ValueError for an unknown claim; AssertionError for another verdict than recorded.
    """
    if claim_id not in REGISTRY:
        raise ValueError(f"claim_id: {claim_id!r} is not in the ledger")
    claim = REGISTRY[claim_id]
    result = run(claim)
    assert result.verdict == recorded()[claim_id]["verdict"], result.error or result.verdict
    lines = derivation(claim, result)
    lines += [f"- {typeset(finding)}" for finding in result.findings]
    lines.append(f"Verdict: **{result.verdict}** ({result.evidence}).")
    display(Markdown("\n\n".join(lines)))


def derivation(claim: Claim, result: Result) -> list[str]:
    """Title, statement, proof, counterexample and what is true instead, as pieces of Markdown."""
    lines = [f"**{typeset(claim.title)}** ({claim.place}, `{claim.id}`)", f"$${claim.statement}$$"]
    if claim.condition:
        lines += ["Needs:", f"$${claim.condition}$$"]
    lines += numbered("Proof", result.steps) + numbered("Counterexample", result.refutation)
    if claim.corrected:
        lines += ["True instead:", f"$${claim.corrected}$$"]
    return lines


def typeset(text: str) -> str:
    """Markdown in which O_i, g̃_j and w_min are formulas."""

    def formula(match) -> str:
        letter, index = match.groups()
        accent = ACCENTS.get(letter[1:], "")
        return f"${accent}{letter[0]}_{{{index}}}$"

    return SUBSCRIPT.sub(formula, text)


def numbered(heading: str, steps: list[Step]) -> list[str]:
    """Numbered sentences, each with its formula under it."""
    lines = [
        f"{number}. {typeset(step.text)}" + (f"\n\n   $${step.latex}$$" if step.latex else "")
        for number, step in enumerate(steps, 1)
    ]
    return [f"*{heading}.*", *lines] if steps else []
