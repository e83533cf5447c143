"""Build a corpus once and keep it: a checksum on every read, a write that is whole or not there.

The folder is that of the variable RGM_CACHE, else `rgm-course` in the user's cache folder; an
empty RGM_CACHE keeps nothing. With and without the cache a corpus has the same bits. No trouble
with the disk stops a run: it is told (logging, `rgm_torch.data`), and the corpus is built anew.
"""

import hashlib
import io
import json
import logging
import os
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import scipy
import torch

Tables = dict[str, dict[str, np.ndarray]]  # part → name → array

DIGEST = 64  # a file begins with the SHA-256 of the rest, in hexadecimal digits
log = logging.getLogger("rgm_torch.data")


def tables(name: str, settings: Mapping[str, Any], build: Callable[[], Tables]) -> Tables:
    """The tables that `build` makes from these settings, from the cache where they are there."""
    path = _path(name, settings)
    if path is None:
        return build()
    stored = _read(path)
    if stored is None:
        stored = build()
        _write(path, stored)
    return stored


def folder() -> Path | None:
    """Where corpora are kept; None where they are not."""
    chosen = os.environ.get("RGM_CACHE")
    if chosen is not None:
        return Path(chosen) if chosen else None
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "rgm-course"


def _path(name: str, settings: Mapping[str, Any]) -> Path | None:
    """The file of a corpus: its name, and a digest of all that decides what is in it."""
    kept = folder()
    text = json.dumps({"settings": dict(settings), "code": _code()}, sort_keys=True)
    key = hashlib.sha256(text.encode()).hexdigest()[:20]
    return kept and kept / f"{name}-{key}.corpus"


@cache
def _code() -> str:
    """The version of what builds: the code and data of this folder, and the libraries."""
    digest = hashlib.sha256()
    here = Path(__file__).parent
    for path in sorted([*here.glob("*.py"), here / "digits" / "__init__.py"]):
        digest.update(path.read_bytes())
    versions = (np.__version__, scipy.__version__, torch.__version__)
    return f"{digest.hexdigest()} {versions}"


def _read(path: Path) -> Tables | None:
    """What a file holds; None where there is none, or none that is whole."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        log.warning("%s cannot be read (%s): building the corpus anew", path, error)
        return None
    digest, body = content[:DIGEST], memoryview(content)[DIGEST:]
    if hashlib.sha256(body).hexdigest().encode() != digest:
        log.warning("%s is damaged (its checksum does not fit): building the corpus anew", path)
        return None
    return _unpack(body)


def _write(path: Path, built: Tables) -> None:
    """Write to a file beside it and rename: a run that is killed leaves no half of a corpus."""
    body, partial = _pack(built), None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
            partial = Path(file.name)
            file.write(hashlib.sha256(body).hexdigest().encode())
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except OSError as error:
        log.warning("%s cannot be written (%s): the corpus is whole, but not kept", path, error)
    finally:
        if partial is not None:
            partial.unlink(missing_ok=True)


def _pack(built: Tables) -> memoryview:
    """The tables as one npz, uncompressed: half-precision noise does not get smaller."""
    flat = {f"{part}/{name}": a for part, table in built.items() for name, a in table.items()}
    buffer = io.BytesIO()
    np.savez(buffer, **flat)  # type: ignore[arg-type]  # the names are none of its options
    return buffer.getbuffer()


def _unpack(body: memoryview) -> Tables:
    """What `_pack` packed."""
    built: Tables = {}
    with np.load(io.BytesIO(body), allow_pickle=False) as arrays:
        for key in arrays.files:
            part, name = key.split("/")
            built.setdefault(part, {})[name] = arrays[key]
    return built
