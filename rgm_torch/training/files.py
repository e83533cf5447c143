"""Files that are either the old one or the new one, never half of each."""

import csv
import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rgm_torch.training.errors import Stopped


def write(path: Path, content: bytes | str) -> None:
    """Replace a file at one stroke: a new file beside it, flushed to the disk, then renamed.

    A process killed at any moment leaves the old file or the new one.
    Raises: Stopped where the disk is full or refuses; the old file is then untouched.
    """
    data = content.encode() if isinstance(content, str) else content
    beside = path.with_name(path.name + ".new")
    try:
        with open(beside, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        kept = "the one from before is kept" if path.exists() else "there was none before"
        raise Stopped(f"{path}: cannot be saved: {error.strerror}; {kept}") from error


def write_table(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """All rows as CSV, floats with every digit; rewritten whole, so that no row can be double."""
    text = io.StringIO()
    if rows:
        table = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    write(path, text.getvalue())


def read_table(path: Path) -> dict[str, list[float]]:
    """Column name → numbers, of what `write_table` wrote; empty for no rows."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: [float(row[name]) for row in rows] for name in rows[0]} if rows else {}
