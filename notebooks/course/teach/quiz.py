"""The question bank: choices whose wrong options are the known mistakes, and open questions.

`quiz.json` for programs, `quiz.gift.txt` for learning platforms (GIFT), `quiz.html` for people.
"""

import re
from dataclasses import dataclass, field
from html import escape

import numpy as np

from course.answers import EXERCISES
from course.posed import Posed
from course.teach.lessons import Lesson
from course.teach.page import html, page

LETTERED = re.compile(r'^- (?:`"(\w)"`:|\*\*(\w)\*\*) ((?:.+\n?)(?:^  .+\n?)*)', re.MULTILINE)
DIGITS = 4


@dataclass(frozen=True)
class Question:
    """A question: options with what to say to each (the right one first), or an open answer."""

    id: str
    notebook: str
    text: str
    options: dict[str, str] = field(default_factory=dict)
    answer: str = ""


def questions(lesson: Lesson) -> list[Question]:
    """One for each exercise, and the questions that stand before cells."""
    asked = [(n, text) for n, text in enumerate(_open(lesson), 1)]
    return [
        *(_of(exercise, lesson.number) for exercise in lesson.exercises),
        *(Question(f"ask-{lesson.number}-{n}", lesson.number, text) for n, text in asked),
    ]


def _open(lesson: Lesson) -> list[str]:
    return [question for section in lesson.sections for question in section.of("question")]


def _of(posed: Posed, notebook: str) -> Question:
    exercise = EXERCISES[posed.id]
    code = f"```python\n{posed.solved}\n```"
    listed = {a or b: " ".join(text.split()) for a, b, text in LETTERED.findall(posed.task)}
    if listed:
        said = {letter: mistake for mistake, letter in exercise.wrong.items()}
        text = LETTERED.sub("", posed.task).strip()
        order = [exercise.right, *(letter for letter in listed if letter != exercise.right)]
        options = {listed[letter]: said.get(letter, "Right.") for letter in order}
        return Question(posed.id, notebook, text, options, exercise.right)
    if callable(exercise.right) or isinstance(exercise.right, bool | str):
        return Question(posed.id, notebook, posed.task, {}, code)
    options = {written(exercise.right): "Right."}
    for mistake, value in exercise.wrong.items():
        options.setdefault(written(value), f"This is what one gets with: {mistake}.")
    return Question(posed.id, notebook, posed.task, options, written(exercise.right))


def written(value: object) -> str:
    """A value as a person would write it: rows, four digits."""
    array = np.asarray(value)
    if array.ndim:
        return f"[{', '.join(written(entry) for entry in array)}]"
    if array.dtype.kind == "b":
        return "true" if array else "false"
    return f"{float(array):.{DIGITS}g}"


def gift(question: Question) -> str:
    """The question in GIFT; an open one is an essay."""
    options = [
        f"{'~' if number else '='}{_escaped(text)}#{_escaped(said)}"
        for number, (text, said) in enumerate(question.options.items())
    ]
    inside = f"{' '.join(options)}" if len(options) > 1 else ""
    return f"::{question.id}::[markdown]{_escaped(question.text)}{{{inside}}}\n"


def _escaped(text: str) -> str:
    """GIFT's own signs escaped; formulas between \\( and \\), as platforms typeset them."""
    text = re.sub(r"([\\~=#{}:])", r"\\\1", text)  # of \neq GIFT would make a new line
    text = re.sub(r"\$\$(.+?)\$\$", r"\\\\[\1\\\\]", text, flags=re.DOTALL)
    text = re.sub(r"\$(.+?)\$", r"\\\\(\1\\\\)", text, flags=re.DOTALL)
    return text.strip().replace("\n", "\\n")


def bank(lessons: list[Lesson]) -> str:
    """The page: questions by notebook, answers folded away."""
    parts = []
    for lesson in lessons:
        parts.append(f"<h2>{html(lesson.title).strip()[3:-4]}</h2>")
        parts += [_shown(question) for question in questions(lesson)]
    return page("Question bank", "\n".join(parts))


def _shown(question: Question) -> str:
    shuffled = sorted(question.options)
    offered = "".join(f"<li>{html(text)}</li>" for text in shuffled)
    said = "".join(
        f"<li>{html(text)}<span class='quiet'>{escape(question.options[text])}</span></li>"
        for text in shuffled
    )
    choices = f"<ul>{offered}</ul>" if len(shuffled) > 1 else ""
    solution = f"<ul>{said}</ul>" if choices else html(question.answer)
    answer = f"<details><summary>answer</summary>{solution}</details>" if solution else ""
    return f'<h3 id="{question.id}">{question.id}</h3>{html(question.text)}{choices}{answer}'
