"""The tidy table: its columns, and one number per row, as the runs found them."""

import json

import pytest

from rgm_torch.study.search import trials
from rgm_torch.study.store import Store
from rgm_torch.study.tidy import COLUMNS, all_runs, flattened, rows, short
from tests.torch.study.small import NAME, read, rows_as_they_stand

pytestmark = pytest.mark.usefixtures("small")

TESTED = {
    "validation_accuracy", "test_accuracy", "test_nll", "test_ece", "test_residual",
    "test_own_accuracy_audio", "test_own_accuracy_video", "test_own_residual_audio",
    "test_own_residual_video", "train_accuracy", "train_residual", "train_own_residual_audio",
    "train_own_residual_video", "probe_audio", "probe_video", "kept_audio", "kept_video",
    "balance", "conflict", "energy_audio", "energy_video",
}  # fmt: skip
"""At least these."""


def of(finished, run) -> dict[str, dict[str, str]]:
    """A run's rows, by metric."""
    found = [r for r in read(finished / "study.csv") if r["run"] == run.key]
    return {r["metric"]: r for r in found if r["variant"] == run.variant}


def test_the_columns_are_those_asked_for(finished):
    asked = "run, method, variant, data, backbone, seed, metric, value, seconds, versions"
    assert set(COLUMNS) == {*asked.split(", "), "setting"}
    assert tuple(read(finished / "study.csv")[0]) == COLUMNS


def test_one_number_per_row(finished):
    table = read(finished / "study.csv")
    places = {tuple(row[name] for name in COLUMNS[:8]) for row in table}
    assert len(places) == len(table)
    for row in table:
        float(row["value"])
        assert float(row["seconds"]) > 0
        assert row["versions"].startswith("torch 2.")
        assert (row["setting"], row["data"], row["backbone"]) == (NAME, "bounce-av", "cnn")


def test_every_declared_run_is_there(finished):
    listed = {(r["method"], r["variant"], int(r["seed"])) for r in read(finished / "study.csv")}
    seeds = {(m, v, s) for s in (0, 1) for m, v in [
        ("joint", "tuned"), ("rgm", "tuned"), ("joint", "none"), ("rgm", "ear")
    ]}  # fmt: skip
    searched = {(m, f"trial {n}", 100) for m in ("joint", "rgm") for n in (1, 2, 3, 4)}
    assert listed == seeds | searched


def test_the_numbers_are_those_of_the_run(finished):
    run = rows_as_they_stand()[-1]
    result = json.loads((finished / run.key / "result.json").read_text())
    found = of(finished, run)
    assert set(found) >= TESTED
    for metric, value in {
        "test_accuracy": result["test"]["accuracy"],
        "test_own_residual_video": result["test"]["own_residual"]["video"],
        "probe_audio": result["probes"]["audio"],
        "kept_video": result["ablation"]["kept"]["video"],
        "balance": result["plane"]["balance_audio-video"],
        "energy_audio": result["plane"]["energy_audio"],
    }.items():
        assert float(found[metric]["value"]) == pytest.approx(value, rel=1e-4)  # five digits
    assert float(found["balance"]["seconds"]) == result["seconds"]["training"]


def test_a_trial_has_not_read_the_test_split(finished):
    for run in trials(NAME, "rgm"):
        assert list(of(finished, run)) == ["validation_accuracy"]
        result = json.loads((finished / run.key / "result.json").read_text())
        assert not {"test", "probes", "ablation"} & set(result)


def test_what_two_tables_ask_for_is_one_run_with_the_rows_of_both(finished):
    """The search may choose the base rate: then "joint, tuned" is "joint, none"."""
    runs = all_runs(Store(finished))
    assert len({str(run) for run in runs}) == len(runs)
    keys = {run.key for run in runs}
    assert {path.parent.name for path in finished.glob("*/result.json")} == keys


def test_a_failed_run_has_one_row_and_one_that_was_not_made_none(tmp_path):
    store, (failed, absent, *_) = Store(tmp_path), rows_as_they_stand()
    store.fail(failed, "broken")
    (row,) = rows([failed, absent], store)
    assert row == [failed.key, NAME, "joint", "none", "bounce-av", "cnn", 0, "failed", 1, "", ""]


def test_names_are_flat_and_short():
    assert flattened("a", {"b": {"c": 1.0}, "d": 2.0}) == {"a_b_c": 1.0, "a_d": 2.0}
    assert short("balance_audio-video") == "balance"
