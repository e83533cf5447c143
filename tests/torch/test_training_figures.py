"""The pictures of a run: what is in them, and the same bytes every time."""

import numpy as np
import pytest
from PIL import Image

from rgm_torch.training.figures import TIME, binned, draw, draw_energy, draw_plane, smooth, table
from rgm_torch.training.files import write_table
from rgm_torch.training.folder import Folder

PAIRS = ("audio-video", "audio-text", "video-text")


@pytest.fixture
def folder(tmp_path) -> Folder:
    """The tables of a run of 40 steps with three modalities."""
    folder, rng = Folder(tmp_path), np.random.default_rng(0)
    plane, samples = [], []
    for step in range(40):
        energies = {f"energy_{name}": step * 0.1 for name in ("audio", "video", "text")}
        balance = {f"balance_{pair}": 1 - step / 40 for pair in PAIRS}
        conflict = {f"conflict_{pair}": np.sin(step / 9) for pair in PAIRS}
        plane.append({"step": float(step), **energies, **balance, **conflict})
        for c in rng.uniform(-1, 1, size=4):
            samples.append({"step": float(step)} | {f"conflict_{pair}": c for pair in PAIRS})
    losses = [{"step": step, "loss": 2.0 - step / 20} for step in range(40)]
    for path, rows in ((folder.plane, plane), (folder.samples, samples), (folder.losses, losses)):
        write_table(path, rows)
    return folder


def test_the_same_tables_make_the_same_bytes(folder):
    names = [f"{name}.{kind}" for name in ("plane", "energy") for kind in ("svg", "png")]
    draw(folder)
    first = [(folder.path / name).read_bytes() for name in names]
    draw(folder)
    assert [(folder.path / name).read_bytes() for name in names] == first
    with Image.open(folder.path / "plane.png") as picture:
        assert picture.width > 1000


def test_the_plane_has_a_panel_per_pair_and_all_of_the_plane(folder):
    figure = draw_plane(table(folder.plane), table(folder.samples))
    panels = [axes for axes in figure.axes if axes.get_title(loc="left")]
    assert [axes.get_title(loc="left") for axes in panels] == [p.replace("-", " – ") for p in PAIRS]
    for axes in panels:
        assert axes.get_xlim()[0] <= -1 < 1 <= axes.get_xlim()[1]
        cloud = axes.collections[0].get_offsets()
        assert len(cloud) == 160
        np.testing.assert_allclose(cloud[:4, 0], 1)  # w̄ of the step that the sample was in


def test_energies_have_a_line_each_and_the_loss_another(folder):
    above, below = draw_energy(table(folder.plane), table(folder.losses)).axes
    assert [line.get_label() for line in above.lines] == ["audio", "video", "text"]
    assert len({line.get_marker() for line in above.lines}) == 3
    assert len({line.get_linestyle() for line in above.lines}) == 3
    assert len(below.lines) == 2


def test_time_runs_from_red_to_blue_and_never_pale():
    for place in np.linspace(0, 1, 11):
        red, green, blue, _ = TIME(place)
        luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
        assert luminance < 0.6  # visible on white
    assert TIME(0.0)[0] > 0.8 > 0.1 > TIME(1.0)[0]


def test_means():
    np.testing.assert_allclose(smooth(np.arange(9.0), reach=1), [0.5, 1, 2, 3, 4, 5, 6, 7, 7.5])
    np.testing.assert_allclose(binned(np.arange(6.0), bins=3), [0.5, 2.5, 4.5])
    np.testing.assert_allclose(binned(np.arange(2.0), bins=3), [0, 1])
