"""The page "From the paper to the files": `write(folder)` makes `paper.md` of the course's map."""

import re
from pathlib import Path

from course.overview import PAPER, Place
from course.site.links import claim, function, notebook

INTRODUCTION = """# From the paper to the files

Every equation, theorem, figure and table of *Reconcile Gradient Modulation for Harmony Multimodal
Learning* (Gao, Cao, Gong and Zhu, AAAI 2026), with the notebook that teaches it, the functions that
compute it and the claims that say whether what the paper tells of it is true. The lists of claims
name some; [the ledger](/ledger/index.md) has them all.

"""
HEADING = ("in the paper", "what it is", "notebook", "functions of `rgm_ref`", "claims")


def write(folder: Path) -> None:
    """Write `paper.md`."""
    rows = [HEADING, ("---",) * len(HEADING), *map(_row, PAPER)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    (folder / "paper.md").write_text(f"{INTRODUCTION}{table}\n", encoding="utf-8")


def _row(place: Place) -> tuple[str, ...]:
    return (
        place.place,
        f"{place.name} {place.symbol}".strip(),
        re.sub(r"\d\d", lambda number: notebook(number[0]), place.notebook),
        "<br>".join(map(function, place.functions)),
        "<br>".join(map(claim, place.claims)),
    )
