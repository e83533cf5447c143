"""No file of the repository holds an absolute path of somebody's machine."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# A slash that begins a path, then a folder that only one machine has.
FOLDERS = "|".join(["home", "root", "work", "Users", "opt", "tmp"])
HOME_PATH = re.compile(rf"(?<![\w.~*)\]}}>-])/(?:{FOLDERS})/|\b[A-Z]:\\+Users\b")


def repository_files() -> list[Path]:
    """What git tracks or would track."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [ROOT / name for name in listing.split("\0") if name and (ROOT / name).is_file()]


def text(path: Path) -> str:
    """The file's text, empty for a binary file."""
    content = path.read_bytes()
    return "" if b"\0" in content else content.decode("utf-8")


@pytest.mark.parametrize("folder", FOLDERS.split("|"))
def test_the_pattern_finds_a_path_and_spares_an_address(folder):
    assert HOME_PATH.search(f'open("/{folder}/me/data.json")')
    assert not HOME_PATH.search(f"https://example.org/{folder}/data.json")
    assert not HOME_PATH.search(f"docs/{folder}/data.json")


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a git clone")
def test_no_file_holds_a_path_of_one_machine():
    files = repository_files()
    assert Path(__file__) in files
    assert [path.name for path in files if HOME_PATH.search(text(path))] == []
