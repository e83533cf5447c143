"""The glossary: `write(folder)` makes `glossary.md` from `terms.toml` and the course's letters.

A letter's shape and unit, and the place in the paper that a function comes from, stand in
`course.overview`; here is only what a term means and where one meets it.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import indent

from course.build import HERE as NOTEBOOKS
from course.overview import PAPER, SYMBOLS, Symbol

INTRO = """\
# Glossary

The words and letters of the course. *M* modalities, *d* features, *l* blocks; units are written
with L for the loss and Z for a feature.
"""


@dataclass(frozen=True)
class Term:
    """A term: its names, a sentence, and what the code, the paper and the course call it."""

    names: tuple[str, ...]
    says: str
    notebook: str
    letter: str = ""
    code: tuple[str, ...] = field(default=())
    equation: str = ""

    @property
    def symbol(self) -> Symbol | None:
        """Its letter on the formula sheet."""
        return next((s for s in SYMBOLS if s.code == self.letter), None)

    @property
    def places(self) -> list[str]:
        """Where in the paper its code comes from."""
        own = {name.removeprefix("rgm_ref.") for name in self.code}
        return [place.place for place in PAPER if own.intersection(place.functions)]


def terms() -> list[Term]:
    """All terms, as the file has them."""
    read = tomllib.loads(Path(__file__).with_name("terms.toml").read_text(encoding="utf-8"))
    lists = ("names", "code")
    return [Term(**term | {k: tuple(term.get(k, ())) for k in lists}) for term in read["term"]]


def write(folder: Path) -> None:
    """Write `glossary.md` into a folder of Sphinx sources."""
    lines = [INTRO, "```{glossary}"]
    for term in terms():
        lines += [*term.names, indent("\n\n".join(_definition(term)), "  "), ""]
    (folder / "glossary.md").write_text("\n".join([*lines, "```", ""]), encoding="utf-8")


def _definition(term: Term) -> Iterator[str]:
    yield term.says
    if term.equation:
        yield f"$$\n{term.equation}\n$$"
    told = "; ".join(_whereabouts(term))
    yield f"{told[0].upper()}{told[1:]}."


def _whereabouts(term: Term) -> Iterator[str]:
    if term.symbol:
        latex, size = term.symbol.symbol.strip("$"), term.symbol.size
        yield f"{{math}}`{latex}`, {size} in units of {term.symbol.unit}"
    if term.code:
        yield "in code " + ", ".join(f"{{py:obj}}`{name}`" for name in term.code)
    yield from term.places
    path = next(NOTEBOOKS.glob(f"{term.notebook}_*.ipynb"))
    yield f"introduced in {{doc}}`notebook {term.notebook} <notebooks/{path.stem}>`"
