"""The teacher's pack: everything is there for every notebook, and no page asks the network."""

import json
import re
from dataclasses import replace
from itertools import chain

import pytest
from course import build
from course.answers import EXERCISES
from course.overview import PAPER, SYMBOLS
from course.teach import __main__ as teach
from course.teach import lessons, page, pages, plans, quiz, sheet

LESSONS = lessons.read_lessons()
NAMES = [lesson.name for lesson in LESSONS]


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("teach")
    teach.write(folder)
    return folder


@pytest.fixture(params=LESSONS, ids=NAMES)
def lesson(request):
    return request.param


def text(path) -> str:
    return path.read_text(encoding="utf-8")


def test_every_notebook_is_a_lesson_with_an_opening_and_an_end(lesson):
    assert (build.SOURCES / f"{lesson.name}.py").exists()
    assert set(lesson.opening) == {"do", "learn", "need", "long"}
    assert all(len(words.split()) > 4 for words in lesson.opening.values())
    assert len(lesson.sections) > 4
    assert lesson.exercises
    assert re.search(r"^5\. ", lesson.remember, re.MULTILINE)
    assert sum(len(section.figures) for section in lesson.sections) > 1


def test_seconds_are_those_of_cells_that_exist():
    known = json.loads(text(build.SECONDS))
    assert set(known) <= set(NAMES)
    for name, cells in known.items():
        assert set(cells) <= {cell.id for cell in build.read(build.SOURCES / f"{name}.py").cells}


def test_no_page_asks_the_network(pack):
    asking = re.compile(r"""(?:src|href|action|data)=["']?(?:https?:)?//|url\(|@import|fetch\(""")
    written = [*pack.rglob("*.html"), *pack.rglob("*.css")]
    assert len(written) > len(LESSONS) + 6
    for path in written:
        assert not asking.search(text(path)), path.name
        for link in re.findall(r'(?:src|href)="([^"#:]+)"', text(path)):
            assert (path.parent / link).exists(), (path.name, link)


def test_every_formula_is_mathml(pack):
    for path in pack.rglob("*.html"):
        drawn = re.sub(r'aria-label="[^"]*"|<code>.*?</code>|<pre>.*?</pre>', "", text(path))
        for formula in re.findall(r"<math.*?</math>", drawn, re.DOTALL):
            assert "\\" not in formula, (path.name, formula)


def test_a_deck_has_every_section_figure_question_and_exercise(pack, lesson):
    deck = text(pack / "slides" / f"{lesson.name}.html")
    assert deck.count("<h1>") == 1
    assert deck.count("<img ") == sum(len(section.figures) for section in lesson.sections)
    assert deck.count('alt=""') == 0
    assert deck.count("Before you run it") == sum(len(s.questions) for s in lesson.sections)
    for exercise in lesson.exercises:
        assert f"Exercise {exercise.id} ·" in deck
        assert exercise.solved not in deck
    for section in lesson.sections:
        assert f"<h2>{page.inline(section.title)}</h2>" in deck


def test_tables_name_every_notebook(pack, lesson):
    for name in ("objectives.html", "minutes.html", "mistakes.html", "quiz.html", "index.html"):
        assert page.inline(lesson.title) in text(pack / name), name
    assert page.html(lesson.opening["need"]).strip()[4:40] in text(pack / "objectives.html")
    minutes = text(pack / "minutes.html")
    for section in lesson.sections:
        assert f"<td>{page.inline(section.title)}</td>" in minutes


def test_mistakes_are_the_wrong_twins(pack):
    listed = text(pack / "mistakes.html")
    assert listed.count("<li>") == sum(len(exercise.wrong) for exercise in EXERCISES.values())


@pytest.mark.parametrize("plan", [plans.LECTURE, plans.WORKSHOP], ids=lambda plan: plan.title)
def test_plans_fill_their_time_and_name_what_exists(plan):
    assert sum(item.minutes for item in plan.items) == plan.minutes
    there = {lesson.number: {e.id for e in lesson.exercises} for lesson in LESSONS}
    for item in plan.items:
        assert not item.notebook or set(item.exercises) <= there[item.notebook]


def test_the_module_takes_in_every_notebook_as_it_comes():
    planned = [number for _, numbers in plans.WEEKS for number in numbers]
    assert {lesson.number for lesson in LESSONS} <= set(planned)
    assert len(planned) == len(set(planned))
    later = replace(LESSONS[0], name="11_tables", title="11 · Tables")
    assert "11 · Tables" in pages.syllabus([*LESSONS, later])
    assert "11 · Tables" not in pages.syllabus([x for x in LESSONS if x.number != "11"])


def test_minutes_are_words_and_seconds_and_levels():
    section = lessons.Section("one", "word " * 400, 90, [], LESSONS[0].exercises[:1])
    assert section.reading == 3.5
    assert section.solving == lessons.MINUTES[LESSONS[0].exercises[0].level]


def test_the_formula_sheet_has_every_letter_and_equation(pack):
    printed = text(pack / "formulas.html")
    for name in chain(*(place.functions for place in PAPER)):
        assert f"<code>{name}</code>" in printed
        assert len(sheet.equation(name)) > 20
    assert "w̄_ij = 8 w_i w_j − 1" in sheet.equation("plane.balance")
    for symbol in SYMBOLS:
        assert f"<code>{symbol.code}</code>" in printed


def test_the_bank_has_a_question_for_every_exercise(pack):
    bank = {question["id"]: question for question in json.loads(text(pack / "quiz.json"))}
    assert set(EXERCISES) <= set(bank)
    assert {question["notebook"] for question in bank.values()} == {x.number for x in LESSONS}
    choices = [question for question in bank.values() if len(question["options"]) > 1]
    assert len(choices) >= len(EXERCISES) / 3
    for question in choices:
        assert list(question["options"].values()).count("Right.") == 1
    assert len(bank["orth-5"]["options"]) == 4
    assert bank["orth-5"]["answer"] == "B"
    assert "A pair at $c = 0.1$ is left alone." in next(iter(bank["orth-5"]["options"]))


def test_gift_escapes_its_own_signs():
    asked = quiz.Question(
        "q-1", "00", "Is $w_{i} \\neq 1$?\n\nOr: not.", {"yes": "Right.", "no": "~"}
    )
    assert quiz.gift(asked) == (
        r"::q-1::[markdown]Is \\(w_\{i\} \\neq 1\\)?\n\nOr\: not.{=yes#Right. ~no#\~}" + "\n"
    )


def test_gift_has_one_block_for_each_question(pack):
    written = text(pack / "quiz.gift.txt")
    asked = json.loads(text(pack / "quiz.json"))
    blocks = [block for block in written.split("\n\n") if block.strip()]
    assert len(blocks) == len(asked)
    for block in blocks:
        assert len(re.findall(r"(?<!\\)\{", block)) == len(re.findall(r"(?<!\\)\}", block)) == 1
