"""One notebook for each idea, written from the ledger: every claim, its proof a cell to run."""

from pathlib import Path

import nbformat

from course.lite.editable import source
from course.proof import typeset
from derivations import REGISTRY
from derivations.ledger import Claim
from derivations.ledger.claim import by_idea
from derivations.ledger.report import HEADINGS

KERNEL = {"name": "python", "display_name": "Python (in the browser)", "language": "python"}
OPENING = """# {heading}

Each cell below proves a claim of the ledger, here, in your browser: run it with Shift and Enter.
The first takes some seconds, in which Python and SymPy start. Proofs and exact counterexamples run;
checks with numbers need NumPy, which is not here, and each claim names those that were left out.
The course itself runs them all.

**Change a proof.** The three dots under it hide its source: click them, turn a sign or leave out a
weight, and run the cell. The step that is no longer true is named. What you change stays in this
browser, until you clear its data."""


def write(folder: Path) -> list[Path]:
    """Write `folder/<idea>.ipynb` for every idea with something to prove; returns the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    claims = [REGISTRY[claim_id] for claim_id in by_idea()]
    written = []
    for idea in dict.fromkeys(claim.idea for claim in claims if _symbolic(claim)):
        own = [claim for claim in claims if claim.idea == idea]
        written.append(folder / f"{idea}.ipynb")
        notebook = nbformat.writes(_notebook(HEADINGS[idea], own))
        written[-1].write_text(notebook + "\n", encoding="utf-8")
    return written


def _notebook(heading: str, claims: list[Claim]) -> nbformat.NotebookNode:
    shown = [claim for claim in claims if _symbolic(claim)]
    others = [claim for claim in claims if claim not in shown]
    cells = [_text("start", OPENING.format(heading=heading))]
    cells.append(_code("tools", "from course.lite.browser import prove"))
    for claim in shown:
        cells += [_text(f"{claim.id}-said", _said(claim)), _code(claim.id, f'prove("{claim.id}")')]
        cells.append(_code(f"{claim.id}-source", source(claim)))
        cells[-1].metadata["jupyter"] = {"source_hidden": True}
    if others:
        listed = "\n".join(f"- `{claim.id}`: {typeset(claim.title)}." for claim in others)
        cells.append(_text("numbers-only", f"## With numbers only, so not here\n\n{listed}"))
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": KERNEL})


def _symbolic(claim: Claim) -> bool:
    return bool(claim.proofs or claim.refutations)


def _said(claim: Claim) -> str:
    quoted = f"\n\n> {typeset(claim.quote)}" if claim.quote else ""
    place = claim.place[0].upper() + claim.place[1:]
    return f"## {place} · `{claim.id}`\n\n{typeset(claim.title)}.{quoted}"


def _text(name: str, text: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_markdown_cell(text, id=name)


def _code(name: str, text: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_code_cell(text, id=name)
