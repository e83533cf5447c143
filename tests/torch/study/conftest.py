"""A small study in place of the real one, and one that has been run from beginning to end."""

from pathlib import Path

import pytest

from tests.torch.study.small import shrink, study


@pytest.fixture
def small(monkeypatch) -> None:
    """The small setting and plans; the memory of the tests' process stays as it is."""
    shrink(monkeypatch.setitem)
    monkeypatch.setattr("rgm_torch.study.execute.keep_memory", lambda: None)


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Path:
    """The folder of a finished small study, only to be read."""
    out = tmp_path_factory.mktemp("study") / "finished"
    with pytest.MonkeyPatch.context() as patch:
        shrink(patch.setitem)
        patch.setattr("rgm_torch.study.execute.keep_memory", lambda: None)
        assert study(out) == 0
    return out
