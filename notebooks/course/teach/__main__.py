"""`python -m course.teach --out DIR`: write the teacher's pack."""

import argparse
import json
import shutil
import sys
from dataclasses import asdict
from pathlib import Path

import course.exercises  # noqa: F401  (registers them)
from course.teach import pages, quiz, sheet, slides
from course.teach.lessons import read_lessons
from course.teach.syllabus import syllabus

NAMES = {
    "syllabus.html": "Syllabus: lecture, workshop, module",
    "objectives.html": "Learning objectives",
    "minutes.html": "Minutes per section",
    "mistakes.html": "Common mistakes",
    "formulas.html": "Formula sheet, to be printed",
    "quiz.html": "Question bank",
    "quiz.gift.txt": "Question bank in GIFT, for learning platforms",
    "quiz.json": "Question bank in JSON",
}


def write(folder: Path) -> None:
    """Write everything anew into `folder`."""
    lessons = read_lessons()
    asked = [question for lesson in lessons for question in quiz.questions(lesson)]
    texts = {
        "syllabus.html": syllabus(lessons),
        "objectives.html": pages.objectives(lessons),
        "minutes.html": pages.minutes(lessons),
        "mistakes.html": pages.mistakes(lessons),
        "formulas.html": sheet.sheet(),
        "quiz.html": quiz.bank(lessons),
        "quiz.gift.txt": "\n".join(quiz.gift(question) for question in asked),
        "quiz.json": json.dumps(list(map(asdict, asked)), indent=1, ensure_ascii=False) + "\n",
        "index.html": pages.index(lessons, NAMES),
    }
    texts |= {f"slides/{lesson.name}.html": slides.deck(lesson) for lesson in lessons}
    reveal = Path(__file__).parent / "reveal"
    shutil.copytree(reveal, folder / "slides" / "reveal", dirs_exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def main(arguments: list[str]) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m course.teach", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where to write")
    folder = parser.parse_args(arguments).out
    write(folder)
    print(f"teacher's pack in {folder / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
