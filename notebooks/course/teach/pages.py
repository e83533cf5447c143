"""The pages of tables: objectives, minutes, common mistakes, and the index."""

from html import escape

from course.answers import EXERCISES
from course.teach.lessons import (
    LINES_PER_MINUTE,
    MINUTES,
    WORDS_PER_MINUTE,
    Lesson,
    sentence,
)
from course.teach.page import html, inline, page, table


def objectives(lessons: list[Lesson]) -> str:
    """What one learns, does and needs, notebook by notebook."""
    names = {"learn": "Learn", "do": "Do", "need": "Need", "long": "How long"}
    parts = ["<p>What each notebook of the course promises at its beginning.</p>"]
    for lesson in lessons:
        parts.append(f"<h2>{inline(lesson.title)}</h2>")
        parts += [html(f"**{names[key]}.** {sentence(lesson.opening[key])}") for key in names]
    return page("Learning objectives", "\n".join(parts))


def minutes(lessons: list[Lesson]) -> str:
    """Minutes per section."""
    parts = [
        f"<p>Reading: {WORDS_PER_MINUTE} words and {LINES_PER_MINUTE} lines of code a minute, a "
        "minute for each figure, and the time that the cells took on the machine that built the "
        "notebooks. Exercises: "
        + ", ".join(f"{time} minutes at level {level}" for level, time in MINUTES.items())
        + ".</p>"
    ]
    heading = ("section", "reading, min", "of it cells, s", "exercises, min")
    for lesson in lessons:
        rows = [_times(inline(s.title), s.reading, s.seconds, s.solving) for s in lesson.sections]
        total = _times(
            "<b>together</b>",
            lesson.reading,
            lesson.seconds,
            sum(s.solving for s in lesson.sections),
        )
        parts.append(f"<h2>{inline(lesson.title)}</h2>{table(heading, [*rows, total])}")
    return page("Minutes per section", "\n".join(parts))


def _times(title: str, *numbers: float) -> tuple[str, ...]:
    return title, *(f"{number:.0f}" if number >= 0.5 else "" for number in numbers)


def mistakes(lessons: list[Lesson]) -> str:
    """The mistakes that `check` knows by name, exercise by exercise."""
    parts = [
        "<p>For each exercise, what goes wrong in it. When an answer equals one of these, "
        "<code>check</code> tells the student which it is.</p>"
    ]
    for lesson in lessons:
        parts.append(f"<h2>{inline(lesson.title)}</h2>")
        for posed in lesson.exercises:
            named = "".join(f"<li>{escape(wrong)}</li>" for wrong in EXERCISES[posed.id].wrong)
            kind = f"{posed.kind}, level {posed.level}"
            parts.append(f"<h3>{posed.id} <span class='quiet'>{kind}</span></h3><ul>{named}</ul>")
    return page("Common mistakes", "\n".join(parts))


def index(lessons: list[Lesson], names: dict[str, str]) -> str:
    """Links to everything in the folder."""
    links = "".join(f'<li><a href="{name}">{words}</a></li>' for name, words in names.items())
    decks = "".join(
        f'<li><a href="slides/{lesson.name}.html">{inline(lesson.title)}</a></li>'
        for lesson in lessons
    )
    posed = sum(len(lesson.exercises) for lesson in lessons)
    return page(
        "Teacher's pack",
        "<p>For those who teach the course <em>The gradients of multimodal learning</em>: "
        f"{len(lessons)} notebooks, {posed} exercises that check themselves. All that stands here "
        "is made from the notebooks, and no page needs a network.</p>"
        f"<ul>{links}</ul><h2>In an afternoon</h2><ol>"
        "<li>Choose a way through the course in the <a href='syllabus.html'>syllabus</a>.</li>"
        "<li>Look at its slides and print the <a href='formulas.html'>formula sheet</a>.</li>"
        "<li><code>make versions</code> writes the notebooks for students, the solved ones, and a "
        "course folder for nbgrader.</li>"
        "<li><code>make doctor</code> tells whether a machine is ready; <code>make lab</code> "
        "opens notebook 00 on it.</li></ol>"
        "<h2>Slides</h2><p>Space turns the page; Esc shows all of them. Put "
        "<code>?showNotes=true</code> after a deck's name to read the prose of the notebook beside "
        f"its slides, <code>?print-pdf</code> to print.</p><ul>{decks}</ul>",
    )
