"""The widget in notebook 07: alive in a kernel, not stored, its picture for print beside it."""

from pathlib import Path

import nbformat
import pytest
from course.build import LIVE, execute

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


@pytest.fixture(scope="module")
def cells() -> dict:
    notebook = nbformat.read(NOTEBOOKS / "07_synorth.ipynb", as_version=4)
    return {cell.id: cell for cell in notebook.cells}


def test_the_widget_is_shown_and_not_stored(cells):
    live = cells["playground-live"]
    assert live.source.endswith("\nboard")
    assert live.metadata.tags == [LIVE]
    assert live.outputs == []


def test_the_picture_for_print_follows_it_with_words(cells):
    order = list(cells)
    assert order.index("playground-still") == order.index("playground-live") + 1
    (output,) = cells["playground-still"].outputs
    assert "image/png" in output.data
    assert "nonConflict −0.71 before and −0.21 after" in output.metadata["image/png"]["alt"]


def test_a_build_keeps_no_output_of_a_live_cell_and_every_other():
    made = [nbformat.v4.new_code_cell(f"print({n}); {n}") for n in range(2)]
    made[0].metadata.tags = [LIVE]
    execute(nbformat.v4.new_notebook(cells=made))
    assert made[0].outputs == []
    assert [output.output_type for output in made[1].outputs] == ["stream", "execute_result"]
