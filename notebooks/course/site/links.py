"""Words that name something of the course become links to it: claims, exercises, notebooks, code.

Only whole names are linked: `orth-exact` in backticks, "notebook 06", `docs/methods.md`.
"""

import re

import course.exercises  # noqa: F401  (registers them)
from course.answers import EXERCISES
from course.build import SOURCES
from course.overview import PAPER
from derivations import REGISTRY

NOTEBOOK = {source.stem[:2]: source.stem for source in SOURCES.glob("[0-9][0-9]_*.py")}
FUNCTIONS = {function for place in PAPER for function in place.functions}
PAGES = {"docs/methods.md": "/comparison/methods.md", "docs/study.md": "/comparison/study.md"}
VERBATIM = re.compile(r"(^ *```(?![`{]).*?^ *```|\$\$.*?\$\$)", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"(?<![`\[}])`([a-z0-9_./-]+)`(?!`)")
NUMBERS = re.compile(r"\b[Nn]otebooks?\s\d\d(?:(?:,|,? and| to|–)\s?\d\d)*\b")


def linked(text: str) -> str:
    """Markdown with its links, outside of formulas and listings."""
    parts = VERBATIM.split(text)
    return "".join(part if place % 2 else _linked(part) for place, part in enumerate(parts))


def claim(name: str) -> str:
    """A link to a claim of the ledger."""
    return f"{{prf:ref}}`{name} <claim-{name}>`"


def function(name: str) -> str:
    """A link to a function of the reference, named as in the map of the paper."""
    return f"{{py:func}}`{name} <rgm_ref.{name}>`"


def notebook(number: str) -> str:
    """A link to a notebook by its number."""
    return f"[{number}](/notebooks/{NOTEBOOK[number]}.ipynb)"


def _linked(text: str) -> str:
    return NUMBERS.sub(_notebooks, CODE.sub(_code, text))


def _code(match: re.Match) -> str:
    name = match[1]
    if name in REGISTRY:
        return claim(name)
    if name in FUNCTIONS:
        return function(name)
    if name in EXERCISES:
        return f"[`{name}`](#{name})"
    return f"[`{name}`]({PAGES[name]})" if name in PAGES else match[0]


def _notebooks(match: re.Match) -> str:
    return re.sub(r"\d\d", lambda number: notebook(number[0]), match[0])
