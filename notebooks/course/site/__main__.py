"""`python -m course.site --out DIR`: build the site, warnings being errors."""

import argparse
import gc
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from sphinx.cmd.build import build_main

from course.playground import bundle
from course.site import sources
from course.teach.__main__ import write as write_teach


def build(folder: Path, fast: bool = False) -> int:
    """Write the whole site into `folder`; returns Sphinx's exit status.

    `fast` checks the ledger with a tenth of the samples.
    """
    shutil.rmtree(folder / "_modules", ignore_errors=True)  # Sphinx would keep what is there
    _playground(folder / "playground")
    (folder / "teach").mkdir(parents=True, exist_ok=True)
    write_teach(folder / "teach")
    with TemporaryDirectory() as scratch:
        source, doctrees = Path(scratch, "source"), Path(scratch, "doctrees")
        source.mkdir()
        sources.write(source, fast)
        options = ["--fail-on-warning", "--quiet", "-c", str(sources.HERE), "-d", str(doctrees)]
        return build_main([*options, str(source), str(folder)])


def _playground(folder: Path) -> None:
    """The page in a window of its own, and the script and style for the page in the site."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "index.html": bundle.page(),
        "playground.js": bundle.script("page"),
        "style.css": bundle.read("style.css"),
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def main(arguments: list[str]) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m course.site", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where to write")
    parser.add_argument("--fast", action="store_true", help="a tenth of the ledger's samples")
    options = parser.parse_args(arguments)
    gc.set_threshold(200_000, 20, 100)  # to look for cycles in every new node takes half the time
    status = build(options.out, options.fast)
    if status == 0:
        print(f"site in {options.out / 'index.html'}")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
