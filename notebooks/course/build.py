"""Build the notebooks: `python -m course.build [NAME ...]` runs `src/NAME.py` into `NAME.ipynb`.

The same source gives the same file: a cell's id is the `id` of its source line or its place, and
neither times nor versions are written. What is committed is what this wrote.
"""

import sys
import time
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from rich.progress import track

HERE = Path(__file__).parents[1]
SOURCES = HERE / "src"
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


def read(source: Path) -> nbformat.NotebookNode:
    """The notebook of a percent script, without outputs."""
    notebook = jupytext.read(source)
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL})
    notebook.nbformat_minor = 5
    for place, cell in enumerate(notebook.cells):
        tags = cell.metadata.get("tags", [])
        cell.id = cell.metadata.get("id", f"{source.stem[:2]}-{place:02d}")
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
    return notebook


def execute(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Run every cell from top to bottom in a fresh kernel; stops at the first error."""
    client = NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,  # how several prints of one cell are cut would depend on timing
        resources={"metadata": {"path": HERE}},
    )
    client.execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL})
    return notebook


def build(source: Path) -> Path:
    """Write the executed notebook beside the folder of sources."""
    target = HERE / f"{source.stem}.ipynb"
    notebook = execute(read(source))
    nbformat.validate(notebook)
    target.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    return target


def main(names: list[str]) -> int:
    """Build the named notebooks, or all; returns the exit status."""
    sources = sorted(SOURCES.glob("[0-9]*.py"))
    chosen = [
        source
        for source in sources
        if not names or source.stem in names or source.stem[:2] in names
    ]
    if not chosen:
        print(f"no such notebook; there are {', '.join(s.stem for s in sources)}", file=sys.stderr)
        return 2
    for source in track(chosen, description="building notebooks"):
        start = time.perf_counter()
        build(source)
        print(f"{source.stem}: {time.perf_counter() - start:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
