"""What a built notebook holds for a teacher, read from its cells and outputs."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course.build import HERE, SECONDS
from course.posed import HEADING, Posed, exercises

WORDS_PER_MINUTE, LINES_PER_MINUTE = 150, 30
"""Of text with formulas, and of code; a figure is looked at for a minute."""

MINUTES = {1: 4, 2: 8, 3: 12}
"""Minutes that are planned for an exercise of each level."""

OPENING = re.compile(
    r"\*\*(?:What you will|You will|What you|You|How) (do|learn|need|long)[.:]\*\*"
)
QUESTION = re.compile(r"\*\*(Before you run[^*]*)\*\*(.*?)(?:\n\n|\Z)", re.DOTALL)


@dataclass(frozen=True)
class Part:
    """What a cell brings: 'shown' text (its cell has the tag `slide`) or text that is only
    'told', a 'question', a 'figure' (PNG in base64, alt text), a 'table', an 'exercise'.
    """

    kind: str
    content: str | tuple[str, str] | Posed


@dataclass
class Section:
    """A part of a notebook under one heading."""

    title: str
    words: int = 0
    lines: int = 0
    seconds: int = 0
    parts: list[Part] = field(default_factory=list)

    def of(self, kind: str) -> list:
        """What its cells bring of one kind, in order."""
        return [part.content for part in self.parts if part.kind == kind]

    @property
    def reading(self) -> float:
        """Minutes to read text and code, to look at the figures and to run the cells."""
        text = self.words / WORDS_PER_MINUTE + self.lines / LINES_PER_MINUTE
        return text + len(self.of("figure")) + self.seconds / 60

    @property
    def solving(self) -> int:
        """Minutes planned for the exercises."""
        return sum(MINUTES[exercise.level] for exercise in self.of("exercise"))

    def add_text(self, text: str, kind: str) -> None:
        """Some prose; the questions in it become parts of their own."""
        self.words += len(text.split())
        plain = QUESTION.sub("", text).strip()
        questions = (question.strip() for _, question in QUESTION.findall(text))
        self.parts += [Part(kind, plain)] * bool(plain)
        self.parts += [Part("question", sentence(question)) for question in questions]

    def add_code(self, cell: NotebookNode, seconds: int) -> None:
        """A cell of code with its outputs."""
        self.lines += sum(bool(line.strip()) for line in cell.source.splitlines())
        self.seconds += seconds
        self.parts += _outputs(cell)


@dataclass
class Lesson:
    """A notebook: its name, title, opening and sections."""

    name: str
    title: str
    opening: dict[str, str]
    sections: list[Section]

    @property
    def number(self) -> str:
        """The two digits that the notebook's name begins with."""
        return self.name[:2]

    @property
    def reading(self) -> float:
        """Minutes for all sections, without their exercises."""
        return sum(section.reading for section in self.sections)

    @property
    def solving(self) -> int:
        """Minutes for the exercises."""
        return sum(section.solving for section in self.sections)

    @property
    def seconds(self) -> int:
        """What the cells took."""
        return sum(section.seconds for section in self.sections)

    @property
    def exercises(self) -> list[Posed]:
        """All exercises, in order."""
        return [exercise for section in self.sections for exercise in section.of("exercise")]


def read_lesson(path: Path) -> Lesson:
    """A built notebook as a lesson."""
    notebook = nbformat.read(path, as_version=4)
    posed = {exercise.place.id: exercise for exercise in exercises(notebook)}
    taken = json.loads(SECONDS.read_text(encoding="utf-8")).get(path.stem, {})
    sections = [Section("")]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            sections[-1].add_code(cell, taken.get(cell.id, 0))
            continue
        kind = "shown" if "slide" in cell.metadata.get("tags", ()) else "told"
        prose = HEADING.split(cell.source)[0] if cell.id in posed else cell.source
        first, *others = re.split(r"^##? ", prose, flags=re.MULTILINE)
        sections[-1].add_text(first.strip(), kind)
        for text in others:
            title, _, rest = text.partition("\n")
            sections.append(Section(title.strip()))
            sections[-1].add_text(rest.strip(), kind)
        if cell.id in posed:
            sections[-1].parts.append(Part("exercise", posed[cell.id]))
    _, opening, *sections = sections
    return Lesson(path.stem, opening.title, _opening(opening.of("told")[0]), sections)


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


def _outputs(cell: NotebookNode) -> Iterator[Part]:
    """Its figures, and its tables where the cell has the tag `slide`."""
    for output in cell.outputs:
        data = output.get("data", {})
        if "image/png" in data:
            picture = data["image/png"].replace("\n", "")
            yield Part("figure", (picture, output.metadata["image/png"]["alt"]))
        elif "text/markdown" in data and "slide" in cell.metadata.get("tags", ()):
            yield Part("table", data["text/markdown"])
