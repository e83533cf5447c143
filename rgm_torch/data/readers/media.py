"""Files that are missing or damaged, said in one form; and the packages that open them."""

import importlib
from pathlib import Path
from typing import Any

PICTURES = frozenset({".jpg", ".jpeg", ".png"})
VIDEOS = (".mp4", ".avi", ".flv")
REMEDY = "mend it, or pass on_error='skip' to leave such clips out and have them listed"


class MediaError(ValueError):
    """A file of a data set is missing or damaged: the message names it and says what to do."""


def optional(module: str) -> Any:
    """A module of the extra `media`, imported where it is needed.

    Raises: ImportError naming the extra.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(
            f'{module} cannot be imported: pip install "rgm-course[media]"'
        ) from error


def damaged(path: Path, why: object) -> MediaError:
    """The error for a file that is there but cannot be read, to be raised by who tried.

    The commonest damage of CREMA-D is none: its archive, downloaded as a zip, holds Git LFS
    pointers of some 130 bytes in place of every wav and flv.
    """
    if path.is_file() and path.stat().st_size < 1024 and b"git-lfs" in path.read_bytes():
        why = "a Git LFS pointer, not the file itself; `git lfs pull` in its repository fetches it"
    return MediaError(f"{path}: damaged ({why}); {REMEDY}")
