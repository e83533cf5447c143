"""The picture of the README is what its script draws."""

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
SCRIPT, PICTURE = ROOT / "docs" / "plane.py", ROOT / "docs" / "plane.svg"
WAYS = ("joint", "orth", "equalize", "rgm")


def trajectory(picture: Path, way: str) -> np.ndarray:
    """Points of the bold line of a way, in points of the page."""
    (path,) = ET.parse(picture).getroot().findall(f".//*[@id='{way}']/{{*}}path")
    return np.array(re.findall(r"-?[\d.]+", path.attrib["d"]), float).reshape(-1, 2)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory) -> Path:
    """A fresh picture."""
    path = tmp_path_factory.mktemp("docs") / "plane.svg"
    subprocess.run([sys.executable, "-W", "error", str(SCRIPT), str(path)], cwd=ROOT, check=True)
    return path


@pytest.mark.parametrize("way", WAYS)
def test_the_committed_picture_shows_what_the_script_computes(way, drawn):
    committed, fresh = trajectory(PICTURE, way), trajectory(drawn, way)
    # Half a point on a page 690 wide: other versions of NumPy and Matplotlib may round otherwise.
    np.testing.assert_allclose(committed, fresh, atol=0.5)


def test_two_drawings_are_the_same_bytes(drawn, tmp_path):
    again = tmp_path / "again.svg"
    subprocess.run([sys.executable, str(SCRIPT), str(again)], cwd=ROOT, check=True)
    assert again.read_bytes() == drawn.read_bytes()


def test_the_picture_names_no_date_and_loads_nothing():
    text = PICTURE.read_text(encoding="utf-8")
    assert "dc:date" not in text
    assert re.findall(r'(?:href|src)="(?!#)[^"]*"', text) == []


def test_the_readme_shows_it_with_its_alt_text():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    alt = re.search(r'src="docs/plane\.svg" alt="([^"]+)"', readme)
    assert alt is not None
    assert "plain joint training and of RGM" in alt[1]
