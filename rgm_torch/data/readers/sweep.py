"""Opening every file once, before training: so that on_error="skip" knows what to leave out."""

import hashlib
import json
import logging
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rgm_torch.data import cache
from rgm_torch.data.readers.files import Reader
from rgm_torch.data.readers.find import Clip
from rgm_torch.data.readers.media import MediaError

log = logging.getLogger("rgm_torch.data")


def readable(
    clips: Mapping[str, Sequence[Clip]], readers: Mapping[str, Reader], root: Path
) -> dict[str, dict[str, str]]:
    """Of each split the damaged clips: name → what is damaged.

    The first time this opens all files (in threads: the decoders run beside each other). What was
    found is kept in the cache folder, and a clip is opened again only if its files have changed in
    size or time; of a folder of frames, if a frame came, went or was renamed.
    """
    keys = {_key(clip, root): clip for part in clips.values() for clip in part}
    index = _index(root)
    known = _load(index)
    new = {key: clip for key, clip in keys.items() if key not in known}
    with ThreadPoolExecutor() as pool:
        found = list(pool.map(lambda clip: _fault(clip, readers), new.values()))
    known |= dict(zip(new, found, strict=True))
    if new:
        _save(index, known)
    faults = {clip.name: known[key] for key, clip in keys.items() if known[key]}
    return {
        split: {clip.name: faults[clip.name] for clip in part if clip.name in faults}
        for split, part in clips.items()
    }


def _fault(clip: Clip, readers: Mapping[str, Reader]) -> str:
    """What is damaged in a clip, or nothing."""
    try:
        for name, reader in readers.items():
            reader.check(clip.files[name])
    except MediaError as error:
        return str(error)
    return ""


def _key(clip: Clip, root: Path) -> str:
    """Name, size and time of a clip's files."""
    paths = [path for files in clip.files.values() for path in files]
    stats = [(path.parent if "*" in path.name else path).stat() for path in paths]
    return " | ".join(
        f"{path.relative_to(root)} {stat.st_size} {stat.st_mtime_ns}"
        for path, stat in zip(paths, stats, strict=True)
    )


def _index(root: Path) -> Path | None:
    """The file that keeps what was found below a root, where a cache is kept at all."""
    folder = cache.folder()
    digest = hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:20]
    return folder and folder / f"checked-{digest}.json"


def _load(index: Path | None) -> dict[str, str]:
    """What was found before: key → what is damaged, '' for nothing."""
    if index is None or not index.exists():
        return {}
    try:
        return dict(json.loads(index.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        log.warning("%s cannot be read (%s): opening all clips again", index, error)
        return {}


def _save(index: Path | None, known: Mapping[str, str]) -> None:
    """Replace the index at one stroke."""
    if index is None:
        return
    try:
        index.parent.mkdir(parents=True, exist_ok=True)
        beside = index.with_name(f"{index.name}.{os.getpid()}")
        beside.write_text(json.dumps(known, indent=0), encoding="utf-8")
        os.replace(beside, index)
    except OSError as error:
        log.warning("%s cannot be written (%s): clips will be opened again", index, error)
