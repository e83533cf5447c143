"""The Sphinx sources of the site, put together afresh by the writers of its parts."""

import shutil
from pathlib import Path

from course.site import comparison, glossary, ledger, notebooks, paper, reference

HERE = Path(__file__).parent
WRITERS = (comparison, glossary, notebooks, paper, reference)


def write(folder: Path, fast: bool = False) -> None:
    """All sources into `folder`: the pages written by hand, then what each part writes.

    `fast` checks the ledger with a tenth of the samples.
    """
    shutil.copytree(HERE / "pages", folder, dirs_exist_ok=True)
    shutil.copy(comparison.DOCS / "plane.svg", folder)
    ledger.write(folder, fast)
    for part in WRITERS:
        part.write(folder)
