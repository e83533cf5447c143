"""Files at one stroke, checkpoints that run no code, folders that belong to one run at a time."""

import errno
import json
import os
import pickle
from dataclasses import asdict, replace

import pytest
import torch

from rgm_torch.training import Mistake, Stopped, checkpoint
from rgm_torch.training.files import read_table, write, write_table
from rgm_torch.training.folder import Folder, installed
from tests.torch.tiny import CONFIG

MINE = asdict(CONFIG)


def full_disk(*_) -> None:
    """What a file system says when nothing more fits."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_write_replaces_and_leaves_nothing_beside(tmp_path):
    path = tmp_path / "a.txt"
    write(path, "one")
    write(path, b"two")
    assert path.read_text() == "two"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("where", ["fsync", "replace"])
def test_a_full_disk_leaves_the_file_from_before(tmp_path, monkeypatch, where):
    path = tmp_path / "a.txt"
    write(path, "one")
    monkeypatch.setattr(os, where, full_disk)
    with pytest.raises(
        Stopped, match=r"a.txt: cannot be saved: No space left.*from before is kept"
    ):
        write(path, "two")
    assert path.read_text() == "one"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_a_table_comes_back_digit_by_digit(tmp_path):
    rows = [{"a": 1, "b": 0.1 + 0.2}, {"a": 2, "b": float("nan")}]
    write_table(tmp_path / "t.csv", rows)
    back = read_table(tmp_path / "t.csv")
    assert back["b"][0] == 0.1 + 0.2
    assert back["b"][1] != back["b"][1]
    write_table(tmp_path / "t.csv", [])
    assert read_table(tmp_path / "t.csv") == {}


def test_a_checkpoint_comes_back(tmp_path):
    path = tmp_path / "last.pt"
    checkpoint.save(path, MINE, {"weights": torch.arange(3.0), "rows": [{"loss": 0.5}]})
    found = checkpoint.load(path, CONFIG)
    assert found["rows"] == [{"loss": 0.5}]
    assert torch.equal(found["weights"], torch.arange(3.0))


class Bomb:
    """What a foreign pickle may do to who loads it."""

    def __reduce__(self):
        return os.mkdir, ("exploded",)


def foreign(path, kind: str) -> None:
    """Files that are no checkpoint of ours."""
    if kind == "text":
        path.write_text("hello")
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "pickle":
        path.write_bytes(pickle.dumps(Bomb()))
    elif kind == "code":
        torch.save({"kind": checkpoint.KIND, "format": 1, "config": MINE, "x": Bomb()}, path)
    elif kind == "other":
        torch.save({"weights": torch.zeros(3)}, path)
    else:
        checkpoint.save(path, MINE, {"weights": torch.zeros(1000)})
        content = bytearray(path.read_bytes())
        if kind == "torn":
            content = content[: len(content) // 2]
        else:  # one bit, in the middle of the numbers
            content[content.find(bytes(4000)) + 2000] ^= 1
        path.write_bytes(content)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("text", "not a checkpoint, or a damaged one"),
        ("empty", "not a checkpoint, or a damaged one"),
        ("pickle", "not a checkpoint, or a damaged one"),
        ("code", "not a checkpoint, or a damaged one"),
        ("other", "a torch file, but not a checkpoint of a training run"),
        ("torn", "not a checkpoint, or a damaged one"),
        ("flipped", "damaged: the checksum of .* is wrong"),
    ],
)
def test_a_file_that_is_no_checkpoint_is_refused_and_runs_no_code(
    tmp_path, monkeypatch, kind, message
):
    monkeypatch.chdir(tmp_path)
    foreign(tmp_path / "last.pt", kind)
    with pytest.raises(ValueError, match=rf"last.pt: {message}"):
        checkpoint.load(tmp_path / "last.pt")
    assert not (tmp_path / "exploded").exists()


def test_a_package_that_is_not_installed_has_no_version():
    assert installed("no-such-package") is None
    assert installed("torch") is not None


def test_a_missing_checkpoint_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"none.pt: there is no such checkpoint"):
        checkpoint.load(tmp_path / "none.pt")


def test_a_checkpoint_of_another_version_is_refused(tmp_path, monkeypatch):
    with monkeypatch.context() as future:
        future.setattr(checkpoint, "FORMAT", 99)
        checkpoint.save(tmp_path / "last.pt", MINE, {})
    with pytest.raises(ValueError, match=r"last.pt: checkpoint format 99, .* reads 1"):
        checkpoint.load(tmp_path / "last.pt")


def test_a_checkpoint_of_another_configuration_says_what_differs(tmp_path):
    checkpoint.save(tmp_path / "last.pt", MINE, {})
    other = replace(CONFIG, lr=0.5, method="rgm")
    both = "method: the run has 'joint', asked for 'rgm'; lr: the run has 0.02, asked for 0.5"
    with pytest.raises(ValueError, match=f"of another configuration: {both}"):
        checkpoint.load(tmp_path / "last.pt", other)


def test_a_folder_belongs_to_one_run_at_a_time(tmp_path):
    folder = Folder(tmp_path / "x")
    refused = pytest.raises(Mistake, match="another run is at work in this folder")
    with folder.lock(), refused, folder.lock():
        pytest.fail("the second run got in")
    with folder.lock():  # and the next one may
        assert folder.path.is_dir()


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Mistake, match=r"file.*cannot be written"), Folder(tmp_path / "file").lock():
        pytest.fail("a file cannot hold a run")


def test_a_folder_says_what_ran_on_what(tmp_path):
    folder = Folder(tmp_path)
    folder.write_start(CONFIG)
    assert folder.read_config() == CONFIG
    assert json.loads(folder.versions.read_text())["torch"] == torch.__version__
