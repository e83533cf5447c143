"""Runs are made once, a failure stays with its run, and a person sees how far it is."""

import io
import json
import pickle
import re
from pathlib import Path

import pytest
from rich.console import Console

from rgm_torch.study import execute
from rgm_torch.study.backends import workers
from rgm_torch.study.runs import Run, over_seeds
from rgm_torch.study.store import Store
from rgm_torch.training import Interrupted
from tests.torch.study.small import NAME

pytestmark = pytest.mark.usefixtures("small")


def make(runs: list[Run], store: Store) -> list[Run]:
    """Perform the runs in this process."""
    with workers(1, "loky", None):
        return execute.execute(runs, store, "test")


def contents(folder: Path) -> dict[Path, tuple[int, bytes]]:
    """All files, when they were written, and what is in them."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


@pytest.fixture
def trainer(monkeypatch):
    """Stands for `train`: notes who comes, fails whom `broken` names, and finishes the others."""

    class Trainer:
        def __init__(self):
            self.keys: list[str] = []
            self.broken: dict[str, Exception] = {}

        def __call__(self, config, out, **rest):
            self.keys.append(out.name)
            if out.name in self.broken:
                raise self.broken[out.name]
            out.mkdir(parents=True, exist_ok=True)
            (out / "result.json").write_text(json.dumps({"validation_accuracy": 0.5}))

    trainer = Trainer()
    monkeypatch.setattr(execute, "train", trainer)
    return trainer


def test_a_finished_run_is_never_repeated_and_its_folder_stays_untouched(tmp_path, monkeypatch):
    store, runs = Store(tmp_path), over_seeds(NAME, "joint")
    assert make(runs, store) == []
    before = contents(tmp_path)
    assert {path.parent.name for path in before} == {run.key for run in runs}
    assert not [path for path in before if path.suffix == ".pt"]  # most of a run's bytes
    monkeypatch.setattr(execute, "train", pytest.fail)
    assert make(runs, store) == []
    assert contents(tmp_path) == before


def test_what_is_asked_for_twice_is_made_once(tmp_path, trainer):
    runs = over_seeds(NAME, "joint") + over_seeds(NAME, "joint", "none")
    make(runs, Store(tmp_path))
    assert trainer.keys == [run.key for run in over_seeds(NAME, "joint")]


def test_a_failure_is_kept_by_name_and_the_rest_goes_on(tmp_path, trainer, capsys):
    store, runs = Store(tmp_path), over_seeds(NAME, "joint", seeds=3)
    trainer.broken[runs[1].key] = RuntimeError("no [luck]")
    assert make(runs, store) == [runs[1]]
    assert store.failure(runs[1]) == "RuntimeError: no [luck]\n"
    assert [store.result(run) is None for run in runs] == [False, True, False]
    assert f"failed: {runs[1]}: RuntimeError: no [luck]\n" in capsys.readouterr().err


def test_a_failed_run_is_tried_again_and_success_forgets_the_failure(tmp_path, trainer):
    store, (run, *_) = Store(tmp_path), over_seeds(NAME, "joint")
    trainer.broken[run.key] = RuntimeError("no luck")
    assert make([run], store) == [run]
    trainer.broken.clear()
    assert make([run], store) == []
    assert store.failure(run) is None
    assert trainer.keys == [run.key] * 2


def test_a_stop_is_nobody_s_failure_and_passes_between_processes(tmp_path, trainer):
    store, (run, *_) = Store(tmp_path), over_seeds(NAME, "joint")
    trainer.broken[run.key] = Interrupted(15, "stopped: 1 epochs are saved")
    with pytest.raises(Interrupted) as stop:
        execute.perform(run, store)
    passed = pickle.loads(pickle.dumps(stop.value))
    assert (passed.code, str(passed)) == (128 + 15, "stopped: 1 epochs are saved")
    assert store.failure(run) is None


@pytest.mark.usefixtures("trainer")
def test_a_log_gets_a_line_now_and_then_with_the_time_left(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(execute, "LINE_EVERY", 0)
    make(over_seeds(NAME, "joint", seeds=4), Store(tmp_path))
    lines = [line for line in capsys.readouterr().err.splitlines() if line.endswith(" left")]
    assert [line.split()[:2] for line in lines] == [["test", f"{n}/4"] for n in (1, 2, 3, 4)]
    assert re.fullmatch(r"test 3/4 \d+:\d\d:\d\d left", lines[2])


@pytest.mark.usefixtures("trainer")
def test_a_log_gets_no_line_per_run(tmp_path, capsys):
    make(over_seeds(NAME, "joint", seeds=4), Store(tmp_path))
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert "4/4" in lines[0]


@pytest.mark.usefixtures("trainer")
def test_a_terminal_shows_a_bar_with_the_time_left(tmp_path, monkeypatch):
    screen = io.StringIO()
    terminal = Console(file=screen, force_terminal=True, width=80)
    monkeypatch.setattr(execute, "Console", lambda stderr: terminal)
    make(over_seeds(NAME, "joint", seeds=4), Store(tmp_path))
    assert "4/4" in screen.getvalue()
    assert re.search(r"\d:\d\d:\d\d", screen.getvalue())
