"""Write docs/methods.md: every method in a row, what its paper says, its authors' code does, ours.

`python docs/methods.py` writes the page, `python docs/methods.py FILE` another one. All text comes
from the methods' cards (`rgm_torch/methods/*.py`); nothing is written here but the frame.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from rgm_torch.methods import METHODS
from rgm_torch.methods.base import Method

COLUMNS = ("method", "family", "variant", "paper", "official code", "ours", "source")
FAMILIES = {
    "baseline": "the reference",
    "reconciling": "the paper's own",
    "imbalance": "compared in the paper, against imbalance",
    "conflict": "compared in the paper, against conflict",
    "control": "controls, without which the others cannot be read",
    "aggregator": "general aggregators of several gradients",
    "ours": "not in the paper",
}
INTRO = """\
# The methods: paper, official code, ours

Made by `python docs/methods.py` from the cards of the methods; a test compares the two. Formulas,
options and their defaults stand in the docstrings, and notebook 10 shows what each method does to
one pair of gradients.

- **paper** is what the publication says, **official code** what its authors' public code does where
  it was read (and, where it says so, what other public code does), **ours** what is done here by
  default and why. Where the two differ, an option has the other reading as far as it is clear.
- **variant** is what a table row must add to the name, because the row is not the published whole.
- No row says which method is better.
"""


def title(method: type[Method]) -> str:
    """The name as people write it: the first words of the module's docstring."""
    words = str(sys.modules[method.__module__].__doc__).split(":")[0]
    return words.removesuffix(" as a method")


def row(method: type[Method]) -> str:
    """One line of the table; a stroke inside a cell is escaped."""
    file = "../" + method.__module__.replace(".", "/") + ".py"
    card, name = method.card, f"[{title(method)}]({file})<br>`{method.name}`"
    cells = (name, method.family, method.variant or "–", card.paper, card.official, card.ours)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in (*cells, card.source)) + " |"


def page() -> Iterator[str]:
    """The lines of the page, a table per family."""
    yield INTRO
    for family, words in FAMILIES.items():
        members = [method for method in METHODS.values() if method.family == family]
        yield f"## {family.capitalize()}: {words} ({len(members)})\n"
        yield "| " + " | ".join(COLUMNS) + " |"
        yield "|" + " --- |" * len(COLUMNS)
        yield from map(row, members)
        yield ""


def write(path: Path) -> None:
    """Write the page. Raises: ValueError for a family that has no place on it."""
    unknown = {method.family for method in METHODS.values()} - set(FAMILIES)
    if unknown:
        raise ValueError(f"FAMILIES: no words for {sorted(unknown)}")
    path.write_text("\n".join(page()).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("methods.md"))
