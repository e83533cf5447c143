"""The pages of tables: syllabus, objectives, minutes, common mistakes, and the index."""

from html import escape

from course.answers import EXERCISES
from course.teach.lessons import MINUTES, WORDS_PER_MINUTE, Lesson, sentence
from course.teach.page import html, inline, page, table
from course.teach.plans import LECTURE, WEEKS, WORKSHOP, Plan


def syllabus(lessons: list[Lesson]) -> str:
    """A lecture, a workshop and a module."""
    there = {lesson.number: lesson for lesson in lessons}
    rows = [_week(number, *week, there) for number, week in enumerate(WEEKS, 1)]
    heading = ("week", "subject", "notebooks", "in class", "homework", "points")
    return page(
        "Syllabus",
        f"{_plan(LECTURE, there)}{_plan(WORKSHOP, there)}<h2>A module of six weeks</h2>"
        "<p>Two sessions of 90 minutes a week: the slides and the figures in the first, exercises "
        "of level 1 together in the second. The others are the homework, released and graded with "
        f"nbgrader; an exercise gives as many points as its level.</p>{table(heading, rows)}",
    )


def _plan(plan: Plan, there: dict[str, Lesson]) -> str:
    rows = []
    for item in plan.items:
        name = inline(there[item.notebook].title) if item.notebook else ""
        solved = ", ".join(item.exercises)
        rows.append((f"{item.minutes} min", name, escape(item.what), solved))
    heading = ("time", "notebook", "what", "exercises")
    return f"<h2>{plan.title} ({plan.minutes} minutes)</h2>{table(heading, rows)}"


def _week(number: int, subject: str, names: tuple[str, ...], there: dict[str, Lesson]) -> tuple:
    chosen = [there[name] for name in names if name in there]
    posed = [exercise for lesson in chosen for exercise in lesson.exercises]
    easy = [exercise.id for exercise in posed if exercise.level == 1]
    homework = [exercise for exercise in posed if exercise.level > 1]
    minutes = sum(MINUTES[exercise.level] for exercise in homework)
    return (
        str(number),
        subject,
        "<br>".join(inline(lesson.title) for lesson in chosen),
        ", ".join(easy),
        f"{', '.join(exercise.id for exercise in homework)} (about {minutes} min)",
        str(sum(exercise.level for exercise in homework)),
    )


def objectives(lessons: list[Lesson]) -> str:
    """What one learns, does and needs, notebook by notebook."""
    names = {"learn": "Learn", "do": "Do", "need": "Need", "long": "How long"}
    parts = []
    for lesson in lessons:
        parts.append(f"<h2>{inline(lesson.title)}</h2>")
        parts += [html(f"**{names[key]}.** {sentence(lesson.opening[key])}") for key in names]
    return page("Learning objectives", "\n".join(parts))


def minutes(lessons: list[Lesson]) -> str:
    """Minutes per section."""
    parts = [
        f"<p>Reading: {WORDS_PER_MINUTE} words a minute, and the time that the cells took on the "
        "machine that built the notebooks. Mathematics wants to be read twice. Exercises: "
        + ", ".join(f"{time} minutes at level {level}" for level, time in MINUTES.items())
        + ".</p>"
    ]
    for lesson in lessons:
        reading = sum(section.reading for section in lesson.sections)
        solving = sum(section.solving for section in lesson.sections)
        rows = [
            (inline(s.title), f"{s.reading:.0f}", f"{s.seconds} s", str(s.solving or ""))
            for s in lesson.sections
        ]
        rows.append(("<b>together</b>", f"<b>{reading:.0f}</b>", "", f"<b>{solving}</b>"))
        heading = ("section", "reading, min", "of it cells", "exercises, min")
        parts.append(f"<h2>{inline(lesson.title)}</h2>{table(heading, rows)}")
    return page("Minutes", "\n".join(parts))


def mistakes(lessons: list[Lesson]) -> str:
    """The mistakes that `check` knows by name, exercise by exercise."""
    parts = ["<p>When an answer equals one of these, the student is told which it is.</p>"]
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
    return page(
        "Teacher's pack",
        f"<ul>{links}</ul><h2>Slides</h2><p>Space turns the page; Esc shows all of them. Put "
        "<code>?showNotes=true</code> after a deck's name to read the prose of the notebook beside "
        f"its slides, <code>?print-pdf</code> to print.</p><ul>{decks}</ul>",
    )
