"""One claim as MyST: what is claimed, what refutes it, what is true instead, and how one knows.

What was proved is a theorem, what was seen in an experiment an observation, what is refuted or
open a conjecture. The derivation and the numbers are folded away, as `<details>`.
"""

from collections.abc import Iterable

from course.site.claims import badge, css, is_ours, notebooks, source
from course.site.display import display
from course.site.prose import link, prose
from derivations.ledger import Claim, Result
from derivations.ledger.proof import Step


def page_part(claim: Claim, result: Result, needed_by: Iterable[str]) -> str:
    """The claim's section: a heading, its objects, and what it is tied to."""
    blocks = [f"## {prose(claim.title)}", _claimed(claim, result)]
    blocks += _counterexample(claim, result) + _corrected(claim, result)
    if claim.remark:
        blocks.append(f"*Remark.* {prose(claim.remark)}")
    blocks += _derivation(result) + _findings(result) + _numbers(result)
    blocks.append(_ties(claim, needed_by))
    return "\n\n".join(blocks)


def _claimed(claim: Claim, result: Result) -> str:
    saying = claim.place if is_ours(claim) else f"{claim.place}, as the paper says"
    content = [f"{badge(result.verdict)} · {result.evidence}"]
    if claim.quote:
        content.append(f"> “{prose(claim.quote)}”")
    content.append(display(claim.statement))
    if claim.condition:
        content += ["Needs the condition", display(claim.condition)]
    kind = {"fails": "conjecture", "open": "conjecture"}.get(result.verdict) or _shown(result)
    return _object(kind, f"{claim.id}: {saying}", claim.id, content, css(result.verdict))


def _counterexample(claim: Claim, result: Result) -> list[str]:
    if not result.refutation:
        return []
    title = "counterexample, without the condition" if claim.condition else "counterexample"
    return [_object("example", title, f"{claim.id}-counterexample", _steps(result.refutation))]


def _corrected(claim: Claim, result: Result) -> list[str]:
    if not claim.corrected:
        return []
    content = [display(claim.corrected)]
    return [_object(_shown(result), "true instead", f"{claim.id}-corrected", content)]


def _shown(result: Result) -> str:
    """A theorem has a proof; an observation has been seen."""
    return "theorem" if "proved" in result.evidence else "observation"


def _object(kind: str, title: str, label: str, content: list[str], style: str = "") -> str:
    """A directive of sphinx-proof. Without a number: Theorems 1 and 2 are the paper's."""
    options = [f":::{{prf:{kind}}} {title}", f":label: claim-{label}", ":nonumber:"]
    return "\n".join([*options, f":class: claim {style}".rstrip(), "", "\n\n".join(content), ":::"])


def _derivation(result: Result) -> list[str]:
    if not result.steps:
        return []
    count = len(result.steps)
    return _folded(f"Proof, in {count} step{'s' if count > 1 else ''}", _steps(result.steps))


def _steps(steps: list[Step]) -> list[str]:
    """A numbered list: a sentence, and its formula under it."""
    return [
        f"{number}. {prose(step.text)}" + (f"\n\n    {display(step.latex)}" if step.latex else "")
        for number, step in enumerate(steps, 1)
    ]


def _findings(result: Result) -> list[str]:
    """What was looked for in experiments, and whether it was seen."""
    if not result.findings:
        return []
    listed = [
        f"- {'seen' if seen else '**not seen**'}: {prose(finding)}"
        for finding, seen in result.findings.items()
    ]
    seen = sum(result.findings.values())
    return _folded(f"Experiment: {seen} of {len(listed)} findings seen", ["\n".join(listed)])


def _numbers(result: Result) -> list[str]:
    """The checks with numbers in a sentence, which unfolds into one line per check."""
    if not result.numerics:
        return []
    killed = [twin for twin, checks in result.kills.items() if any(checks.values())]
    checks = [_check(leg) for leg in result.numerics]
    twins = [f"- {prose(twin)}" for twin in killed]
    listed = ["\n".join(checks)] + (["Wrong twins rejected:", "\n".join(twins)] if twins else [])
    return _folded(_agreement(result, len(killed)), listed)


def _agreement(result: Result, killed: int) -> str:
    kept = "no violation" if result.worst_digits is None else f"{result.worst_digits:.1f} digits"
    twins = f"; {killed} wrong twin{'s' if killed > 1 else ''} rejected" if killed else ""
    many = f"{result.samples:,}".replace(",", " ")
    return f"Numbers: {kept} over {many} samples{twins}"


def _check(leg: dict) -> str:
    if leg["digits"] is None:
        found = f"kept in all {leg['samples']} cases, by"
    else:
        found = f"agrees to {leg['digits']:.1f} digits over {leg['samples']} samples with"
    why = f"tolerance {leg['tolerance']:.0e}: {prose(leg['because'])}"
    return f"- {prose(leg['formula'])}: {found} {prose(leg['oracle'])} ({why})"


def _folded(summary: str, content: list[str]) -> list[str]:
    """Content that opens by a click, by Enter or by Space, without any script."""
    start = f'```{{raw}} html\n<details class="ledger"><summary>{summary}</summary>\n```'
    return [start, *content, "```{raw} html\n</details>\n```"]


def _ties(claim: Claim, needed_by: Iterable[str]) -> str:
    seen = ", ".join(f"{{doc}}`/notebooks/{name}`" for name in notebooks().get(claim.id, []))
    entries = {
        "Rests on": ", ".join(map(link, claim.depends)),
        "Needed by": ", ".join(map(link, needed_by)),
        "Shown in": seen,
        "Source": f"`{source(claim)}`",
        "Check it": f"`python -m derivations show {claim.id}`",
    }
    lines = [f"- {name}: {value}" for name, value in entries.items() if value]
    return "\n".join([":::{container} ties", *lines, ":::"])
