"""The lists that say which clips a split holds, and a validation split held out of one."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from rgm_torch.data.readers.media import VIDEOS


@dataclass(frozen=True)
class Row:
    """One line of a list: the clip, its class, its source (who or what was recorded), its split."""

    clip: str
    kind: str
    source: str
    split: str


def read_list(path: Path, split: str, source: Callable[[str], str]) -> list[Row]:
    """Rows of a list in one of the family's three forms.

    `clip,class` and `clip,anything,class` (CREMA-D, Kinetics-Sounds), the same with blanks
    (QueRo), and UCF's `class/clip.avi number`, where the class is the folder.
    Raises: ValueError for an empty list, a line without a class, or a clip that is listed twice.
    """
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    rows = [
        _row(line, f"{path}:{n}", split, source) for n, line in enumerate(lines, 1) if line.strip()
    ]
    if not rows:
        raise ValueError(f"{path}: got an empty list, expected a clip and its class on each line")
    twice = [clip for clip, n in Counter(row.clip for row in rows).items() if n > 1]
    if twice:
        raise ValueError(f"{path}: {some(twice)} listed more than once; keep one line each")
    return rows


def _row(line: str, place: str, split: str, source: Callable[[str], str]) -> Row:
    fields = [field.strip() for field in (line.split(",") if "," in line else line.split())]
    file = PurePosixPath(fields[0])
    kind = file.parent.name or (fields[-1] if len(fields) > 1 else "")
    clip = file.stem if file.suffix.lower() in (*VIDEOS, ".wav") else file.name
    if not clip or not kind:
        raise ValueError(f"{place}: got {line.strip()!r}, expected a clip and its class")
    return Row(clip, kind, source(clip), split)


def check_lists(train: Sequence[Row], test: Sequence[Row], classes: Sequence[str]) -> None:
    """Raises: ValueError for a clip in both lists (a leak) or a class that is not one."""
    leaked = sorted({row.clip for row in train} & {row.clip for row in test})
    if leaked:
        raise ValueError(f"{some(leaked)} in both the training and the test list: a leak; drop one")
    unknown = sorted({row.kind for row in (*train, *test)} - set(classes))
    if unknown:
        raise ValueError(f"unknown class {some(unknown)}; the classes are {', '.join(classes)}")


def hold_out(rows: Sequence[Row], share: float, seed: int) -> tuple[list[Row], list[Row]]:
    """Training and validation rows: whole sources, in random order, until no class needs more.

    A source is taken as long as one of its classes has fewer than share·n of its n clips in the
    validation split, so that each class has at least that share there. It depends on (list, seed)
    only, not on which files are on the disk.
    Raises: ValueError for a share outside (0, 1).
    """
    if not 0 < share < 1:
        raise ValueError(f"holdout: got {share}, expected a share in (0, 1)")
    missing = {kind: share * n for kind, n in Counter(row.kind for row in rows).items()}
    members = defaultdict(list)
    for row in rows:
        members[row.source].append(row)
    taken = set()
    for source in np.random.default_rng(seed).permutation(sorted(members)).tolist():
        if any(missing[row.kind] > 0 for row in members[source]):
            taken.add(source)
            for row in members[source]:
                missing[row.kind] -= 1
    train = [row for row in rows if row.source not in taken]
    return train, [row for row in rows if row.source in taken]


def some(names: Sequence[str], most: int = 5) -> str:
    """The first few of many names, and how many there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
