"""The benchmark: that it runs and writes, and its bounds on rounding and memory. No times."""

import csv
import json
import time

import numpy as np
import pytest
import torch

from rgm_torch import bench
from rgm_torch.bench import accuracy, command, growth, kernel, memory, rows, steps, timing
from rgm_torch.functional.blocks import PIECE, block_gram

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The folder of a quick run on the thread count that there is."""
    folder = tmp_path_factory.mktemp("bench")
    assert bench.main(["--quick", "--out", str(folder)]) == 0
    return folder


def test_a_quick_run_writes_every_case(written):
    results = json.loads((written / "results.json").read_text(encoding="utf-8"))
    assert {row["case"] for row in results["rows"]} == set(command.CASES)
    assert results["conditions"]["torch"] == torch.__version__
    assert results["conditions"]["threads"] == torch.get_num_threads()
    for row in results["rows"]:
        assert (row["value"] is None) == row["note"].startswith("skipped: ")
        assert row["value"] is None or np.isfinite(row["value"])


def test_the_table_holds_the_same_rows(written):
    results = json.loads((written / "results.json").read_text(encoding="utf-8"))
    with (written / "results.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert len(table) == len(results["rows"])
    for flat, row in zip(table, results["rows"], strict=True):
        assert flat == {name: "" if value is None else str(value) for name, value in row.items()}


def test_the_figure_of_growth_is_a_picture(written):
    from matplotlib.image import imread

    assert imread(written / "growth.png").std() > 0


def test_only_runs_what_was_asked_for(tmp_path, capsys):
    assert bench.main(["--quick", "--only", "memory", "--out", str(tmp_path)]) == 0
    results = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert {row["case"] for row in results["rows"]} == {"memory"}
    assert not (tmp_path / "growth.png").exists()
    assert "extra copies" in capsys.readouterr().out


def test_an_unknown_case_is_refused(capsys):
    with pytest.raises(SystemExit):
        bench.main(["--only", "speed"])
    assert "invalid choice: 'speed'" in capsys.readouterr().err


@pytest.mark.parametrize("absent", ["torchjd", "transformers"])
def test_an_absent_extra_is_a_row_with_a_reason(absent, monkeypatch):
    there = steps.find_spec
    monkeypatch.setattr(steps, "find_spec", lambda name: None if name == absent else there(name))
    monkeypatch.setattr(steps, "PICTURES", {"audio": (1, 32, 32), "video": (1, 32, 32)})
    quick = absent == "torchjd"
    notes = [row.note for row in steps.measure(CPU, 0.01, quick) if row.value is None]
    assert any("pip install" in note for note in notes)


def test_rounding_errors_stay_within_their_bound():
    found = list(accuracy.measure(CPU, 0, quick=True))
    assert len(found) == 2 * (len(accuracy.PAIRS) + len(accuracy.GAPS))
    for row in found:
        assert row.value is not None
        assert row.target is not None
        assert row.value <= row.target


@pytest.mark.parametrize("width", [PIECE, PIECE + 1, 3 * PIECE, 7 * PIECE + 5])
@pytest.mark.parametrize("blocks", [1, 3])
def test_long_sums_are_made_of_short_ones(width, blocks):
    """One sum of 1.2e6 products would be off by 1e-5 and more; a few eps are left."""
    gradients = torch.randn(2, 2, width, generator=torch.Generator().manual_seed(0))
    gram, exactly = block_gram(gradients, blocks), block_gram(gradients.double(), blocks)
    scale = exactly.diagonal(dim1=0, dim2=1).amax()
    assert ((gram - exactly).abs() <= 50 * torch.finfo(torch.float32).eps * scale).all()


@pytest.mark.parametrize("sizes", memory.QUICK)
def test_one_extra_copy_of_the_gradients_is_enough(sizes):
    for name, function, gradients in memory.functions(sizes, CPU):
        copies = memory.extra(function, gradients)
        assert 0 <= copies <= memory.bound(sizes), name


def test_live_peak_counts_what_is_alive():
    """Of four tensors of 400 bytes that are made, two live at once; a view is no new one."""
    given = torch.ones(100)
    with memory.LivePeak(given) as live:
        x = given + 1
        for _ in range(3):
            x = x.view(10, 10).flatten() + 1
    assert live.peak == 800


def test_rounds_are_interleaved_and_compared_within_a_round():
    calls = []
    cases = {"a": lambda: calls.append("a"), "b": lambda: (time.sleep(2e-3), calls.append("b"))}
    times = timing.interleaved(cases, CPU, 0.01)
    assert len(times["a"]) == len(times["b"]) >= 5
    halves = rows.ratio("case", "setting", "a / b", np.array([1.0, 3, 2]), np.array([2.0, 6, 4]))
    assert (halves.value, halves.low, halves.high) == (0.5, 0.5, 0.5)


def test_a_row_says_how_it_stands_to_its_target():
    assert rows.Row("case", "setting", "a / b", 1.0, target=1.0).verdict == "met"
    assert rows.Row("case", "setting", "a / b", 1.1, target=1.0).verdict == "MISSED"
    assert rows.skipped("case", "setting", "a / b", "no reason").verdict == ""
    assert command.line(rows.skipped("case", "setting", "a / b", "absent")).endswith("absent")


def test_the_exponent_of_a_power_law_is_its_power():
    sizes = np.array([1.0, 10, 100])
    assert growth.exponent(sizes, 3 * sizes**1.5) == pytest.approx(1.5)


def test_the_modulation_that_is_timed_changes_the_gradients():
    gradients, energy, copy = kernel.case((2, 4, 8, 2), CPU)
    copy()
    assert kernel.modulate(gradients, energy, 2).shape == (2, 4, 8)
    assert not torch.equal(kernel.modulate(gradients, energy, 2), torch.stack(gradients))


def test_every_step_trains_its_model():
    inputs = {name: torch.rand(4, *shape) for name, shape in steps.DIGITS.items()}
    labels = torch.arange(4)
    makers = {
        "plain": lambda model: steps.plain(model, inputs, labels),
        "rgm": lambda model: steps.reconciled(model, inputs, labels, record=8),
        "pcgrad": lambda model: steps.surgery(model, inputs, labels),
    }
    for name, make in makers.items():
        model = steps.build(steps.DIGITS, steps.CLASSES, width=8, seed=0)
        before = [parameter.detach().clone() for parameter in model.parameters()]
        make(model)()
        changed = [not torch.equal(p, q) for p, q in zip(model.parameters(), before, strict=True)]
        assert sum(changed) > len(changed) / 2, name
