"""The tables behind the figures that follow a run."""

import csv

import pytest

from rgm_torch.study import curves
from rgm_torch.study.curves import EVERY, IDENTITY, PER_EPOCH, PER_STEP, write_curves
from rgm_torch.study.plans import PLANS
from rgm_torch.study.store import Store
from tests.torch.study.small import NAME, read

pytestmark = pytest.mark.usefixtures("small")


@pytest.fixture
def fig3(monkeypatch):
    """The rows of fig5 for fig3, which is empty in the small study."""
    monkeypatch.setitem(PLANS, "fig3", PLANS["fig5"])


@pytest.fixture
def written(finished, tmp_path, fig3):
    """The three tables of the finished study, written anew elsewhere."""

    class Elsewhere(Store):
        def folder(self, run):
            return finished / run.key

    return {path.stem: read(path) for path in write_curves(Elsewhere(tmp_path))}


def test_every_epoch_of_every_seed_is_there_once(written):
    table = written["epochs"]
    assert list(table[0]) == [*IDENTITY, "epoch", "metric", "value"]
    places = [tuple(row[name] for name in (*IDENTITY, "epoch", "metric")) for row in table]
    assert len(set(places)) == len(places)
    for method in ("joint", "rgm"):
        for metric in PER_EPOCH:
            rows = [r for r in table if (r["method"], r["metric"]) == (method, metric)]
            found = {(r["seed"], r["epoch"]) for r in rows}
            assert found == {(seed, epoch) for seed in "01" for epoch in "12"}, metric


def test_every_fifth_step_of_the_first_seed_is_there(written, finished):
    table = written["steps"]
    assert list(table[0]) == [*IDENTITY, "step", "loss", *PER_STEP]
    assert {row["seed"] for row in table} == {"0"}
    for run in curves.first_seed("fig5", Store(finished)):
        with (finished / run.key / "losses.csv").open(encoding="utf-8") as file:
            losses = {r["step"]: float(r["loss"]) for r in csv.DictReader(file)}
        rows = [row for row in table if row["method"] == run.method]
        assert [r["step"] for r in rows] == [s for s in losses if int(s) % EVERY == 0]
        for row in rows:  # five digits
            assert float(row["loss"]) == pytest.approx(losses[row["step"]], rel=1e-4)


def test_samples_are_thinned_out_evenly(finished, tmp_path, fig3, monkeypatch):
    run = curves.first_seed("fig3", Store(finished))[0]
    everything = list(curves.per_sample(run, Store(finished)))
    monkeypatch.setattr(curves, "MOST", len(everything) // 3)
    some = list(curves.per_sample(run, Store(finished)))
    assert len(some) <= curves.MOST
    assert some == everything[:: len(everything) // (len(some) - 1)][: len(some)]
    assert some[0] == everything[0]


def test_a_sample_stands_at_its_step_s_balance(written):
    steps = {(r["method"], r["step"]): r["balance"] for r in written["steps"]}
    common = [r for r in written["samples"] if (r["method"], r["step"]) in steps]
    assert common
    for row in common:
        assert row["balance"] == steps[row["method"], row["step"]]
        assert -1 <= float(row["conflict"]) <= 1


def test_runs_that_are_not_there_yet_are_left_out(tmp_path, fig3):
    for path in write_curves(Store(tmp_path)):
        assert read(path) == []


def test_what_is_followed_is_declared():
    assert set(curves.FOLLOWED) <= set(PLANS)
    assert NAME in curves.FOLLOWED["fig5"]
