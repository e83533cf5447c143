"""The page of the syllabus: the three plans with their minutes, decks, sections and exercises."""

from html import escape

from course.posed import Posed
from course.teach.lessons import MINUTES, Lesson
from course.teach.page import inline, page, table
from course.teach.plans import LECTURE, WEEKS, WORKSHOP, Plan, Week


def syllabus(lessons: list[Lesson]) -> str:
    """A lecture, a workshop and a module."""
    there = {lesson.number: lesson for lesson in lessons}
    return page(
        "Syllabus",
        "<p>Three ways through the course. A title leads to the slides; the sections are those of "
        "the notebook and of its deck.</p>"
        f"{_plan(LECTURE, there)}{_plan(WORKSHOP, there)}{_module(there)}",
    )


def _plan(plan: Plan, there: dict[str, Lesson]) -> str:
    rows = [
        (
            str(item.minutes),
            _link(there[item.notebook]) if item.notebook else "",
            ", ".join(map(str, item.sections)),
            escape(item.what),
            ", ".join(item.exercises),
        )
        for item in plan.items
    ]
    heading = ("minutes", "notebook", "sections", "what", "exercises")
    if not any(item.exercises for item in plan.items):
        heading, rows = heading[:-1], [row[:-1] for row in rows]
    title = f"{plan.title} ({plan.minutes} minutes)"
    return f"<h2>{title}</h2><p>{escape(plan.whom)}</p>{table(heading, rows)}"


def _module(there: dict[str, Lesson]) -> str:
    rows = [_week(number, week, there) for number, week in enumerate(WEEKS, 1)]
    heading = ("week", "subject", "notebooks", "in class", "homework", "points")
    return (
        "<h2>A module of six weeks</h2><p>Two sessions of 90 minutes a week. The first: the slides "
        "and the figures, with the questions “Before you run it”. The second: the exercises of "
        "level 1 together, then what was hard in last week's homework, then the question of the "
        "week. The exercises of levels 2 and 3 are the homework, released and graded with "
        "nbgrader; an exercise gives as many points as its level. The reading at home is in "
        f"<a href='minutes.html'>minutes per section</a>.</p>{table(heading, rows)}"
    )


def _week(number: int, week: Week, there: dict[str, Lesson]) -> tuple[str, ...]:
    chosen = [there[name] for name in week.notebooks]
    posed = [exercise for lesson in chosen for exercise in lesson.exercises]
    easy = [exercise for exercise in posed if exercise.level == 1]
    hard = [exercise for exercise in posed if exercise.level > 1]
    return (
        str(number),
        f"{escape(week.subject)}.<p class='quiet'>{escape(week.question)}</p>",
        "<br>".join(map(_link, chosen)),
        _listed(easy),
        _listed(hard),
        str(sum(exercise.level for exercise in hard)),
    )


def _listed(exercises: list[Posed]) -> str:
    minutes = sum(MINUTES[exercise.level] for exercise in exercises)
    return f"{', '.join(exercise.id for exercise in exercises)} ({minutes} min)"


def _link(lesson: Lesson) -> str:
    return f'<a href="slides/{lesson.name}.html">{inline(lesson.title)}</a>'
