"""The teacher's pack: everything is there for every notebook, and no page asks the network."""

import json
import re
from html import escape
from itertools import chain

import pytest
from course import build
from course.answers import EXERCISES
from course.overview import PAPER, SYMBOLS
from course.teach import __main__ as teach
from course.teach import lessons, page, plans, quiz, sheet, slides

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
    [remember] = [x for x in lesson.sections if x.title == "What to remember, in five lines"]
    assert re.search(r"^5\. ", remember.of("shown")[0], re.MULTILINE)
    assert sum(len(section.of("figure")) for section in lesson.sections) > 1


def test_the_minutes_are_about_those_that_the_notebook_promises(lesson):
    promised = re.findall(r"(\d+)\s+minutes", lesson.opening["long"])
    solving = 0 if "Reading takes" in lesson.opening["long"] else lesson.solving
    assert lesson.reading + solving == pytest.approx(float(promised[0]), rel=0.35)


def test_seconds_are_those_of_cells_that_exist():
    known = json.loads(text(build.SECONDS))
    assert set(known) <= set(NAMES)
    for name, cells in known.items():
        assert set(cells) <= {cell.id for cell in build.read(build.SOURCES / f"{name}.py").cells}


def test_no_page_asks_the_network(pack):
    asking = re.compile(
        r"""(?:src|href|action|data)=["']?(?:https?:)?//|url\((?!["']?data:)|@import|fetch\("""
    )
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
    told = [section for section in lesson.sections if section.title != "Further reading"]
    assert deck.count("<img ") == sum(len(section.of("figure")) for section in told)
    assert deck.count('alt=""') == 0
    assert deck.count("Before you run it") == sum(len(section.of("question")) for section in told)
    for exercise in lesson.exercises:
        assert f"Exercise {exercise.id} ·" in deck
        assert escape(exercise.solved, quote=False) not in deck
    for section in told:
        assert f"<h2>{page.inline(section.title)}</h2>" in deck


def test_a_deck_tells_in_its_notes_the_prose_of_the_notebook(pack, lesson):
    deck = text(pack / "slides" / f"{lesson.name}.html")
    notes = "".join(re.findall(r'<aside class="notes">(.*?)</aside>', deck, re.DOTALL))
    for section in lesson.sections:
        if section.title != "Further reading":
            for prose in section.of("told") + section.of("shown"):
                assert page.html(prose).replace(".ipynb", ".html") in notes, section.title


def test_slides_are_made_of_the_tagged_cells_in_their_order():
    section = lessons.Section("2 · Two")
    section.add_text("Told, and not shown, though **in bold**.", "told")
    section.add_text("A lead:\n\n$$a = b$$\n\nMore.\n\n**Before you run it:** why?", "shown")
    section.parts.append(lessons.Part("figure", ("AAAA", "A line. It rises.")))
    section.parts.append(lessons.Part("table", "| a |\n|---|\n| 1 |"))
    first, question, figure, table = slides._column(section)
    assert first.body.startswith("<h2>2 · Two</h2><p>A lead:</p>")
    assert "<math" in first.body
    assert "More" not in first.body
    assert "in bold" not in first.body
    assert len(first.notes) == 2
    assert "<p>Why?</p>" in question.body
    assert 'alt="A line. It rises."' in figure.body
    assert "<td>1</td>" in table.body


def test_a_long_list_is_set_smaller():
    assert slides._size("short") == ""
    assert slides._size("a\n" * 20) == ""
    assert slides._size("letters " * 100) == "long"
    assert slides._size("letters " * 200) == "longest"


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
    there = {lesson.number: lesson for lesson in LESSONS}
    for item in plan.items:
        if not item.notebook:
            assert not item.sections + item.exercises
            continue
        lesson = there[item.notebook]
        solved = {e.id: lessons.MINUTES[e.level] for e in lesson.exercises}
        assert sum(solved[one] for one in item.exercises) < item.minutes
        assert item.sections
        for number in item.sections:
            assert any(s.title.startswith(f"{number} · ") for s in lesson.sections), item


def test_the_plans_have_the_lengths_that_were_asked_for():
    assert plans.LECTURE.minutes == 90
    assert 180 <= plans.WORKSHOP.minutes <= 240
    assert len(plans.WEEKS) == 6


def test_the_module_takes_every_notebook_once_in_order_and_its_weeks_are_alike():
    planned = [number for week in plans.WEEKS for number in week.notebooks]
    assert planned == [lesson.number for lesson in LESSONS]
    assert {len(week.notebooks) for week in plans.WEEKS} <= {2, 3}
    there = {lesson.number: lesson for lesson in LESSONS}
    for week in plans.WEEKS:
        chosen = [there[number] for number in week.notebooks]
        posed = [exercise for lesson in chosen for exercise in lesson.exercises]
        minutes = [lessons.MINUTES[exercise.level] for exercise in posed if exercise.level > 1]
        assert 60 <= sum(minutes) <= 120, week.subject


def test_the_syllabus_names_every_notebook_and_every_exercise(pack, lesson):
    written = text(pack / "syllabus.html")
    assert f'href="slides/{lesson.name}.html"' in written
    for exercise in lesson.exercises:
        assert re.search(rf"\b{exercise.id}\b", written)


def test_minutes_are_words_lines_figures_seconds_and_levels():
    section = lessons.Section("one", words=300, lines=60, seconds=90)
    section.parts.append(lessons.Part("figure", ("AAAA", "A line.")))
    section.parts.append(lessons.Part("exercise", LESSONS[0].exercises[0]))
    assert section.reading == 2 + 2 + 1.5 + 1
    assert section.solving == lessons.MINUTES[LESSONS[0].exercises[0].level]


def test_the_formula_sheet_has_every_letter_and_equation(pack):
    printed = text(pack / "formulas.html")
    stated = [place for place in PAPER if re.match("Eq|Theorem", place.place)]
    assert {place.place for place in stated} == set(sheet.EQUATIONS)
    for name in chain(*(place.functions for place in stated)):
        assert f"<code>{name}</code>" in printed
    for name in chain(*(place.claims for place in PAPER)):
        assert f"<td><code>{name}</code></td>" in printed
    for symbol in SYMBOLS:
        row = f"<td><code>{symbol.code}</code></td><td><code>{symbol.size}</code></td>"
        assert f"{row}<td>{symbol.unit}</td>" in printed


def test_a_long_formula_is_cut_only_where_no_brace_is_open():
    cut = sheet.wrapped(
        r"a = b \quad \text{where } c^{x \quad y} \;\Rightarrow\; \left(d \; e\right)"
    )
    assert re.findall('aria-label="([^"]*)"', cut) == [
        "a = b",
        r"c^{x \quad y}",
        r"\Rightarrow",
        r"\left(d \; e\right)",
    ]
    assert "where" in re.sub("<math.*?</math>", "", cut)


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
