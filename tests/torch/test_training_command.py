"""The command line, in processes of its own where it matters: exit codes, signals, sudden death."""

import json
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rgm_torch.__main__ import main
from rgm_torch.training import figures, train
from tests.torch.test_training_run import assert_same_run
from tests.torch.tiny import CONFIG, QUIET, corpus

ROOT = Path(__file__).parents[2]
SMALL = ["--data", "bounce-av", "--width", "8", "--batch-size", "32"]
for _dial in ("train=128", "validation=40", "test=40", "nr=4"):
    SMALL += ["--dial", _dial]


@pytest.fixture(autouse=True)
def _no_cache(monkeypatch):
    """Nothing is left in the user's cache."""
    monkeypatch.setenv("RGM_CACHE", "")


def start(*arguments: str) -> subprocess.Popen:
    """A Python process in the repository's folder."""
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, "-m", *arguments], cwd=ROOT, stdout=pipe, stderr=pipe, text=True
    )


def test_a_run_killed_at_random_moments_ends_as_if_nothing_had_happened(tmp_path):
    """Two deaths by SIGKILL, anywhere between steps and within saving; then the rest."""
    config = replace(CONFIG, method="rgm", checkpoint_every=3)
    train(config, tmp_path / "a", corpus=corpus(), display=QUIET)
    moments = np.random.default_rng(5).integers(1, 25, size=2)
    for moment in moments:
        process = start("tests.torch.mortal", str(tmp_path / "b"), "rgm", str(moment))
        output, errors = process.communicate(timeout=100)
        assert process.returncode == -signal.SIGKILL, output + errors
    train(config, tmp_path / "b", corpus=corpus(), display=QUIET, resume=True)
    assert_same_run(tmp_path / "a", tmp_path / "b")


def test_ctrl_c_saves_says_how_to_go_on_and_the_same_command_does(tmp_path):
    out = str(tmp_path / "x")
    process = start("rgm_torch", "train", "--out", out, *SMALL, "--epochs", "500")
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("epoch   2"):
            break
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=100)
    assert process.returncode == 130, errors
    assert "stopped: " in errors
    assert f"to go on: python -m rgm_torch train --out {out} --resume" in errors
    assert "Traceback" not in errors


@pytest.fixture
def _no_figures(monkeypatch):
    monkeypatch.setattr(figures, "draw", lambda folder: None)


@pytest.mark.usefixtures("_no_figures")
def test_the_command_trains_and_prints_the_result(tmp_path, capsys):
    out = tmp_path / "x"
    arguments = ["train", "--out", str(out), *SMALL, "--epochs", "2", "--method", "rgm"]
    assert main([*arguments, "--method-option", "blocks=2"]) == 0
    shown = capsys.readouterr().out
    result = json.loads((out / "result.json").read_text())
    assert f"accuracy {result['test']['accuracy']:.3f}" in shown
    assert "linear probe of video" in shown
    assert "w̄" in shown
    assert "blocks" in (out / "config.toml").read_text()
    assert main(["train", "--out", str(out), "--resume"]) == 0  # finished: the result once more


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "av-digit"], "av-digit"),
        (["--dial", "speling=1"], "speling: bounce-av has no such dial"),
        (["--dial", "train=-1"], "train: got -1"),
        (["--method", "rmg"], "did you mean 'rgm'"),
        (["--method-option", "blocks=1"], "method_options: got 'blocks' (joint knows: none)"),
        (["--epochs", "0"], "epochs: got 0"),
        (["--data", "crema-d"], "train: crema-d has no such dial"),
        (["--config", "none.toml"], "none.toml: there is no such configuration file"),
        (["--method", "rgm", "--method-option", "blocks=9"], "expected at most the width 8"),
        (
            ["--fusion", "film", "--method", "rgm", "--method-option", "conflict=logit"],
            "conflict: 'logit' reads a head behind Concat, got FiLM",
        ),
    ],
)
def test_a_mistake_ends_with_status_2_and_one_line(tmp_path, capsys, arguments, message):
    assert main(["train", "--out", str(tmp_path / "x"), *SMALL, *arguments]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert message in said
    assert len(said.splitlines()) == 1


@pytest.mark.usefixtures("_no_figures")
def test_a_run_that_diverges_ends_with_status_1(tmp_path, capsys):
    assert main(["train", "--out", str(tmp_path), *SMALL, "--lr", "1e30"]) == 1
    said = capsys.readouterr().err
    assert "try a smaller lr" in said
    assert "no checkpoint was saved yet" in said


def test_data_describes_a_corpus(capsys):
    assert main(["data", "bounce-av", "--dial", "train=20", "--dial", "nr=4"]) == 0
    shown = capsys.readouterr().out
    assert "audio (1, 32, 32)" in shown
    assert "train            20" in shown
    assert "nr=4" in shown


def test_data_lists_what_there_is(capsys):
    assert main(["data"]) == 0
    assert {"av-digits", "bounce-av", "crema-d"} <= set(capsys.readouterr().out.split())


def test_data_answers_a_mistake(capsys):
    assert main(["data", "bounce-av", "--dial", "x=1"]) == 2
    assert "error: x: bounce-av has no such dial" in capsys.readouterr().err


def test_resume_of_nothing_with_nothing_said_is_a_mistake(tmp_path, capsys):
    assert main(["train", "--out", str(tmp_path / "typo"), "--resume"]) == 2
    assert "typo: holds no run to go on with" in capsys.readouterr().err


def test_bench_is_there(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["bench", "--help"])
    assert stop.value.code == 0
    assert "--quick" in capsys.readouterr().out


def test_without_a_command_there_is_help(capsys):
    with pytest.raises(SystemExit) as stop:
        main([])
    assert stop.value.code == 2
    assert "COMMAND" in capsys.readouterr().err
