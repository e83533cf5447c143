"""The table of the methods is what its script makes of the cards."""

import os
import re
import subprocess
import sys
from pathlib import Path

from rgm_torch.methods import METHODS, PAPER

ROOT = Path(__file__).parents[2]
SCRIPT, PAGE = ROOT / "docs" / "methods.py", ROOT / "docs" / "methods.md"
COMPARED = {"baseline", "reconciling", "imbalance", "conflict"}


def rows() -> dict[str, list[str]]:
    """The cells of every method's row, by its name in the library."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    cells = [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines if line.startswith("| [")]
    return {re.search("`(.+)`", row[0])[1]: [cell.strip() for cell in row] for row in cells}


def test_the_committed_page_is_what_the_script_makes(tmp_path):
    fresh = tmp_path / "methods.md"
    command = [sys.executable, "-W", "error", str(SCRIPT), str(fresh)]
    # A script sees its own folder first, and this project need not be installed.
    subprocess.run(command, cwd=ROOT, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert fresh.read_text(encoding="utf-8") == PAGE.read_text(encoding="utf-8"), (
        "run python docs/methods.py"
    )


def test_every_method_has_a_row_of_seven_cells_and_none_is_empty():
    assert set(rows()) == set(METHODS)
    for name, cells in rows().items():
        assert len(cells) == 7, name
        assert all(cells), name
        assert cells[1] == METHODS[name].family


def test_the_paper_compares_22_and_its_rows_carry_their_variant_labels():
    counted = [name for name, cells in rows().items() if cells[1] in COMPARED]
    assert counted == [method.name for method in PAPER]
    assert len(counted) == 22
    assert all(rows()[name][2] != "–" for name in ("al", "arm", "greedy", "balgrad"))


def test_every_link_leads_to_a_file():
    for target in re.findall(r"\]\(([^)]+)\)", PAGE.read_text(encoding="utf-8")):
        assert (PAGE.parent / target).is_file(), target
