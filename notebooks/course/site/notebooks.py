"""The built notebooks as pages: exercises, solutions and theorems become objects to link to."""

import re
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from course.answers import EXERCISES
from course.build import HERE
from course.posed import HEADING, Posed, exercises
from course.site.links import linked
from course.teach.lessons import Lesson, read_lessons

SET_UP = {"start": "Set-up", "imports": "Imports"}  # cells that are folded away
RULE = re.compile(r"\n+---\s*$")


def write(folder: Path) -> None:
    """`folder/notebooks/NN_name.ipynb` for each built notebook, and the overview before them."""
    lessons = read_lessons()
    (folder / "notebooks").mkdir()
    (folder / "notebooks" / "index.md").write_text(overview(lessons), encoding="utf-8")
    for lesson in lessons:
        notebook = as_page(lesson)
        target = folder / "notebooks" / f"{lesson.name}.ipynb"
        target.write_text(nbformat.writes(notebook), encoding="utf-8")


def overview(lessons: list[Lesson]) -> str:
    """The page that lists the notebooks."""
    rows = "\n".join(
        f"| [{lesson.title}]({lesson.name}.ipynb) | {_reading(lesson):.0f} | "
        f"{_solving(lesson)} | {len(lesson.exercises)} |"
        for lesson in lessons
    )
    entries = "\n".join(f"{_short(lesson)} <{lesson.name}>" for lesson in lessons)
    return OVERVIEW.format(rows=rows, entries=entries)


OVERVIEW = """# The course

Take the notebooks in order; 04, 05 and 06 in any order among themselves, and 14 any time after 08.
If you only have an evening: 00, 03 and 06. The minutes to read are an article's, at 200 words
a minute; mathematics wants to be read twice.

| notebook | to read, min | to solve, min | exercises |
| --- | ---: | ---: | ---: |
{rows}

The pages of this site show the notebooks as they were run. To change something and see what
happens, [run them yourself](/run.md).

```{{toctree}}
:hidden:

{entries}
```
"""


def as_page(lesson: Lesson) -> NotebookNode:
    """The notebook for MyST-NB."""
    notebook = nbformat.read(HERE / f"{lesson.name}.ipynb", as_version=4)
    posed = exercises(notebook)
    notebook.cells = [cell for cell in notebook.cells if not cell.source.startswith("hint(")]
    for exercise in posed:
        _as_objects(notebook, exercise)
    first = notebook.cells[0]
    first.source = first.source.replace("\n", f"\n\n{_facts(lesson)}\n", 1)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = linked(cell.source)
        else:
            _prepare(cell)
    return notebook


def _prepare(cell: NotebookNode) -> None:
    """A code cell: its tag for the style, no marks for other tools, links in its outputs."""
    cell.metadata["tags"] = ["proof"] if cell.source.startswith("prove(") else []
    if cell.id in SET_UP:
        words = SET_UP[cell.id]
        cell.metadata["tags"] = ["hide-cell"]
        cell.metadata["mystnb"] = {"code_prompt_show": words, "code_prompt_hide": words}
    cell.source = "\n".join(line for line in cell.source.splitlines() if "NBVAL" not in line)
    for output in cell.outputs:
        if "text/markdown" in output.get("data", {}):
            text = RULE.sub("", output.data["text/markdown"])
            output.data["text/markdown"] = linked(text)


def _as_objects(notebook: NotebookNode, posed: Posed) -> None:
    """The task in a box with its hints; the solution and what its check says in one that opens."""
    before = HEADING.split(posed.place.source)[0]
    hints = "\n\n".join(
        f"<details class='hint'><summary>Hint {number}</summary>\n\n{text}\n\n</details>"
        for number, text in enumerate(EXERCISES[posed.id].hints, 1)
    )
    title = f"{posed.id} · {posed.kind} · level {posed.level}"
    options = f":label: {posed.id}\n:nonumber:"
    box = f"``````{{exercise}} {title}\n{options}\n\n{posed.task}\n\n{hints}\n``````"
    posed.place.source = f"{before}\n{box}"
    posed.solution.source = posed.solved
    start, end = (_place(notebook, cell) for cell in (posed.solution, posed.check))
    opening = f"```{{solution-start}} {posed.id}\n:label: {posed.id}-solution\n```"
    notebook.cells[start : end + 1] = [
        new_markdown_cell(opening),
        *notebook.cells[start : end + 1],
        new_markdown_cell("```{solution-end}\n```"),
    ]


def _place(notebook: NotebookNode, wanted: NotebookNode) -> int:
    return next(place for place, cell in enumerate(notebook.cells) if cell is wanted)


def _facts(lesson: Lesson) -> str:
    """One line under the title: the exercises and the file."""
    posed = ", ".join(f"`{exercise.id}`" for exercise in lesson.exercises)
    return f"[Exercises: {posed}. The file is `notebooks/{lesson.name}.ipynb`.]{{.facts}}\n"


def _reading(lesson: Lesson) -> float:
    return sum(section.reading for section in lesson.sections)


def _solving(lesson: Lesson) -> int:
    return sum(section.solving for section in lesson.sections)


def _short(lesson: Lesson) -> str:
    """The title for the sidebar, up to its colon."""
    return re.split(r"[:,]", lesson.title)[0]
