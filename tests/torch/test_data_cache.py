"""The cache: the same bits with and without it, and no trouble with the disk stops a run."""

import errno
import logging
import os
from pathlib import Path

import numpy as np
import pytest

from rgm_torch.data import cache, load
from tests.torch.data_digest import digest

SMALL = {"train": 20, "validation": 20, "test": 20}
TABLES = {"train": {"audio": np.arange(6, dtype=np.float16).reshape(3, 2), "labels": np.arange(3)}}


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("RGM_CACHE", str(tmp_path / "kept"))
    return tmp_path / "kept"


class Builder:
    """Counts how often it had to build."""

    def __init__(self) -> None:
        self.built = 0

    def __call__(self) -> cache.Tables:
        self.built += 1
        return TABLES


def same(found: cache.Tables) -> bool:
    """Whether the tables are TABLES, to the bit."""
    return all(
        found[part][name].dtype == array.dtype and np.array_equal(found[part][name], array)
        for part, table in TABLES.items()
        for name, array in table.items()
    )


def test_a_corpus_is_built_once_and_read_to_the_bit(folder: Path) -> None:
    build = Builder()
    assert all(same(cache.tables("toy", {"seed": 0}, build)) for _ in range(3))
    assert build.built == 1
    assert [path.name.split("-")[0] for path in folder.iterdir()] == ["toy"]


@pytest.mark.parametrize("name", ["av-digits", "bounce-av-conflict"])
def test_with_and_without_a_cache_a_corpus_is_the_same(folder: Path, monkeypatch, name) -> None:
    written, read = (digest(load(name, **SMALL)) for _ in range(2))
    assert len(list(folder.iterdir())) == 1
    monkeypatch.setenv("RGM_CACHE", "")
    assert written == read == digest(load(name, **SMALL))


def test_an_empty_variable_keeps_nothing(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("RGM_CACHE", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    build = Builder()
    assert all(same(cache.tables("toy", {}, build)) for _ in range(2))
    assert build.built == 2
    assert not list(tmp_path.iterdir())


def test_the_folder_is_the_users(tmp_path, monkeypatch) -> None:
    monkeypatch.delenv("RGM_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.folder() == tmp_path / "rgm-course"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert cache.folder() == tmp_path / ".cache" / "rgm-course"


def test_other_dials_names_and_code_have_other_files(folder: Path, monkeypatch) -> None:
    build = Builder()
    for name, settings in (("toy", {"seed": 0}), ("toy", {"seed": 1}), ("other", {"seed": 0})):
        cache.tables(name, settings, build)
    monkeypatch.setattr(cache, "_code", lambda: "another version")
    cache.tables("toy", {"seed": 0}, build)
    assert build.built == len(list(folder.iterdir())) == 4


@pytest.mark.parametrize("damage", ["flipped", "cut", "empty", "another"])
def test_a_damaged_file_is_built_anew_and_said(folder: Path, caplog, damage: str) -> None:
    build = Builder()
    cache.tables("toy", {}, build)
    (path,) = folder.iterdir()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(
        {"flipped": content, "cut": content[:-5], "empty": b"", "another": b"x" * 999}[damage]
    )
    with caplog.at_level(logging.WARNING, "rgm_torch.data"):
        assert same(cache.tables("toy", {}, build))
    assert f"{path} is damaged" in caplog.text
    assert build.built == 2
    caplog.clear()
    assert same(cache.tables("toy", {}, build))  # mended
    assert (build.built, caplog.text) == (2, "")


def test_a_full_disk_costs_the_cache_only(folder: Path, monkeypatch, caplog) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(cache.os, "fsync", full)
    assert same(cache.tables("toy", {}, Builder()))
    assert "No space left on device" in caplog.text
    assert "the corpus is whole, but not kept" in caplog.text
    assert not list(folder.iterdir())


def test_a_run_killed_while_writing_leaves_no_half_of_a_corpus(folder: Path, monkeypatch) -> None:
    def killed(*paths: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(cache.os, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            cache.tables("toy", {}, Builder())
    assert not list(folder.iterdir())
    (folder / ".tmp-of-a-process-that-is-gone").write_bytes(b"half a corpus")
    build = Builder()
    assert same(cache.tables("toy", {}, build))
    assert build.built == 1


def test_a_folder_that_cannot_be_costs_the_cache_only(tmp_path, monkeypatch, caplog) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("RGM_CACHE", str(tmp_path / "file" / "kept"))
    assert same(cache.tables("toy", {}, Builder()))
    assert "cannot be written" in caplog.text
