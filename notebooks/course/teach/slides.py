"""A deck for each notebook: headings, the paper's sentences, formulas, figures, questions, tasks.

A section is a column of slides: its heading with its first sentence, a quotation and displayed
formulas on top, then its figures, its questions and its exercises. The prose is in the notes.
"""

import re
from html import escape
from itertools import chain
from pathlib import Path
from string import Template

from course.posed import Posed
from course.teach.lessons import Lesson, Section, sentence
from course.teach.page import html, inline

DECK = Template((Path(__file__).parent / "deck.html").read_text(encoding="utf-8"))
QUOTE = re.compile(r"(?:^> .*\n?)+", re.MULTILINE)
FORMULA = re.compile(r"\$\$.+?\$\$", re.DOTALL)
LONG = 650
"""Letters from which on a slide is set smaller."""


def deck(lesson: Lesson) -> str:
    """The page of a deck; `reveal/` has to lie beside it."""
    *body, last = lesson.sections
    columns = [[_title(lesson)], *map(_column, body), [_slide(last.title, _list(lesson.remember))]]
    slides = "\n".join(f"<section>{''.join(column)}</section>" for column in columns)
    return DECK.substitute(title=escape(re.sub(r"[$\\]", "", lesson.title)), slides=slides)


def _title(lesson: Lesson) -> str:
    learn = html(sentence(lesson.opening["learn"]))
    return f'<section class="title"><h1>{inline(lesson.title)}</h1>{learn}</section>'


def _column(section: Section) -> list[str]:
    quoted, formulas = QUOTE.findall(section.prose), FORMULA.findall(section.prose)
    shown = [_first_sentence(section.prose), *quoted[:1], *formulas[:2]]
    top = _slide(section.title, "\n\n".join(shown), section.prose)
    rest = chain(
        (_figure(*figure) for figure in section.figures),
        (_slide("Before you run it", sentence(question)) for question in section.questions),
        map(_task, section.exercises),
    )
    return [top, *rest]


def _first_sentence(prose: str) -> str:
    """Of the first paragraph that is neither a quotation nor a formula, a list or a question."""
    for paragraph in prose.split("\n\n"):
        if re.match(r"\w|\$[^$]|\*[^*]", paragraph):
            return re.split(r"(?<=[.?!:]) +(?=[A-Z*$])", " ".join(paragraph.split()))[0]
    return ""


def _slide(title: str, text: str, notes: str = "") -> str:
    size = ' class="long"' if len(text) > LONG else ""
    aside = f'<aside class="notes">{html(notes)}</aside>' if notes else ""
    return f"<section{size}><h2>{inline(title)}</h2>{html(text)}{aside}</section>"


def _figure(png: str, alt: str) -> str:
    words = escape(alt, quote=True)
    image = f'<img src="data:image/png;base64,{png}" alt="{words}">'
    return f'<section>{image}<p class="caption">{escape(alt.split(". ")[0])}</p></section>'


def _task(exercise: Posed) -> str:
    heading = f"Exercise {exercise.id} · {exercise.kind} · level {exercise.level}"
    return _slide(heading, exercise.task)


def _list(text: str) -> str:
    """The numbered lines, without what follows them."""
    start = re.search(r"^1\. ", text, re.MULTILINE)
    return re.split(r"\n\n(?=\S)", text[start.start() :] if start else text)[0]
