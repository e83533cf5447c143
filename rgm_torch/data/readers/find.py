"""Where the files of a clip are."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rgm_torch.data.readers.lists import Row
from rgm_torch.data.readers.media import MediaError

Places = Sequence[tuple[str, ...]]
"""Where a modality's files may lie, best first: each a path, or one for each of its parts."""


@dataclass(frozen=True)
class Clip:
    """A clip whose files were found: name, class number, and paths by modality."""

    name: str
    label: int
    files: dict[str, tuple[Path, ...]]


class Tree:
    """The files below a folder, each folder listed once: fast, and names match in any case.

    (UCF-101 itself has v_HandStandPushups_g01_c01.avi in the folder HandstandPushups.)
    Raises: MediaError if the folder is not there.
    """

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root)
        if not self.root.is_dir():
            raise MediaError(f"root: {root} is not a folder; expected the one of the data set")
        self._names: dict[Path, dict[str, str]] = {}

    def find(self, relative: str) -> Path | None:
        """The path below the root, or None. A last part with a `*` is not looked up."""
        path = self.root
        for part in relative.split("/"):
            name = part if "*" in part else self._listing(path).get(part.casefold())
            if name is None:
                return None
            path = path / name
        return path

    def first(self, places: Places, **fields: str) -> tuple[Path, ...]:
        """The first place where all parts are. Raises: MediaError naming the places."""
        tried = [[part.format(**fields) for part in place] for place in places]
        for parts in tried:
            paths = [path for part in parts if (path := self.find(part)) is not None]
            if len(paths) == len(parts):
                return tuple(paths)
        wanted = ", ".join(" + ".join(parts) for parts in tried)
        raise MediaError(f"none of {wanted} below {self.root}")

    def _listing(self, folder: Path) -> dict[str, str]:
        if folder not in self._names:
            names = os.listdir(folder) if folder.is_dir() else []
            self._names[folder] = {name.casefold(): name for name in names}
        return self._names[folder]


def find_clips(
    tree: Tree, rows: Sequence[Row], places: Mapping[str, Places], classes: Sequence[str]
) -> tuple[list[Clip], list[str]]:
    """The clips of which all files are there, and for the others what is missing."""
    clips, missing = [], []
    for row in rows:
        fields = {"clip": row.clip, "kind": row.kind, "split": row.split}
        try:
            files = {name: tree.first(options, **fields) for name, options in places.items()}
        except MediaError as error:
            missing.append(f"{row.clip} is missing ({error})")
        else:
            clips.append(Clip(row.clip, classes.index(row.kind), files))
    return clips, missing
