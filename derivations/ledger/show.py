"""The ledger in the terminal: the table of verdicts, and one claim as a derivation."""

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from derivations.ledger.claim import Claim
from derivations.ledger.judge import Result

COLOURS = {
    "holds": "green",
    "holds if": "cyan",
    "fails": "magenta",
    "open": "yellow",
    "crashed": "red",
}


def table(claims: dict[str, Claim], results: list[Result], width: int) -> Table:
    """Claim, place, verdict, evidence, digits, seconds; and what is claimed, if there is room."""
    headings = ["claim", "place", "verdict", "evidence", "digits", "s"]
    out = Table(
        title="The paper, claim by claim", box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0)
    )
    for heading in headings:
        whole = heading in ("claim", "verdict", "digits", "s")
        out.add_column(heading, no_wrap=whole, min_width=len(heading) + 2)
    out.columns[-1].justify = "right"
    if width >= 140:
        out.add_column("what is claimed")
    for previous, result in zip([None, *results], results, strict=False):
        claim, colour = claims[result.id], COLOURS[result.verdict]
        if previous and claims[previous.id].idea != claim.idea:
            out.add_section()
        # The verdict already says whether it was refuted: the table keeps what was proved instead.
        known = evidence_text(result).removeprefix("refuted as stated; ").removeprefix("refuted; ")
        evidence = known or escape(result.error.splitlines()[0])
        cells = [claim.id, claim.place, f"[{colour}]{result.verdict}[/]", evidence]
        cells += [agreement(result), f"{result.seconds:.1f}", claim.title]
        out.add_row(*cells[: len(out.columns)])
    return out


def agreement(result: Result) -> str:
    """Digits of agreement of the worst check, or how many bounds were tried and kept."""
    if result.worst_digits is not None:
        return f"{result.worst_digits:.1f}"
    return f"{result.samples} bounds" if result.samples else "–"


def evidence_text(result: Result) -> str:
    """The evidence level, with the size of the search where that is all there is."""
    return f"tested ({result.samples} samples)" if result.evidence == "tested" else result.evidence


def derivation(claim: Claim, result: Result, console: Console) -> None:
    """One claim, read as a derivation: statement, numbered steps, counterexample, correction."""
    console.rule(f"[bold]{claim.id}[/] · {claim.place} · {result.verdict}")
    console.print(claim.title, style="bold")
    for label, text in (
        ("Stated", claim.statement),
        ("The paper's words", claim.quote),
        ("Needs", claim.condition),
        ("True instead", claim.corrected),
    ):
        if text:
            console.print(f"\n{label}:  {text}", markup=False, highlight=False)
    for heading, steps in (("Proof", result.steps), ("Counterexample", result.refutation)):
        if steps:
            console.print(f"\n[bold]{heading}[/]")
        for number, step in enumerate(steps, 1):
            console.print(f"{number}. {step.text}", markup=False, highlight=False)
            if step.plain:
                console.print(_indent(step.plain), markup=False, highlight=False, soft_wrap=True)
    for leg in result.numerics:
        found = "no violation" if leg["digits"] is None else f"{leg['digits']:.1f} digits"
        console.print(f"\nNumbers: {leg['formula']} against {leg['oracle']}: {found}", markup=False)
        console.print(
            f"  {leg['samples']} samples; tolerance {leg['tolerance']:.0e}: {leg['because']}"
        )
    for finding, seen in result.findings.items():
        console.print(f"{'seen' if seen else 'NOT seen'}: {finding}", markup=False)
    for twin, killers in result.kills.items():
        console.print(
            f"twin {'killed' if any(killers.values()) else 'SURVIVES'}: {twin}", markup=False
        )
    if claim.remark:
        console.print(f"\n{claim.remark}", markup=False)
    if result.error:
        console.print(f"\n{result.error}", style="red", markup=False)


def _indent(block: str) -> str:
    return "\n".join(f"      {line}" for line in block.splitlines()) + "\n"


def speed_table(speeds: list[dict]) -> Table:
    """Closed form beside optimizer, medians and their ratio."""
    out = Table(title="Closed form against the optimizer that confirms it (one process, medians)")
    for heading in ("problem", "closed form", "optimizer", "ratio"):
        out.add_column(heading, justify="left" if heading == "problem" else "right")
    for row in speeds:
        closed, optimizer = f"{row['closed'] * 1e6:.0f} µs", f"{row['optimizer'] * 1e3:.1f} ms"
        out.add_row(row["label"], closed, optimizer, f"{row['ratio']:.0f}×")
    return out


def summary(results: list[Result]) -> str:
    """One line: how many claims have which verdict."""
    verdicts = [result.verdict for result in results]
    counts = (f"{verdict} {verdicts.count(verdict)}" for verdict in COLOURS if verdict in verdicts)
    return f"{len(results)} checked: {', '.join(counts)}."
