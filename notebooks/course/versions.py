"""Student, solution and nbgrader versions: `python -m course.versions student [NN …] --out DIR`.

All are made from the one source in which the solutions stand. A folder made here runs by itself
wherever the course is installed: the tools that the notebooks import are put beside them.

student    solutions replaced by the names to fill in; no outputs
solution   the committed notebooks with their outputs, without the markers
nbgrader   a course folder: `source/`, and a configuration; `nbgrader generate_assignment NAME` next
"""

import argparse
import re
import shutil
import sys
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course.build import HERE, SOURCES, read
from course.posed import MARKER, Posed, exercises

TOOLS = HERE / "course"
CONFIGURATION = '''"""nbgrader settings: run its commands in this folder."""

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "rgm"
c.ClearSolutions.code_stub = {"python": "# your answer"}
c.Execute.timeout = 600
'''


def student(source: Path) -> NotebookNode:
    """The notebook with blanks for solutions, and `hint` at hand."""
    notebook = read(source)
    _import_hint(notebook)
    for posed in exercises(notebook):
        posed.solution.source = posed.blank
    return notebook


def solution(source: Path) -> NotebookNode:
    """The built notebook with its outputs; the solutions without their markers."""
    notebook = nbformat.read(HERE / f"{source.stem}.ipynb", as_version=4)
    for posed in exercises(notebook):
        posed.solution.source = MARKER.sub("", posed.solution.source).rstrip()
    return notebook


def nbgrader(source: Path) -> NotebookNode:
    """The instructor's notebook: blanks, solutions in their region, points by level."""
    notebook = read(source)
    _import_hint(notebook)
    for posed in exercises(notebook):
        region = f"### BEGIN SOLUTION\n{posed.solved}\n### END SOLUTION"
        posed.solution.source = f"{posed.blank}\n\n\n{region}"
        _mark(posed)
    return notebook


def _mark(posed: Posed) -> None:
    """nbgrader's metadata: task and check are locked, the answer is free, the check is graded."""
    common = {"schema_version": 3, "task": False}
    fields = (
        (posed.place, "-task", {"grade": False, "locked": True, "solution": False}),
        (posed.solution, "-answer", {"grade": False, "locked": False, "solution": True}),
        (posed.check, "", {"grade": True, "locked": True, "solution": False}),
    )
    for cell, ending, roles in fields:
        cell.metadata["nbgrader"] = {"grade_id": posed.id + ending, **roles, **common}
    posed.check.metadata["nbgrader"]["points"] = posed.level


def _import_hint(notebook: NotebookNode) -> None:
    """A solved notebook may need no hints; a blank one does."""
    first = next(cell for cell in notebook.cells if cell.cell_type == "code")
    first.source = re.sub(r"import check, (?!hint)", "import check, hint, ", first.source)


MAKERS = {"student": student, "solution": solution, "nbgrader": nbgrader}


def write(kind: str, sources: list[Path], folder: Path) -> None:
    """Write one version of some notebooks, with the tools beside them."""
    for source in sources:
        notebook = MAKERS[kind](source)
        nbformat.validate(notebook)
        place = folder / "source" / source.stem if kind == "nbgrader" else folder
        shutil.copytree(TOOLS, place / "course", dirs_exist_ok=True, ignore=_not_for_students)
        target = place / f"{source.stem}.ipynb"
        target.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    if kind == "nbgrader":
        (folder / "nbgrader_config.py").write_text(CONFIGURATION, encoding="utf-8")


_not_for_students = shutil.ignore_patterns("__pycache__", "teach")


def main(arguments: list[str]) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m course.versions", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("kind", choices=MAKERS)
    parser.add_argument("names", nargs="*", metavar="NN", help="notebooks, all if none is named")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where to write")
    chosen = parser.parse_args(arguments)
    known = {source.stem[:2]: source for source in sorted(SOURCES.glob("[0-9]*.py"))}
    unknown = set(chosen.names) - set(known)
    if unknown:
        parser.error(f"no notebook {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    write(chosen.kind, [known[name] for name in chosen.names or known], chosen.out)
    print(f"{chosen.kind} version of {len(chosen.names or known)} notebooks in {chosen.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
