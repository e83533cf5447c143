"""The README's map from the paper to the files says what the course's own map says."""

import re
from pathlib import Path

import pytest
from course.overview import PAPER, Place

import derivations

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
IDEAS = [name for name in derivations.__all__ if (ROOT / "derivations" / name).is_dir()]


def row(place: Place) -> str:
    """Place, subject, reference files, folder of the proofs, notebooks: a line of the table."""
    files = dict.fromkeys(f"`rgm_ref/{name.split('.')[0]}.py`" for name in place.functions)
    ideas = {claim.split("-")[0] for claim in place.claims}
    folders = [f"`derivations/{name}/`" for name in IDEAS if any(map(name.startswith, ideas))]
    notebooks = [
        f"[{number}]({path.relative_to(ROOT).as_posix()})"
        for number in place.notebook.split(", ")
        for path in (ROOT / "notebooks").glob(f"{number}_*.ipynb")
    ]
    cells = [place.place, place.name, *map(", ".join, (files, folders, notebooks))]
    return f"| {' | '.join(cells)} |"


@pytest.mark.parametrize("place", PAPER, ids=lambda place: place.place)
def test_the_map_has_a_row_for_every_place(place):
    assert row(place) in README.splitlines()


def test_the_map_has_no_other_rows():
    table = re.search(r"^\| in the paper .*\n\|[-| ]+\n((?:\|.*\n)+)", README, re.MULTILINE)
    assert table is not None
    assert len(table[1].splitlines()) == len(PAPER)
