"""The command: exit statuses, sudden ends, clusters, and what it leaves behind."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import joblib
import pytest
from joblib.externals.loky import get_reusable_executor

from rgm_torch.study import costs, execute
from rgm_torch.study.plans import PLANS, Plan
from rgm_torch.study.runs import Run
from rgm_torch.study.search import trials
from rgm_torch.study.store import Store
from tests.torch.study.small import NAME, read, rows_as_they_stand, study, without_seconds

ROOT = Path(__file__).parents[3]
GO_ON = "the same command goes on from here"

pytestmark = pytest.mark.usefixtures("small")


@pytest.fixture
def breaks(monkeypatch):
    """Names of runs that fail: their configurations, as the trainer gets them."""
    broken, train = [], execute.train

    def trainer(config, out, **rest):
        if config in broken:
            raise RuntimeError("broken")
        return train(config, out, **rest)

    monkeypatch.setattr(execute, "train", trainer)
    return broken


def test_a_name_that_nobody_knows(tmp_path, capsys):
    assert study(tmp_path / "x", "tabel1") == 2
    assert "error: got tabel1, expected table1, table2" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_a_failed_run_is_reported_by_name_and_the_rest_is_there(tmp_path, breaks, capsys):
    runs = rows_as_they_stand()
    breaks.append(runs[-1].config)
    assert study(tmp_path, "table3") == 1
    assert capsys.readouterr().err.endswith(f"failed: {runs[-1]}\n")
    rows = [row for row in read(tmp_path / "study.csv") if row["run"] == runs[-1].key]
    assert [(row["metric"], row["value"]) for row in rows] == [("failed", "1")]
    others = [row for row in read(tmp_path / "study.csv") if row["metric"] == "test_accuracy"]
    assert [row["run"] for row in others] == [run.key for run in runs[:-1]]
    breaks.clear()
    assert study(tmp_path, "table3") == 0
    assert "failed" not in {row["metric"] for row in read(tmp_path / "study.csv")}


def test_a_failed_trial_has_lost_and_that_is_all(tmp_path, breaks, monkeypatch, capsys):
    monkeypatch.setitem(PLANS, "table1", Plan(((NAME, "joint"),)))
    candidates = trials(NAME, "joint")
    breaks += [run.config for run in candidates[:3]]
    assert study(tmp_path, "table1") == 0
    errors = capsys.readouterr().err
    assert all(f"failed: {run}: RuntimeError: broken\n" in errors for run in candidates[:3])
    rates = [run.config.lr for run in PLANS["table1"].runs(Store(tmp_path))]
    assert rates == [candidates[3].config.lr] * 2


def test_a_row_without_a_trial_left_is_reported(tmp_path, breaks, monkeypatch, capsys):
    monkeypatch.setitem(PLANS, "table1", Plan(((NAME, "joint"),)))
    breaks += [run.config for run in trials(NAME, "joint")]
    assert study(tmp_path, "table1") == 1
    assert capsys.readouterr().err.endswith(f"failed: {NAME}, joint: all trials\n")


@dataclass(frozen=True)
class Deadly(Run):
    """A run that kills the worker it comes to."""

    home: int = 0

    @property
    def key(self) -> str:
        if os.getpid() != self.home:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().key


def test_a_killed_worker_ends_the_command_and_not_the_study(tmp_path, monkeypatch, capsys):
    plan = PLANS["table3"]
    first, *rest = plan.fixed
    deadly = Deadly(first.setting, first.method, first.variant, first.config, home=os.getpid())
    monkeypatch.setitem(PLANS, "table3", replace(plan, fixed=(deadly, *rest)))
    assert study(tmp_path, "table3", jobs=2) == 1
    get_reusable_executor().shutdown()
    assert capsys.readouterr().err.endswith(f"memory ran out; {GO_ON}\n")
    monkeypatch.setitem(PLANS, "table3", plan)
    assert study(tmp_path, "table3") == 0
    assert all(Store(tmp_path).result(run) for run in plan.fixed)


def start(*arguments: str) -> subprocess.Popen:
    """The small study in processes of its own, with a terminal's group."""
    command = [sys.executable, "-m", "tests.torch.study.small", "study", *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, stderr=pipe, text=True, start_new_session=True)


def test_ctrl_c_stops_and_the_same_command_ends_as_if_nothing_had_happened(tmp_path, finished):
    arguments = ("--out", str(tmp_path), "--jobs", "2")
    process = start(*arguments)
    while process.poll() is None and not list(tmp_path.glob("*/result.json")):
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does, to all processes
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 130, errors
    assert f"stopped; {GO_ON}\n" in errors
    done = {path: path.stat().st_mtime_ns for path in tmp_path.glob("*/result.json")}
    assert 1 <= len(done) < len(list(finished.glob("*/result.json")))
    process = start(*arguments)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    assert {path: path.stat().st_mtime_ns for path in done} == done
    assert without_seconds(tmp_path / "study.csv") == without_seconds(finished / "study.csv")


def on_dask(out: Path, address: str, *names: str) -> int:
    return study(out, *names, "--backend", "dask", "--address", address)


@pytest.fixture(scope="module")
def cluster():
    """Two Dask workers in processes of their own."""
    from distributed import LocalCluster

    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True}
    with LocalCluster(**options, dashboard_address=":0") as cluster:
        yield cluster


def test_a_dask_cluster_gives_the_same_study(tmp_path, finished, cluster, monkeypatch):
    monkeypatch.setattr(execute, "train", pytest.fail)  # here, and not in the workers
    assert on_dask(tmp_path, cluster.scheduler_address) == 0
    assert without_seconds(tmp_path / "study.csv") == without_seconds(finished / "study.csv")


def test_a_run_that_fails_on_a_cluster_is_reported_by_name(tmp_path, cluster, monkeypatch, capsys):
    good = PLANS["table3"].fixed[0]
    bad = replace(good, config=replace(good.config, method_options={"colour": 1}))
    monkeypatch.setitem(PLANS, "table3", Plan(fixed=(bad, good)))
    assert on_dask(tmp_path, cluster.scheduler_address, "table3") == 1
    assert capsys.readouterr().err.endswith(f"failed: {bad}\n")
    assert Store(tmp_path).result(good)


def test_a_dask_worker_of_several_threads_is_refused(tmp_path, capsys):
    """Runs in one process would draw from one stream of random numbers."""
    from distributed import LocalCluster

    options = {"n_workers": 1, "threads_per_worker": 2, "processes": False}
    with LocalCluster(**options, dashboard_address=":0") as cluster:
        assert on_dask(tmp_path, cluster.scheduler_address, "table3") == 2
    assert "start them with --nthreads 1" in capsys.readouterr().err


def test_a_cluster_needs_an_address(tmp_path, capsys):
    assert study(tmp_path, "table3", "--backend", "dask") == 2
    assert "error: --address: none given" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("backend", "module", "install"),
    [
        ("dask", "distributed", 'Dask is not installed: pip install "rgm-course[cluster]"'),
        ("ray", "ray", "Ray is not installed: pip install ray"),
    ],
)
def test_a_backend_that_is_not_installed(tmp_path, monkeypatch, capsys, backend, module, install):
    monkeypatch.setitem(sys.modules, module, None)
    assert study(tmp_path, "table3", "--backend", backend, "--address", "somewhere:1") == 2
    assert capsys.readouterr().err == f"error: {install}\n"


def test_machine_json_says_how_the_study_was_made(tmp_path, monkeypatch):
    for arguments in (["table3", "--jobs", "1"], ["table3"]):
        monkeypatch.setattr(sys, "argv", ["main.py", "study", *arguments])
        assert study(tmp_path, "table3") == 0
    record = json.loads((tmp_path / "machine.json").read_text())
    first, second = record["commands"]
    assert first["command"] == "python -m rgm_torch study table3 --jobs 1"
    assert second["command"] == "python -m rgm_torch study table3"
    begun, ended = (datetime.fromisoformat(first[name]) for name in ("start", "finish"))
    assert abs((ended - begun).total_seconds() - first["wall_seconds"]) <= 1  # whole seconds
    seconds = {row["run"]: float(row["seconds"]) for row in read(tmp_path / "study.csv")}
    total = pytest.approx(sum(seconds.values()), abs=0.1)
    assert record["runs"] == {"finished": 4, "failed": 0, "training_seconds": total}
    assert record["machine"]["cpu"]
    assert record["machine"]["cores"] == os.cpu_count()
    assert record["versions"]["joblib"] == joblib.__version__


def test_cost_measures_every_row_of_the_tables_as_the_search_chose_it(
    tmp_path, finished, monkeypatch
):
    monkeypatch.setattr(costs, "STEPS", 1)
    assert study(tmp_path, "cost", "--settings", NAME) == 0
    rows = read(tmp_path / "cost.csv")
    assert list(rows[0]) == ["setting", "method", *costs.NUMBERS]
    assert [(row["setting"], row["method"]) for row in rows] == [(NAME, "joint"), (NAME, "rgm")]
    assert float(rows[0]["memory_ratio"]) == 1
    assert all(float(row[name]) > 0 for row in rows for name in costs.NUMBERS)
    chosen, default = (costs.representatives(NAME, Store(path)) for path in (finished, tmp_path))
    assert [run.variant for run in chosen] == ["tuned"] * 2
    assert [run.variant for run in default] == ["default"] * 2
