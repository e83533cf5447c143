"""What a built notebook holds for a teacher, read from its cells and outputs."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from course.build import HERE, SECONDS
from course.posed import HEADING, Posed, exercises

WORDS_PER_MINUTE = 200
MINUTES = {1: 4, 2: 8, 3: 12}
"""Minutes that are planned for an exercise of each level."""

OPENING = re.compile(
    r"\*\*(?:What you will|You will|What you|You|How) (do|learn|need|long)[.:]\*\*"
)
QUESTION = re.compile(r"\*\*(Before you run[^*]*)\*\*(.*?)(?:\n\n|\Z)", re.DOTALL)


@dataclass
class Section:
    """A part of a notebook under one heading."""

    title: str
    prose: str = ""
    seconds: int = 0
    figures: list[tuple[str, str]] = field(default_factory=list)  # PNG in base64, alt text
    exercises: list[Posed] = field(default_factory=list)

    @property
    def reading(self) -> float:
        """Minutes to read the text and to run the cells."""
        return len(self.prose.split()) / WORDS_PER_MINUTE + self.seconds / 60

    @property
    def solving(self) -> int:
        """Minutes planned for the exercises."""
        return sum(MINUTES[exercise.level] for exercise in self.exercises)

    @property
    def questions(self) -> list[str]:
        """The questions to be answered before a cell is run."""
        return [text.strip() for _, text in QUESTION.findall(self.prose)]


@dataclass
class Lesson:
    """A notebook: number, name, title, opening, sections, and the lines to remember."""

    name: str
    title: str
    opening: dict[str, str]
    sections: list[Section]
    remember: str

    @property
    def number(self) -> str:
        """The two digits that the notebook's name begins with."""
        return self.name[:2]

    @property
    def exercises(self) -> list[Posed]:
        """All exercises, in order."""
        return [exercise for section in self.sections for exercise in section.exercises]


def read_lesson(path: Path) -> Lesson:
    """A built notebook as a lesson."""
    notebook = nbformat.read(path, as_version=4)
    posed = {exercise.place.id: exercise for exercise in exercises(notebook)}
    taken = json.loads(SECONDS.read_text(encoding="utf-8")).get(path.stem, {})
    sections = [Section("Opening")]
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            prose = HEADING.split(cell.source)[0] if cell.id in posed else cell.source
            first, *others = re.split(r"^##? ", prose, flags=re.MULTILINE)
            sections[-1].prose += f"{first.strip()}\n\n"
            for text in others:
                title, _, rest = text.partition("\n")
                sections.append(Section(title.strip(), f"{rest.strip()}\n\n"))
            if cell.id in posed:
                sections[-1].exercises.append(posed[cell.id])
        else:
            sections[-1].seconds += taken.get(cell.id, 0)
            sections[-1].figures += _figures(cell)
    _, opening, *sections = sections
    *_, last = sections
    return Lesson(path.stem, opening.title, _opening(opening.prose), sections, last.prose)


def read_lessons() -> list[Lesson]:
    """All built notebooks, in order."""
    return [read_lesson(path) for path in sorted(HERE.glob("[0-9][0-9]_*.ipynb"))]


def _opening(prose: str) -> dict[str, str]:
    """What one will do, learn and need, and how long it takes."""
    _, *parts = OPENING.split(prose)
    texts = (text.strip().split("\n\n")[0] for text in parts[1::2])
    return dict(zip(parts[::2], texts, strict=True))


def sentence(text: str) -> str:
    """The text with a capital letter at its beginning."""
    return text[:1].upper() + text[1:]


def _figures(cell: nbformat.NotebookNode) -> list[tuple[str, str]]:
    return [
        (output.data["image/png"].replace("\n", ""), output.metadata["image/png"]["alt"])
        for output in cell.outputs
        if "image/png" in output.get("data", {})
    ]
