"""A deck for each notebook, from its cells in their order.

A section is a column of slides. Every heading, figure, question and exercise has a slide. A cell of
text that is tagged `slide` shows its paragraphs with formulas, lists or words in bold; the rest
of the prose is in the notes of the slide before.
"""

import re
from dataclasses import dataclass, field
from html import escape
from itertools import zip_longest
from pathlib import Path
from string import Template

from course.posed import Posed
from course.teach.lessons import Lesson, Part, Section, sentence
from course.teach.page import html, inline

DECK = Template((Path(__file__).parent / "deck.html").read_text(encoding="utf-8"))
KEY = re.compile(r"^>|^\||^- |^\d\. |\$\$|\*\*[^*]{6,}\*\*", re.MULTILINE)
LED_TO = re.compile(r"\$\$|\||- |1\. ")
HANDS_ON = re.compile(r"\*\*Move it.*?(?=\n\n|\Z)", re.DOTALL)
ROOM = 620
"""Letters that stand on one slide; more are divided, or set smaller."""


@dataclass
class Slide:
    """The inside of a slide, its CSS class, and the prose that is told with it."""

    body: str
    look: str = ""
    notes: list[str] = field(default_factory=list)

    def written(self) -> str:
        """As HTML."""
        told = "".join(map(html, self.notes))
        aside = f'<aside class="notes">{told}</aside>' if told else ""
        return f'<section class="{self.look}">{self.body}{aside}</section>'


def deck(lesson: Lesson) -> str:
    """The page of a deck; `reveal/` has to lie beside it."""
    columns = [[_title(lesson)], *map(_column, _told(lesson))]
    slides = "\n".join(
        f"<section>{''.join(slide.written() for slide in column)}</section>" for column in columns
    )
    slides = re.sub(r'href="(\w+)\.ipynb"', r'href="\1.html"', slides)  # from deck to deck
    return DECK.substitute(title=escape(re.sub(r"[$\\]", "", lesson.title)), slides=slides)


def _told(lesson: Lesson) -> list[Section]:
    """The sections up to the lines to remember; what to read further is in the notebook."""
    return [section for section in lesson.sections if section.title != "Further reading"]


def _title(lesson: Lesson) -> Slide:
    learn = html(sentence(lesson.opening["learn"]))
    return Slide(f"<h1>{inline(lesson.title)}</h1>{learn}", "title")


def _column(section: Section) -> list[Slide]:
    heading = f"<h2>{inline(section.title)}</h2>"
    slides = [Slide(heading, "heading")]
    for part in section.parts:
        if part.kind in ("shown", "told"):
            slides[-1].notes.append(part.content)
        for body, look in _bodies(part):
            if slides[-1].look == "heading":
                slides[-1].body, slides[-1].look = heading + body, look
            else:
                kicker = f'<p class="kicker">{inline(section.title)}</p>'
                slides.append(Slide(kicker + body, look))
    return slides


def _bodies(part: Part) -> list[tuple[str, str]]:
    """The slides of a part, with their looks."""
    if part.kind == "told":
        return []
    if part.kind == "figure":
        return [(_figure(*part.content), "figure")]
    if part.kind == "table":
        return [(html(part.content), "small" if part.content.count("\n") > 12 else "")]
    if part.kind == "exercise":
        return [_task(part.content)]
    if part.kind == "question":
        return [(f"<h3>Before you run it</h3>{html(part.content)}", "")]
    return [(html(text), _size(text)) for text in _pages(part.content)]


def _pages(text: str) -> list[str]:
    """The key paragraphs, as many on a slide as there is room for."""
    pages: list[str] = []
    for paragraph in _key_paragraphs(text):
        if pages and (LED_TO.match(paragraph) or len(pages[-1]) + len(paragraph) < ROOM):
            pages[-1] += f"\n\n{paragraph}"
        else:
            pages.append(paragraph)
    return pages


def _key_paragraphs(text: str) -> list[str]:
    """Those with formulas, lists, quotations or words in bold, and what leads to a formula or a
    list; of a text without, all.
    """
    paragraphs = re.split(r"\n\n(?! )", HANDS_ON.sub("", text).strip())
    chosen = [
        one
        for one, after in zip_longest(paragraphs, paragraphs[1:], fillvalue="")
        if KEY.search(one) or LED_TO.match(after)
    ]
    return chosen or paragraphs


def _size(text: str) -> str:
    room = len(text) + 30 * text.count("\n")  # a line of a list may be short
    return "" if room < 1.2 * ROOM else "long" if room < 2 * ROOM else "longest"


def _figure(png: str, alt: str) -> str:
    words = escape(alt, quote=True)
    return f'<img src="data:image/png;base64,{png}" alt="{words}"><p>{escape(_caption(alt))}</p>'


def _caption(alt: str) -> str:
    """As many sentences of the alt text as make a line."""
    first, *others = re.split(r"(?<=[.;]) ", alt)
    while others and len(first) < 60:
        first += f" {others.pop(0)}"
    return first.rstrip(";.")


def _task(exercise: Posed) -> tuple[str, str]:
    heading = f"Exercise {exercise.id} · {exercise.kind} · level {exercise.level}"
    return f"<h3>{heading}</h3>{html(exercise.task)}", _size(exercise.task)
