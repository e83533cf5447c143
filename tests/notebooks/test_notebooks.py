"""The committed notebooks: what nbval does not see.

nbval re-runs every cell and compares the outputs, but nothing where a cell has no execution count,
and nothing of a figure. So: counts are complete, the sources are the notebooks, figures have words.
"""

import ast
import re
from pathlib import Path

import nbformat
import pytest
from course import build
from course.answers import EXERCISES

HERE = Path(build.__file__).parents[1]
SOURCES = sorted(build.SOURCES.glob("[0-9]*.py"))


@pytest.fixture(params=SOURCES, ids=lambda source: source.stem)
def source(request) -> Path:
    return request.param


@pytest.fixture
def notebook(source):
    return nbformat.read(HERE / f"{source.stem}.ipynb", as_version=4)


def code(notebook) -> list:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_there_are_notebooks_and_each_has_its_source():
    assert SOURCES
    assert {p.stem for p in HERE.glob("*.ipynb")} == {source.stem for source in SOURCES}


def test_every_code_cell_was_run_in_order_without_error(notebook):
    assert [cell.execution_count for cell in code(notebook)] == list(
        range(1, len(code(notebook)) + 1)
    )
    kinds = {output.output_type for cell in code(notebook) for output in cell.outputs}
    assert "error" not in kinds


def test_the_notebook_is_its_source(source, notebook):
    fresh = build.read(source)
    assert [(c.id, c.cell_type, c.source) for c in notebook.cells] == [
        (c.id, c.cell_type, c.source) for c in fresh.cells
    ]
    assert notebook.metadata == fresh.metadata
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)


def test_every_figure_has_alt_text(notebook):
    for cell in code(notebook):
        for output in cell.outputs:
            if any(kind.startswith("image/") for kind in output.get("data", {})):
                assert len(output.metadata["image/png"]["alt"].split()) >= 5, cell.id
                assert "show(" in cell.source, cell.id


def test_outputs_hold_no_address_and_nothing_was_silenced(notebook):
    for cell in code(notebook):
        assert not re.search(r"0x[0-9a-f]{6,}", str(cell.outputs)), cell.id
        assert "filterwarnings" not in cell.source
        streams = [o.name for o in cell.outputs if o.output_type == "stream"]
        assert "stderr" not in streams, cell.id


def test_no_cell_rebinds_a_name_of_another(notebook):
    owner: dict[str, str] = {}
    for cell in code(notebook):
        for name in bound_names(cell.source):
            assert owner.setdefault(name, cell.id) == cell.id, f"{name} is bound twice"


def bound_names(source: str) -> set[str]:
    """Names a cell binds at its top level; `_` does not count."""
    names = set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                names |= {n.id for n in ast.walk(target) if isinstance(n, ast.Name)}
    # Every figure may be called `figure, axes`: it is shown and closed in its own cell.
    return names - {"_", "figure", "axes"}


def test_exercises_are_checked_and_have_hints(source):
    text = source.read_text(encoding="utf-8")
    used = set(re.findall(r'check\("([a-z]+-\d+)"', text))
    assert used <= set(EXERCISES)
    for exercise_id in used:
        assert EXERCISES[exercise_id].hints, exercise_id


def test_every_exercise_is_posed_in_some_notebook():
    text = "".join(source.read_text(encoding="utf-8") for source in SOURCES)
    assert set(EXERCISES) == set(re.findall(r'check\("([a-z]+-\d+)"', text))
