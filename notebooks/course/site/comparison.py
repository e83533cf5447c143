"""The comparison's two pages, `docs/study.md` and `docs/methods.md`, with their links turned."""

import re
from pathlib import Path

from course.build import HERE
from course.site.links import linked

DOCS = HERE.parent / "docs"
MODULE = re.compile(r"\[([^\]]+)\]\(\.\./(rgm_torch/[\w/]+)\.py\)")


def write(folder: Path) -> None:
    """Write `comparison/study.md` and `comparison/methods.md`."""
    (folder / "comparison").mkdir()
    for page in ("study.md", "methods.md"):
        text = MODULE.sub(_reference, (DOCS / page).read_text(encoding="utf-8"))
        (folder / "comparison" / page).write_text(linked(text), encoding="utf-8")


def _reference(match: re.Match) -> str:
    """The link to a file of the repository as one to its place in the reference."""
    name, path = match.groups()
    return f"{{py:mod}}`{name} <{path.replace('/', '.')}>`"
