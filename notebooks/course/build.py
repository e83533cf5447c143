"""Build the notebooks: `python -m course.build [NAME ...]` runs `src/NAME.py` into `NAME.ipynb`.

The same source gives the same file: a cell's id is the `id` of its source line or its place, and
neither times nor versions are written. What is committed is what this wrote. How long the cells
took here stands apart, in `seconds.json`, for the teacher's timing sheet.
"""

import json
import sys
from datetime import datetime
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from rich.progress import track

HERE = Path(__file__).parents[1]
SOURCES = HERE / "src"
SECONDS = HERE / "seconds.json"
LIVE = "nbval-ignore-output"  # tag of a cell whose output lives only while its kernel does
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


def execute(notebook: nbformat.NotebookNode) -> dict[str, int]:
    """Run every cell from top to bottom in a fresh kernel, up to the first error.

    What a live cell showed, a widget, is not kept: it would be dead, and another one every time.
    Returns the seconds of each cell that took half a second or more.
    """
    client = NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        coalesce_streams=True,  # how several prints of one cell are cut would depend on timing
        resources={"metadata": {"path": HERE}},
    )
    client.execute()
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL})
    for cell in notebook.cells:
        if LIVE in cell.metadata.get("tags", []):
            cell.outputs = []
    times = {cell.id: cell.metadata.pop("execution", {}) for cell in notebook.cells}
    taken = {cell: _seconds(stamps) for cell, stamps in times.items() if stamps}
    return {cell: seconds for cell, seconds in taken.items() if seconds}


def _seconds(stamps: dict[str, str]) -> int:
    start, end = (
        datetime.fromisoformat(stamps[event])
        for event in ("iopub.execute_input", "shell.execute_reply")
    )
    return round((end - start).total_seconds())


def build(source: Path) -> int:
    """Write the executed notebook beside the folder of sources; returns the seconds it took."""
    notebook = read(source)
    taken = execute(notebook)
    nbformat.validate(notebook)
    target = HERE / f"{source.stem}.ipynb"
    target.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    known = json.loads(SECONDS.read_text(encoding="utf-8")) if SECONDS.exists() else {}
    known[source.stem] = taken
    SECONDS.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return sum(taken.values())


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
        print(f"{source.stem}: {build(source)} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
