"""Whole runs: the same bits twice and after any stop, and a clear word when one cannot go on."""

import csv
import errno
import json
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from rgm_torch.data.batch import Batch, Clips
from rgm_torch.data.readers.media import MediaError
from rgm_torch.methods import METHODS, Joint
from rgm_torch.training import Interrupted, Mistake, Stopped, checkpoint, figures, train
from rgm_torch.training import loop as training_loop
from rgm_torch.training.schedule import factor, whole_batches
from tests.torch import tiny
from tests.torch.tiny import CONFIG, QUIET, corpus

TABLES = ("losses.csv", "plane.csv", "samples.csv")


class Noisy(Joint):
    """Draws from its own generator and from torch's, and counts epochs: all that must come back."""

    name = "noisy"

    def __init__(self, model, *, generator=None):
        super().__init__(model, generator=generator)
        self.register_buffer("begun", torch.zeros(()))

    def start_epoch(self, epoch):
        self.begun += 1

    def order(self, epoch):
        return torch.randperm(70, generator=self.generator)[: 50 + epoch].tolist()

    def loss(self, batch):
        noise = torch.rand((), generator=self.generator) + torch.rand(())
        return super().loss(batch) * (1 + noise) * self.begun


class Trap(Clips):
    """Clips that do something when the batch number `fatal` is fetched."""

    def __init__(self, clips: Clips, fatal: int, action) -> None:
        super().__init__(clips.inputs, clips.labels)
        self.fatal, self.action, self.fetched = fatal, action, 0

    def __getitems__(self, indices) -> Batch:
        self.fetched += len(indices) > 1  # a single clip is fetched for its shape
        batch = super().__getitems__(indices)
        return self.action(batch) or batch if self.fetched == self.fatal else batch


def trapped(fatal: int, action, **dials):
    """The tiny corpus with a trap in its training split."""
    data = corpus(**dials)
    return replace(data, train=Trap(data.train, fatal, action))


def interrupt(_) -> None:
    """Ctrl-C."""
    signal.raise_signal(signal.SIGINT)


def poison(batch: Batch) -> Batch:
    """A NaN in the input."""
    inputs = {name: x.clone() for name, x in batch.inputs.items()}
    inputs["audio"][0] = float("nan")
    return replace(batch, inputs=inputs)


def run(out: Path, config=CONFIG, data=None, **options):
    return train(config, out, corpus=data or corpus(), display=QUIET, **options)


def metrics(folder: Path) -> list[dict[str, str]]:
    """The rows of metrics.csv, digit by digit."""
    return list(csv.DictReader((folder / "metrics.csv").read_text().splitlines()))


def without_seconds(folder: Path) -> dict:
    """All that a run has written and that does not depend on the clock."""
    result = json.loads((folder / "result.json").read_text())
    rows = metrics(folder)
    for each in (result, *rows):
        del each["seconds"]
    return {"result": result, "rows": rows} | {n: (folder / n).read_text() for n in TABLES}


def weights(folder: Path) -> dict:
    state = checkpoint.load(folder / "last.pt")
    return {"random": state["random"]} | {
        name: value for name, value in state["method"].items() if isinstance(value, torch.Tensor)
    }


def assert_same_run(one: Path, other: Path) -> None:
    """Equal bit for bit: tables, result, weights, generators."""
    assert without_seconds(one) == without_seconds(other)
    ours, theirs = weights(one), weights(other)
    assert ours.keys() == theirs.keys()
    for name, value in ours.items():
        assert torch.equal(value, theirs[name]), name


@pytest.fixture(autouse=True)
def _tests(monkeypatch, request):
    """The noisy method, and no figures where nobody looks: they take longer than the training."""
    monkeypatch.setitem(METHODS, "noisy", Noisy)
    if "with_figures" not in request.fixturenames:
        monkeypatch.setattr(figures, "draw", lambda folder: None)


@pytest.fixture
def with_figures():
    """A test that asks for this draws."""


def test_a_run_leaves_a_complete_folder(tmp_path, with_figures):
    result = run(tmp_path, replace(CONFIG, method="rgm", time_steps=2))
    names = {path.name for path in tmp_path.iterdir()}
    files = "config.toml versions.json last.pt best.pt metrics.csv losses.csv plane.csv samples.csv"
    figures = {f"{name}.{kind}" for name in ("plane", "energy") for kind in ("svg", "png")}
    assert names == {*files.split(), "result.json", ".lock", *figures}
    rows = metrics(tmp_path)
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert {"loss", "validation_accuracy", "balance_audio-video", "energy_video"} <= rows[0].keys()
    assert -1 <= float(rows[1]["conflict_audio-video"]) <= 1
    assert len((tmp_path / "plane.csv").read_text().splitlines()) == 1 + 2 * 4  # steps
    assert set(result["probes"]) == {"audio", "video"}
    assert result["seconds"]["against_joint"] > 0
    assert result["plane"]["balance_audio-video"] == float(rows[1]["balance_audio-video"])


@pytest.mark.parametrize("method", [*METHODS, "noisy"])
def test_two_runs_are_the_same_bit_for_bit(tmp_path, method):
    config = tiny.config(method)
    run(tmp_path / "a", config)
    run(tmp_path / "b", config)
    assert_same_run(tmp_path / "a", tmp_path / "b")


def test_another_seed_is_another_run(tmp_path):
    run(tmp_path / "a")
    run(tmp_path / "b", replace(CONFIG, seed=1))
    assert without_seconds(tmp_path / "a") != without_seconds(tmp_path / "b")


@pytest.mark.parametrize(
    ("method", "fatal"),  # step 3 is within an epoch, 4 the last of the first, 5 the next
    [("rgm", 3), ("rgm", 4), ("rgm", 5), ("noisy", 3), ("noisy", 5), *((m, 3) for m in METHODS)],
)
def test_ctrl_c_saves_and_resume_continues_bit_for_bit(tmp_path, method, fatal):
    config = tiny.config(method)
    run(tmp_path / "a", config)
    with pytest.raises(Interrupted, match=r"stopped: .* saved") as stop:
        run(tmp_path / "b", config, trapped(fatal, interrupt))
    assert stop.value.code == 130
    run(tmp_path / "b", config, resume=True)
    assert_same_run(tmp_path / "a", tmp_path / "b")


def test_handlers_are_given_back(tmp_path):
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(Interrupted):
        run(tmp_path, data=trapped(2, interrupt))
    assert signal.getsignal(signal.SIGINT) is before


def test_a_second_ctrl_c_does_not_wait(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, data=trapped(2, lambda _: interrupt(_) or interrupt(_)))


def test_nan_stops_the_run_and_keeps_the_last_good_checkpoint(tmp_path):
    with pytest.raises(
        Stopped, match=r"stopped in step 6: the loss became nan; .*last good state .*last.pt"
    ):
        run(tmp_path, data=trapped(6, poison))
    kept = checkpoint.load(tmp_path / "last.pt")
    assert kept["progress"]["epoch"] == 1
    assert all(v.isfinite().all() for v in kept["method"].values() if isinstance(v, torch.Tensor))
    assert not (tmp_path / "result.json").exists()


def test_weights_that_are_not_finite_are_never_saved(tmp_path, monkeypatch):
    """A step may ruin the weights after its loss was found finite."""

    def ruin(method):
        method.model.head.bias.data[0] = float("inf")

    monkeypatch.setattr(Joint, "stepped", ruin)
    with pytest.raises(Stopped, match=r"loss became nan|model.head.bias is not finite any"):
        run(tmp_path, replace(CONFIG, checkpoint_every=1))
    assert not (tmp_path / "last.pt").exists()


def test_a_full_disk_stops_the_run_and_keeps_the_last_checkpoint(tmp_path, monkeypatch):
    real, saved = os.replace, []

    def full(old, new):
        saved.append(new.name)
        if saved.count("last.pt") > 1:  # in the second epoch
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(old, new)

    run(tmp_path / "a")
    with monkeypatch.context() as disk:
        disk.setattr(os, "replace", full)
        with pytest.raises(Stopped, match="cannot be saved: No space left"):
            run(tmp_path / "b")
    assert checkpoint.load(tmp_path / "b" / "last.pt")["progress"]["epoch"] == 1
    run(tmp_path / "b", resume=True)
    assert_same_run(tmp_path / "a", tmp_path / "b")


def test_a_file_that_turns_out_damaged_stops_the_run_by_name(tmp_path):
    def damaged(_):
        raise MediaError("clip7.wav: cannot be read")

    with pytest.raises(Stopped, match=r"clip7.wav: cannot be read; the last good state is in"):
        run(tmp_path, data=trapped(6, damaged))


def test_a_data_set_that_draws_crops_is_told_the_epoch(tmp_path, monkeypatch):
    told = []
    monkeypatch.setattr(Trap, "set_epoch", lambda _, epoch: told.append(epoch), raising=False)
    run(tmp_path, data=trapped(0, poison))
    assert told == [0, 1, 2]  # two epochs, and one more for the features of the probes


def test_a_folder_with_a_run_is_not_overwritten(tmp_path):
    run(tmp_path)
    with pytest.raises(Mistake, match="holds a run; add --resume to go on"):
        run(tmp_path)


def test_resume_refuses_another_configuration(tmp_path):
    run(tmp_path)
    with pytest.raises(
        Mistake, match="holds a run that differs: epochs: the run has 2, asked for 3"
    ):
        run(tmp_path, replace(CONFIG, epochs=3), resume=True)


def test_resume_of_a_finished_run_returns_its_result(tmp_path):
    first = run(tmp_path)
    assert run(tmp_path, data=trapped(1, poison), resume=True) == first


def test_resume_of_nothing_starts(tmp_path):
    assert run(tmp_path, resume=True)["steps"] == 8


def test_resume_from_a_damaged_checkpoint_says_so(tmp_path):
    with pytest.raises(Interrupted):
        run(tmp_path, data=trapped(6, interrupt))
    (tmp_path / "last.pt").write_bytes(b"not a checkpoint")
    with pytest.raises(Mistake, match=r"last.pt: not a checkpoint, or a damaged one"):
        run(tmp_path, resume=True)


def test_resume_with_other_code_says_that_the_checkpoint_does_not_fit(tmp_path, monkeypatch):
    with pytest.raises(Interrupted):
        run(tmp_path, replace(CONFIG, method="noisy"), trapped(6, interrupt))
    monkeypatch.setitem(METHODS, "noisy", type("Noisy", (Joint,), {"name": "noisy"}))
    with pytest.raises(Mistake, match=r"last.pt: does not fit this version of the code"):
        run(tmp_path, replace(CONFIG, method="noisy"), resume=True)


def test_resume_of_a_folder_of_another_version_says_so(tmp_path):
    run(tmp_path)
    path = tmp_path / "config.toml"
    path.write_text(path.read_text().replace("format = 1", "format = 2"))
    with pytest.raises(Mistake, match=r"config.toml: format 2, but this version reads format 1"):
        run(tmp_path, resume=True)


def test_the_best_epoch_is_tested_when_asked_for(tmp_path, monkeypatch):
    """Of equal ones the first: its weights are those of a run that ends there."""
    real = training_loop.summary
    accuracies = iter([0.1, 0.9, 0.9])
    monkeypatch.setattr(
        training_loop, "summary", lambda seen: real(seen) | {"accuracy": next(accuracies)}
    )
    config = replace(CONFIG, epochs=3, schedule="constant")
    best = run(tmp_path / "best", replace(config, select="best"))
    monkeypatch.undo()
    two, three = (run(tmp_path / f"{n}", replace(config, epochs=n)) for n in (2, 3))
    assert (best["tested_epoch"], three["tested_epoch"]) == (2, 3)
    assert best["test"] == two["test"]
    assert best["test"] != three["test"]


@pytest.mark.parametrize(("size", "steps"), [(64, 4), (65, 4), (79, 4), (15, 1)])
def test_clips_that_do_not_fill_a_batch_wait_for_another_epoch(tmp_path, size, steps):
    assert run(tmp_path, replace(CONFIG, epochs=1), corpus(size=size))["steps"] == steps


def test_whole_batches():
    assert whole_batches([5, 6, 7], 2) == [5, 6]
    assert whole_batches([5, 6, 7], 1) == [5, 6, 7]
    assert whole_batches([5, 6], 4) == [5, 6]
    assert whole_batches([5], 2) == [5]


def test_batches_of_one_can_be_asked_for(tmp_path):
    assert run(tmp_path, replace(CONFIG, epochs=1, batch_size=1), corpus(size=8))["steps"] == 8


def dropped(data, split: str, missing: int):
    """The corpus without one class in one split."""
    old = getattr(data, split)
    rows = (old.labels != missing).nonzero()[:, 0]
    inputs = {name: x[rows] for name, x in old.inputs.items()}
    return replace(data, **{split: Clips(inputs, old.labels[rows])})


@pytest.mark.parametrize("split", ["train", "validation", "test"])
@pytest.mark.parametrize("method", ["joint", "late-fusion"])
def test_a_class_may_be_missing_from_a_split_and_is_named(tmp_path, split, method):
    result = run(tmp_path, replace(CONFIG, method=method), dropped(corpus(), split, 1))
    assert result["missing_classes"] == {split: ["b"]}
    assert 0 <= result["test"]["accuracy"] <= 1


def test_a_training_split_with_one_class_is_refused(tmp_path):
    data = dropped(dropped(corpus(), "train", 1), "train", 2)
    with pytest.raises(Mistake, match=r"train: got .* clips of 1 classes, too few"):
        run(tmp_path, data=data)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"method": "rmg"}, "method: got 'rmg'; did you mean 'rgm'"),
        ({"encoder": "cnm"}, "encoder: got 'cnm'"),
        ({"fusion": "gate"}, "fusion: got 'gate'"),
        ({"device": "tpu9"}, "device: got 'tpu9', which torch cannot use here"),
        ({"method": "rgm", "method_options": {"blocks": 0}}, "blocks: got 0"),
        ({"optimizer": "adamw", "momentum": 1.0}, "Invalid beta"),
    ],
)
def test_what_cannot_be_run_is_refused_before_anything_is_written(tmp_path, change, message):
    with pytest.raises(Mistake, match=message):
        run(tmp_path, replace(CONFIG, **change))
    assert not (tmp_path / "config.toml").exists()


def test_a_method_that_asks_for_no_rows_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(Joint, "order", lambda *_: [])
    with pytest.raises(Stopped, match="'joint' asks for no rows in epoch 1"):
        run(tmp_path)


def test_the_plane_needs_two_modalities_of_one_width(tmp_path, with_figures):
    result = run(tmp_path, data=corpus(modalities=("audio",)))
    assert result["plane"] == {}
    assert (tmp_path / "plane.csv").read_text() == ""
    assert (tmp_path / "energy.png").exists()


def test_three_modalities_have_three_pairs(tmp_path):
    result = run(tmp_path, data=corpus(modalities=("a", "b", "c")))
    assert {"balance_a-b", "balance_a-c", "balance_b-c"} <= result["plane"].keys()


def test_mixed_precision_trains_on_the_cpu(tmp_path):
    assert run(tmp_path, replace(CONFIG, amp=True))["test"]["nll"] < 5


def test_schedules():
    assert factor("cosine", 0) == 1
    assert factor("cosine", 0.5) == pytest.approx(0.5)
    assert factor("cosine", 0.999) > 0
    assert [factor("step", part) for part in (0, 0.69, 0.7)] == [1, 1, 0.1]
    assert factor("constant", 0.9) == 1


def test_the_rate_falls_within_an_epoch_and_weight_decay_is_the_optimizers(tmp_path):
    run(tmp_path, replace(CONFIG, epochs=1))
    assert float(metrics(tmp_path)[0]["lr"]) == pytest.approx(0.02 * factor("cosine", 3 / 4))
