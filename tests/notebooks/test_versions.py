"""The versions made from the one source: solutions pass, blanks fail at the check, nbgrader grades.

An exercise runs with the cells that it needs and no others: those that bind a name it reads.
"""

import csv
import os
import shutil
import subprocess
import symtable
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from course import build, posed, versions
from course.answers import EXERCISES, NotYet, _results, check

SOURCES = sorted(build.SOURCES.glob("[0-9]*.py"))
ALL = [one for source in SOURCES for one in posed.exercises(build.read(source))]


@pytest.fixture(params=SOURCES, ids=lambda source: source.stem)
def source(request) -> Path:
    return request.param


def globals_of(source: str) -> set[str]:
    """The names that a cell takes from the cells before it, or from Python."""
    table = symtable.symtable(source, "cell", "exec")
    tables, free = [table], set()
    while tables:
        scope = tables.pop()
        tables += scope.get_children()
        free |= {s.get_name() for s in scope.get_symbols() if s.is_global() and s.is_referenced()}
    own = {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}
    return free - own


def needed(notebook, exercise) -> list[str]:
    """The code cells before the check that bind what the solution and the check read, in order."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    before = code[: code.index(exercise.check)]
    read, chosen = globals_of(exercise.solved) | globals_of(exercise.check.source), []
    for cell in reversed(before):
        if cell is not exercise.solution and read & set(posed.bound(cell.source)):
            chosen.insert(0, cell.source)
            read |= globals_of(cell.source)
    return chosen


def test_there_are_many_exercises_of_every_kind_and_level():
    assert len(ALL) >= 50
    assert {one.id for one in ALL} == set(EXERCISES)
    assert len({one.id for one in ALL}) == len(ALL)
    kinds = Counter(one.kind for one in ALL)
    assert set(kinds) == set(posed.KINDS)
    assert min(kinds.values()) >= 5
    assert {one.level for one in ALL} == {1, 2, 3}


PLAIN_NUMBERS = {  # of shape (2,) or (2, 2), and yet no vectors of the plane
    *("start-2", "plane-1"),  # points of the balance–nonConflict plane
    *("plane-2", "ear-2", "ear-3", "ear-4", "orth-2", "step-3", "torch-1", "methods-3"),
    *("train-4", "tables-2", "know-5", "own-3"),
}


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=lambda exercise: exercise.id)
def test_every_wrong_twin_is_named(exercise, monkeypatch):
    drawn = []

    def draw(figure, alt):
        drawn.append(alt)
        plt.close(figure)

    monkeypatch.setattr("course.answers.show", draw)
    assert exercise.wrong
    for mistake, twin in exercise.wrong.items():
        with pytest.raises(NotYet) as told:
            check(exercise.id, twin)
        assert mistake in str(told.value)
    assert bool(drawn) == exercise.arrows


def test_answers_that_are_vectors_of_the_plane_are_drawn():
    plane = {
        exercise.id
        for exercise in EXERCISES.values()
        if np.shape(_results(exercise, exercise.right)[0]) in ((2,), (2, 2))
    }
    assert {exercise.id for exercise in EXERCISES.values() if exercise.arrows} == (
        plane - PLAIN_NUMBERS
    )
    assert plane >= PLAIN_NUMBERS


@pytest.mark.parametrize("exercise", ALL, ids=lambda one: one.id)
def test_the_task_names_what_is_to_be_filled_in(exercise):
    assert exercise.asked
    for name in exercise.asked:
        assert f"`{name}" in exercise.task


def test_solutions_pass_and_blanks_fail_at_the_check(source, capsys, monkeypatch):
    monkeypatch.setattr("course.figure.display", lambda *_, **__: None)
    notebook = build.read(source)
    for exercise in posed.exercises(notebook):
        scope: dict = {}
        for cell in needed(notebook, exercise):
            exec(cell, scope)
        exec(exercise.blank, scope)
        with pytest.raises(NotYet, match=f"^{exercise.id}: no answer yet"):
            exec(exercise.check.source, scope)
        exec(exercise.solved, scope)
        exec(exercise.check.source, scope)
        assert f"{exercise.id}: right\n" in capsys.readouterr().out
        for made in scope.values():
            if isinstance(made, TemporaryDirectory):
                made.cleanup()


def test_no_other_cell_needs_what_a_solution_keeps_to_itself(source):
    notebook = build.read(source)
    for exercise in posed.exercises(notebook):
        own = set(posed.bound(exercise.solved)) - set(exercise.asked)
        others = [c for c in notebook.cells if c.cell_type == "code" and c != exercise.solution]
        for cell in others:
            assert not own & globals_of(cell.source), (exercise.id, cell.id)


def test_a_student_gets_blanks_hints_and_all_the_rest(source):
    solved, blank = build.read(source), versions.student(source)
    nbformat.validate(blank)
    answers = {one.solution.id for one in posed.exercises(solved)}
    for old, new in zip(solved.cells, blank.cells, strict=True):
        if new.id in answers:
            assert "SOLUTION" not in new.source
            assert 'hint("' in new.source
        elif new.id != "start":
            assert new == old
    first = next(cell for cell in blank.cells if cell.cell_type == "code")
    assert "hint" in posed.bound(first.source)


def test_the_solution_version_has_outputs_and_no_markers(source):
    notebook = versions.solution(source)
    nbformat.validate(notebook)
    assert "### BEGIN" not in nbformat.writes(notebook)
    for exercise in posed.exercises(notebook):
        assert f"{exercise.id}: right" in str(exercise.check.outputs)


def test_nbgrader_metadata_is_valid(source):
    validator = pytest.importorskip("nbgrader.nbgraderformat.v3").MetadataValidatorV3()
    notebook = versions.nbgrader(source)
    nbformat.validate(notebook)
    validator.validate_nb(notebook)
    for exercise in posed.exercises(notebook):
        assert exercise.check.metadata["nbgrader"]["points"] == exercise.level


def test_a_heading_without_its_cells_is_reported():
    cells = [nbformat.v4.new_markdown_cell("### Exercise lost-1 · compute · level 1\nAdd.")]
    with pytest.raises(ValueError, match="lost-1: no cell tagged 'exercise'"):
        posed.exercises(nbformat.v4.new_notebook(cells=cells))


def test_the_command_writes_notebooks_that_find_their_tools(tmp_path, capsys):
    assert versions.main(["student", "00", "--out", str(tmp_path)]) == 0
    assert (tmp_path / "00_start_here.ipynb").exists()
    assert (tmp_path / "course" / "answers.py").exists()
    with pytest.raises(SystemExit):
        versions.main(["student", "77", "--out", str(tmp_path)])
    assert "no notebook 77; there are 00" in capsys.readouterr().err


SMALL = """# %% id="start"
from course import check, prove, show, start

rng = start()

# %% id="imports"
import numpy as np

# %% [markdown] id="start-2"
# ### Exercise start-2 · compute · level 1
#
# Set `point`.

# %% id="start-2-answer" tags=["exercise"]
### BEGIN SOLUTION
point = (0.5, -0.6)
### END SOLUTION

# %% id="start-2-check" tags=["check"]
check("start-2", point)

# %% [markdown] id="orth-2"
# ### Exercise orth-2 · derive · level 2
#
# Write `fair_weights(g)`.


# %% id="orth-2-answer" tags=["exercise"]
def fair_weights(g):
    ### BEGIN SOLUTION
    inverse = 1 / (g**2).sum(axis=1)
    return inverse / inverse.sum()
    ### END SOLUTION


# %% id="orth-2-check" tags=["check"]
check("orth-2", fair_weights)
"""


def test_nbgrader_releases_grades_and_gives_feedback(tmp_path):
    pytest.importorskip("nbgrader")
    source = tmp_path / "00_small.py"
    source.write_text(SMALL, encoding="utf-8")
    folder = tmp_path / "graded"
    versions.write("nbgrader", [source], folder)

    def run(*command: str) -> None:
        # nbgrader calls alembic by its name.
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        program = [sys.executable, "-m", "nbgrader", *command]
        done = subprocess.run(
            program, cwd=folder, capture_output=True, text=True, env=os.environ | {"PATH": path}
        )
        assert done.returncode == 0, done.stderr

    run("generate_assignment", "00_small")
    released = folder / "release" / "00_small"
    text = (released / "00_small.ipynb").read_text(encoding="utf-8")
    assert "inverse" not in text
    assert "point = ..." in text
    assert "raise NotImplementedError" in text
    for name in ("blank", "solved"):
        shutil.copytree(released, folder / "submitted" / name / "00_small")
    shutil.copy(
        folder / "source" / "00_small" / "00_small.ipynb", folder / "submitted/solved/00_small"
    )
    run("autograde", "00_small", "--create")
    run("generate_feedback", "00_small")
    run("export", "--to=grades.csv")
    with (folder / "grades.csv").open(encoding="utf-8", newline="") as file:
        grades = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert grades == {"blank": 0, "solved": 3}
    page = folder / "feedback" / "blank" / "00_small" / "00_small.html"
    assert "no answer yet" in page.read_text(encoding="utf-8")
