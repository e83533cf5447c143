"""Recorded spoken digits and handwritten digits: 3000 recordings, 5000 images, in one small file.

Their makers and their licences are in ATTRIBUTION.md beside this file; `make.py` built it.
"""

import hashlib
import io
from pathlib import Path

import numpy as np

Array = np.ndarray

FILE = Path(__file__).with_name("digits.npz")
SHA256 = "c308cae76bf9505afefa9aef7915f3580db9b6b67b0f0cd2253238c0af7cddc2"


def spoken() -> tuple[Array, Array, Array]:
    """Cepstra of the recordings, X ≈ offset + scale · code: 13 per frame of 25 ms.

    The coding error is 0.10 dB (rms over the spectra of all frames; 0.49 dB at most).
    Shapes: frames of all recordings (F, 13), frames per recording (3000,), digits (3000,).
    Raises: ValueError for a damaged file.
    """
    data = _read(FILE)
    frames = data["spoken_offset"] + data["spoken_scale"] * data["spoken_codes"]
    return frames, data["spoken_lengths"].astype(np.int64), data["spoken_digits"].astype(np.int64)


def written() -> tuple[Array, Array]:
    """The images, 0 paper to 1 ink (5000, 28, 28), and their digits (5000,).

    Raises: ValueError for a damaged file.
    """
    data = _read(FILE)
    return data["written_images"].astype(np.float32) / 255, data["written_digits"].astype(np.int64)


def _read(path: Path) -> dict[str, Array]:
    """The arrays of the vendored file, once its checksum is the one of `make.py`'s output."""
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != SHA256:
        raise ValueError(
            f"{path}: the file is damaged (SHA-256 {found}, expected {SHA256}); "
            "install the package again"
        )
    with np.load(io.BytesIO(content), allow_pickle=False) as data:
        return dict(data)
