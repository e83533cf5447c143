"""From a folder and its lists to a corpus: what the readers of all data sets share."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rgm_torch.data._checks import one_of, whole
from rgm_torch.data.batch import Corpus
from rgm_torch.data.readers.files import FileClips, Reader
from rgm_torch.data.readers.find import Clip, Places, Tree, find_clips
from rgm_torch.data.readers.lists import Row, check_lists, hold_out, read_list, some
from rgm_torch.data.readers.media import REMEDY, VIDEOS, MediaError
from rgm_torch.data.readers.sweep import readable

Layout = Mapping[str, str | Sequence[str]]
"""Places of the user's own: modality or list → path below the root, or one for each part."""


@dataclass(frozen=True)
class Listed:
    """A data set as its lists have it: what is where, and the rows to train and to test with."""

    tree: Tree
    places: Mapping[str, Places]
    layout: Layout
    train: Sequence[Row]
    test: Sequence[Row]

    def of_classes(self, classes: Sequence[str]) -> "Listed":
        """The part of the data set in these classes."""
        train = [row for row in self.train if row.kind in classes]
        return replace(self, train=train, test=[row for row in self.test if row.kind in classes])


def videos(*stems: str) -> list[tuple[str, ...]]:
    """Places of a video file under each of the stems, with any of the usual endings."""
    return [(stem + ending,) for stem in stems for ending in VIDEOS]


def read_lists(
    root: str | Path,
    known: Mapping[str, Places],
    layout: Layout | None,
    source: Callable[[str], str],
) -> Listed:
    """The lists of a data set, its places being the known ones unless the layout has others.

    Raises: ValueError for a bad layout or list; MediaError for a folder or list that is not there.
    """
    layout = dict(layout or {})
    places, tree = {**known, **_places(layout, known)}, Tree(root)
    train, test = (
        read_list(tree.first(places[split])[0], split, source) for split in ("train", "test")
    )
    return Listed(tree, places, layout, train, test)


def _places(layout: Layout, known: Mapping[str, Places]) -> dict[str, Places]:
    """The layout in the form of the known places. Raises: ValueError."""
    for name, parts in layout.items():
        one_of("layout", name, list(known))
        try:
            "".join(parts).format(clip="", kind="", split="")
        except (LookupError, ValueError) as error:
            raise ValueError(
                f"layout: {name} is {parts!r}, expected {{clip}}, {{kind}} or {{split}} in it"
            ) from error
    return {name: [(p,) if isinstance(p, str) else tuple(p)] for name, p in layout.items()}


def assemble(
    name: str,
    listed: Listed,
    classes: Sequence[str],
    readers: Mapping[str, Reader],
    dials: Mapping[str, Any],
    *,
    crop: bool,
) -> Corpus:
    """A corpus of the listed clips, the validation split held out of the training list.

    Raises: ValueError for bad lists or dials, or a split without a class; MediaError for files.
    """
    one_of("on_error", dials["on_error"], ("stop", "skip"))
    seed, frames = whole("seed", dials["seed"], 0), whole("frames", dials["frames"], 1)
    check_lists(listed.train, listed.test, classes)
    kept, held = hold_out(listed.train, dials["holdout"], seed)
    splits = {"train": kept, "validation": held, "test": listed.test}
    places = {modality: listed.places[modality] for modality in readers}
    clips, skipped = _usable(listed.tree, splits, places, classes, readers, dials["on_error"])
    _check_classes(clips, classes)
    parts = {}
    for split, members in clips.items():
        augment = split == "train"
        parts[split] = FileClips(members, readers, frames, seed, augment, crop, skipped[split])
    facts = {
        "clips": {split: len(part) for split, part in parts.items()},
        "skipped": {split: len(faults) for split, faults in skipped.items()},
        "shared_sources": len({r.source for r in listed.train} & {r.source for r in listed.test}),
    }
    settings = {"root": str(listed.tree.root), "layout": listed.layout, **dials, **facts}
    return Corpus(name, tuple(readers), tuple(classes), **parts, settings=settings)


def _usable(
    tree: Tree,
    splits: Mapping[str, Sequence[Row]],
    places: Mapping[str, Places],
    classes: Sequence[str],
    readers: Mapping[str, Reader],
    on_error: str,
) -> tuple[dict[str, list[Clip]], dict[str, list[str]]]:
    """Clips by split without those that are skipped, and why these are. Raises: MediaError."""
    clips, faults = {}, {}
    for split, rows in splits.items():
        clips[split], faults[split] = find_clips(tree, rows, places, classes)
    if on_error == "skip":
        for split, damage in readable(clips, readers, tree.root).items():
            clips[split] = [clip for clip in clips[split] if clip.name not in damage]
            faults[split] += damage.values()
    told = [fault for part in faults.values() for fault in part]
    total = sum(len(rows) for rows in splits.values())
    summary = f"{len(told)} of {total} clips: {some(told)}"
    if told and on_error == "stop":
        raise MediaError(f"{summary}; {REMEDY}")
    if len(told) == total:
        raise MediaError(f"nothing is left to read: {summary}")
    if told:
        warnings.warn(f"skipped {summary}; `skipped` of each split has its own", stacklevel=4)
    return clips, faults


def _check_classes(clips: Mapping[str, Sequence[Clip]], classes: Sequence[str]) -> None:
    """Raises: ValueError for a split that lacks a class."""
    for split, members in clips.items():
        missing = set(range(len(classes))) - {clip.label for clip in members}
        if missing:
            names = ", ".join(classes[label] for label in sorted(missing))
            raise ValueError(
                f"{split}: no clip of class {names}; expected every class in every split (more "
                f"clips in the lists, or for train and validation another holdout or seed)"
            )
