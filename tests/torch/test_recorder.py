"""The bounded record: what stands in a row, in what order, and how it comes out."""

import numpy as np
import pytest
import torch
from matplotlib.collections import LineCollection

from rgm_ref.energy import shares
from rgm_ref.fusion import sigmoid
from rgm_ref.plane import balance, nonconflict
from rgm_torch import RGM
from rgm_torch.plane_figure import draw_plane
from rgm_torch.recorder import Recorder
from tests.torch.layer_oracle import Oracle, energy_of, send_back

# As in test_layer.py: float64 Gram matrices of random gradients.
EXACT = {"rtol": 1e-10, "atol": 1e-12}


def table(recorder):
    return np.stack(list(recorder.numpy().values()), axis=1)


@pytest.mark.parametrize("capacity", [1, 3, 4, 7])
@pytest.mark.parametrize("size", [1, 2, 3, 5, 9])
def test_the_last_rows_stay_in_order(capacity, size):
    recorder = Recorder(["a", "b"], capacity)
    rows = torch.arange(2.0 * 4 * size).reshape(4 * size, 2)
    for number, chunk in enumerate(rows.split(size), 1):
        recorder.append(chunk)
        np.testing.assert_array_equal(table(recorder), rows[: number * size][-capacity:])
        assert len(recorder) == min(number * size, capacity)


def test_capacity_zero_keeps_nothing(rng, tmp_path):
    rgm = RGM(record=0)
    send_back(rgm, rng.normal(size=(2, 4, 6)))
    assert len(rgm.recorder) == 0
    assert rgm.recorder.numpy()["conflict_0_1"].shape == (0,)
    rgm.recorder.csv(tmp_path / "empty.csv")
    rgm.recorder.figure(tmp_path / "empty.png")
    assert (tmp_path / "empty.csv").read_text().startswith("step,energy_0")


@pytest.mark.parametrize("saved", [0, 2, 5])
@pytest.mark.parametrize("loaded", [0, 2, 3, 8])
@pytest.mark.parametrize("written", [0, 1, 3, 7])
def test_a_saved_record_fits_another_capacity(saved, loaded, written):
    rows = torch.arange(2.0 * written).reshape(written, 2)
    source, target = Recorder(["a", "b"], saved), Recorder(["a", "b"], loaded)
    source.append(rows)
    target.append(torch.full((9, 2), -1.0))
    target.load_state_dict(source.state_dict())
    kept = rows[max(written - saved, 0) :]
    np.testing.assert_array_equal(table(target), kept[max(len(kept) - loaded, 0) :])
    target.append(torch.full((1, 2), 100.0))
    assert loaded == 0 or table(target)[-1, 0] == 100


@pytest.mark.parametrize("granularity", ["sample", "batch"])
@pytest.mark.parametrize("modalities", [2, 3])
def test_a_row_says_what_the_reference_says(rng, modalities, granularity):
    rgm = RGM(modalities, blocks=2, granularity=granularity)
    oracle = Oracle(modalities, blocks=2, granularity=granularity)
    for _ in range(2):
        g = rng.normal(size=(modalities, 4, 6))
        after = oracle.step(g)
        send_back(rgm, g)
    row = {name: values[-1] for name, values in rgm.recorder.numpy().items()}
    whole = g.reshape(modalities, -1) if granularity == "batch" else g
    parts = np.split(g, 2, axis=-1)
    if granularity == "batch":
        parts = [part.reshape(modalities, -1) for part in parts]
    expected = {"step": 1}
    for k in range(modalities):
        expected[f"energy_{k}"] = oracle.spent[k]
        expected[f"share_{k}"] = shares(oracle.spent)[k]
        expected[f"norm_before_{k}"] = np.sqrt(energy_of(g)[k])
        expected[f"norm_after_{k}"] = np.sqrt(energy_of(after)[k])
    for i in range(modalities):
        for j in range(i + 1, modalities):
            w_bar, pair = balance(oracle.spent)[i, j], f"{i}_{j}"
            expected[f"balance_{pair}"] = w_bar
            expected[f"conflict_{pair}"] = nonconflict(whole)[i, j].mean()
            expected[f"gate_{pair}"] = sigmoid(4 * w_bar * nonconflict(whole)[i, j]).mean()
            gates = [sigmoid(4 * w_bar * nonconflict(part)[i, j]) for part in parts]
            expected[f"block_gate_{pair}"] = np.mean(gates)
    assert row.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_allclose(row[name], value, **EXACT, err_msg=name)


def test_single_samples(rng):
    """The last rows of two batches: five kept, three of the first and two of the second."""
    rgm = RGM(record_samples=5)
    first, second = rng.normal(size=(2, 4, 6)), rng.normal(size=(2, 2, 6))
    send_back(rgm, first)
    send_back(rgm, second)
    record = rgm.sample_recorder.numpy()
    assert record["step"].tolist() == [0, 0, 0, 1, 1]
    expected = np.concatenate([nonconflict(first)[0, 1, 1:], nonconflict(second)[0, 1]])
    np.testing.assert_allclose(record["conflict_0_1"], expected, **EXACT)


def test_no_energy_is_no_share_of_nothing():
    """With a learning rate of 0 nothing is spent: shares are equal, and finite."""
    rgm, features = RGM(3), [torch.ones(2, 4, requires_grad=True) for _ in range(3)]
    rgm.follow(torch.optim.SGD(features, lr=0.0))
    torch.autograd.backward(rgm(*features), list(torch.ones(3, 2, 4)))
    record = rgm.recorder.numpy()
    assert all(np.isfinite(column).all() for column in record.values())
    np.testing.assert_allclose([record[f"share_{k}"][0] for k in range(3)], 1 / 3)


def test_csv_holds_the_same_numbers(rng, tmp_path):
    rgm = RGM()
    for _ in range(3):
        send_back(rgm, rng.normal(size=(2, 4, 6)))
    rgm.recorder.csv(tmp_path / "run.csv")
    read = np.genfromtxt(tmp_path / "run.csv", delimiter=",", names=True)
    for name, column in rgm.recorder.numpy().items():
        np.testing.assert_allclose(read[name], column, rtol=1e-8)  # nine digits are written


def test_the_figure_shows_every_pairs_way(rng, tmp_path):
    rgm = RGM(3)
    for _ in range(5):
        send_back(rgm, rng.normal(size=(3, 4, 6)))
    figure = rgm.recorder.figure(tmp_path / "plane.png")
    assert (tmp_path / "plane.png").read_bytes().startswith(b"\x89PNG")
    axes, record = figure.axes[0], rgm.recorder.numpy()
    ways = [c for c in axes.collections if isinstance(c, LineCollection)]
    for way, pair in zip(ways, ("0_1", "0_2", "1_2"), strict=True):
        expected = np.stack([record[f"balance_{pair}"], record[f"conflict_{pair}"]], axis=1)
        segments = np.stack(way.get_segments())
        np.testing.assert_allclose(segments[:, 0], expected[:-1])
        np.testing.assert_allclose(segments[:, 1], expected[1:])
    legend = [text.get_text() for text in axes.get_legend().get_texts()]
    assert legend == ["pair 0–1", "pair 0–2", "pair 1–2"]
    said = " ".join(text.get_text() for text in axes.texts)
    assert all(word in said for word in ("balanced", "unbalanced", "agreeing", "conflicting"))


def test_later_steps_are_darker(rng):
    rgm = RGM()
    for _ in range(5):
        send_back(rgm, rng.normal(size=(2, 4, 6)))
    figure = rgm.recorder.figure()
    figure.canvas.draw()
    (way,) = (c for c in figure.axes[0].collections if isinstance(c, LineCollection))
    brightness = way.get_edgecolor()[:, :3].sum(axis=1)
    assert (np.diff(brightness) < 0).all()


def test_a_record_without_pairs_has_no_figure():
    with pytest.raises(ValueError, match=r"record: got columns \['step'\], expected balance_i_j"):
        draw_plane({"step": np.arange(3)})


def test_steps_without_numbers_leave_a_gap(rng):
    """A gradient that was not finite is recorded as it was, and not drawn."""
    rgm = RGM()
    for bad in (False, True, False):
        g = rng.normal(size=(2, 4, 6))
        g[0, 0, 0] = np.nan if bad else 0
        send_back(rgm, g)
    assert np.isnan(rgm.recorder.numpy()["norm_before_0"]).tolist() == [False, True, False]
    (way,) = (c for c in rgm.recorder.figure().axes[0].collections if isinstance(c, LineCollection))
    assert len(way.get_segments()) == 1
