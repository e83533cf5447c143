"""The Sphinx sources of the site, put together afresh by the writers of its parts."""

import shutil
from pathlib import Path

from course.site import comparison, glossary, ledger, notebooks, paper, reference

HERE = Path(__file__).parent
WRITERS = (comparison, glossary, ledger, notebooks, paper, reference)


def write(folder: Path) -> None:
    """All sources into `folder`: the pages written by hand, then what each part writes."""
    shutil.copytree(HERE / "pages", folder, dirs_exist_ok=True)
    shutil.copy(comparison.DOCS / "plane.svg", folder)
    for part in WRITERS:
        part.write(folder)
