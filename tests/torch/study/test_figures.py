"""The figures from small made-up tables: what is drawn and said are the tables' numbers."""

import subprocess
import sys
from itertools import product

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from rgm_torch.study.figures import draw_all, fig1a, fig1b, fig1c, fig3, fig5, frontier
from rgm_torch.study.figures.labels import place
from rgm_torch.study.figures.look import TIME
from rgm_torch.study.figures.words import compared, listed, plus_minus
from rgm_torch.study.results import Study
from rgm_torch.study.statistics import Difference, Interval
from rgm_torch.study.tidy import COLUMNS, write_rows

PLACE = ("setting", "method", "variant", "seed")
SHIFT = {0: 0.01, 1: -0.01}
"""What a seed does to every method alike: means are exact, differences have no width."""


def rows(names, *values):
    """Rows as the CSV reader gives them: text."""
    return [dict(zip(names, map(str, row), strict=True)) for row in values]


def per_epoch(place, metric, values):
    """A metric over the epochs of two seeds."""
    return [
        (*place, seed, epoch, metric, value + shift)
        for epoch, value in enumerate(values, start=1)
        for seed, shift in SHIFT.items()
    ]


@pytest.fixture
def epochs():
    """Joint and PCGrad over three epochs, and Joint where ever more video is missing."""
    joint, pcgrad = (("av-digits", method, "tuned") for method in ("joint", "pcgrad"))
    found = per_epoch(joint, "balance", (1.0, 0.9, 0.8)) + per_epoch(joint, "conflict", (0.2,) * 3)
    found += per_epoch(pcgrad, "balance", (1.0, 0.8, 0.5))
    found += per_epoch(pcgrad, "conflict", (0.2, 0.3, 0.4))
    for share in (0.0, 0.4, 0.8):
        where = ("redundant", "joint", f"missing={share}")
        found += per_epoch(where, "balance", (1.0, 1.0 - share))
        found += per_epoch(where, "conflict", (0.3 - share / 4, 0.1 - share / 4))
    return rows((*PLACE, "epoch", "metric", "value"), *found)


@pytest.fixture
def samples():
    """Two methods with 40 samples each: w̄ falls, and one in four samples is in conflict."""
    return rows(
        (*PLACE, "step", "balance", "conflict"),
        *(
            ("av-digits", method, "tuned", 0, step, 1 - step / 100, -0.3 if step % 4 == 0 else 0.1)
            for method in ("rgm", "joint")
            for step in range(40)
        ),
    )


@pytest.fixture
def steps():
    """Energies that grow evenly, audio's four times as fast, and a loss that falls to one."""
    return rows(
        (*PLACE, "step", "loss", "energy_audio", "energy_video"),
        *(
            (setting, method, "tuned", 0, 5 * n, max(1, 3 - n / 5), 4 * (n + 1), n + 1)
            for setting, method in product(("av-digits", "dominant"), ("joint", "rgm"))
            for n in range(40)
        ),
    )


@pytest.fixture
def measured():
    """Rows of study.csv: three methods on the plane, constant scales, and modalities alone."""
    found = []

    def add(method, variant, setting="av-digits", **metrics):
        for (seed, shift), (metric, value) in product(SHIFT.items(), metrics.items()):
            start = ("run", setting, method, variant, setting, "cnn", seed)
            found.append((*start, metric, value + shift, 1, ""))

    add("joint", "tuned", balance=0.6, conflict=0.1, test_accuracy=0.8)
    add("rgm", "tuned", balance=0.7, conflict=0.2, test_accuracy=0.85)
    add("late-fusion", "tuned", balance=0.9, conflict=-0.1, test_accuracy=0.9)
    for setting, method in product(("av-digits", "dominant"), ("joint", "rgm")):
        add(method, "tuned", setting, kept_audio=0.6, kept_video=0.4)
    for method in ("joint", "rgm"):
        add(method, "tuned", "dominant", test_accuracy=0.8)
    add("unimodal audio", "tuned", test_accuracy=0.7)
    add("rgm", "ear", test_accuracy=0.75)
    for a, v in product((0.0, 0.25, 1.0), repeat=2):
        if a or v:
            probes = {"probe_audio": 0.6 + a / 10, "probe_video": 0.5 + v / 10}
            add("scaling", f"{a}:{v}", test_accuracy=0.84 if a > v > 0 else 0.8, **probes)
    return rows(COLUMNS, *found)


# --- Figure 1 ------------------------------------------------------------------------------------


def test_fig1a_draws_the_mean_over_seeds_for_the_methods_that_are_there(epochs):
    conflict, balance = fig1a.draw(epochs).axes
    np.testing.assert_allclose(balance.lines[0].get_ydata(), (1.0, 0.9, 0.8))
    np.testing.assert_allclose(balance.lines[1].get_ydata(), (1.0, 0.8, 0.5))
    np.testing.assert_allclose(conflict.lines[1].get_ydata(), (0.2, 0.3, 0.4))
    assert [text.get_text() for text in balance.get_legend().texts] == ["Joint", "PCGrad"]
    assert all(axes.get_xlabel() == "epoch" and axes.get_ylabel() for axes in (conflict, balance))


def test_fig1a_says_which_way_pcgrad_went(epochs):
    words = fig1a.alt(epochs)
    assert "Joint at c = 0.200" in words
    assert "PCGrad's c is higher by 0.200 ± 0.000 and its w̄ is lower by 0.300 ± 0.000" in words


def test_fig1b_has_a_panel_for_each_metric_there_is(epochs):
    negative = [row | {"metric": "negative"} for row in epochs if row["metric"] == "conflict"]
    assert len(fig1b.draw(epochs).axes) == 2
    assert len(fig1b.draw(epochs + negative).axes) == 3


def test_fig1b_takes_balance_at_the_end_and_conflict_over_the_training(epochs):
    balance, conflict = fig1b.draw(epochs).axes
    np.testing.assert_allclose(balance.lines[0].get_xdata(), (0, 0.4, 0.8))
    np.testing.assert_allclose(balance.lines[0].get_ydata(), (1.0, 0.6, 0.2))
    np.testing.assert_allclose(conflict.lines[0].get_ydata(), (0.2, 0.1, 0.0), atol=1e-12)
    assert len(balance.lines[1].get_xdata()) == 6  # a dot per run
    words = fig1b.alt(epochs)
    assert "from 0% to 80%" in words
    assert "lower by 0.800 ± 0.000" in words  # balance
    assert "lower by 0.200 ± 0.000" in words  # conflict


def test_fig1c_has_larger_spots_where_accuracy_is_higher(measured):
    axes = fig1c.draw(Study(measured)).axes[0]
    clouds = (found for found in axes.collections if isinstance(found, PathCollection))
    spots = [spot for spot in clouds if len(spot.get_offsets())]
    where = {tuple(np.round(spot.get_offsets()[0], 6)): spot.get_sizes()[0] for spot in spots}
    assert where[0.6, 0.1] < where[0.7, 0.2] < where[0.9, -0.1]
    assert {text.get_text() for text in axes.texts} >= {"Joint", "RGM", "Late fusion"}
    words = fig1c.alt(Study(measured))
    assert "3 methods" in words
    assert "The means of c span 0.300; the median 95 % interval is ± 0.127" in words  # t₁ = 12.7
    assert "Most accurate: Late fusion (90.0%)" in words


def test_names_cover_neither_each_other_nor_spots(measured):
    figure = fig1c.draw(Study(measured))
    axes = figure.axes[0]
    for text in list(axes.texts):
        text.remove()
    x, y = np.meshgrid(np.linspace(0.6, 0.75, 4), np.linspace(0, 0.1, 4))
    spots = {f"method {n}": (*xy, 60.0) for n, xy in enumerate(zip(x.flat, y.flat, strict=True))}
    written = place(figure, axes, spots)
    figure.draw_without_rendering()
    boxes = [Text.get_window_extent(text) for text in written]  # without their lines
    boxes += [
        Bbox.from_bounds(*axes.transData.transform(spot[:2]), 1, 1) for spot in spots.values()
    ]
    for number, box in enumerate(boxes):
        assert box.count_overlaps(boxes[:number]) == 0


# --- Figures 3 and 5 -----------------------------------------------------------------------------


def test_fig3_has_a_panel_per_method_and_one_for_the_whole_plane(samples):
    figure = fig3.draw(samples)
    joint, rgm, *empty, whole, _ = figure.axes
    assert [axes.get_title(loc="left") for axes in (joint, rgm)] == ["(a) Joint", "(b) RGM"]
    assert not any(axes.axison for axes in empty)
    assert len(joint.collections[0].get_offsets()) == 40
    assert (joint.get_xlim(), joint.get_ylim()) == (rgm.get_xlim(), rgm.get_ylim())
    assert joint.get_xlim()[0] < 0.61 < 1 < joint.get_xlim()[1]
    assert whole.get_xlim()[0] < -1 < 1 < whole.get_xlim()[1]


def test_fig3_says_where_the_means_went_and_how_many_samples_conflict(samples):
    # steps 0 … 3 and 36 … 39: w̄ = 1 − 1.5/100 and 1 − 37.5/100, c = (−0.3 + 3 × 0.1)/4
    assert "Joint from (0.98, +0.00) to (0.62, +0.00), 25% with c < 0" in fig3.alt(samples).replace(
        "-0.00", "+0.00"
    )


def test_time_is_ever_darker():
    luminance = TIME(np.linspace(0, 1, 20))[:, :3] @ (0.2126, 0.7152, 0.0722)
    assert np.all(np.diff(luminance) < 0)
    assert TIME(0.0)[0] > TIME(0.0)[2]  # red first
    assert TIME(1.0)[2] > TIME(1.0)[0]  # blue last


def test_fig5_draws_energies_and_loss_of_both_methods(steps):
    figure = fig5.draw(steps)
    assert len(figure.axes) == 4  # two settings
    energies, losses = figure.axes[:2]
    np.testing.assert_allclose(energies.lines[0].get_ydata()[-1], 0.8)
    np.testing.assert_allclose(energies.lines[1].get_ydata()[-1], 0.2)
    assert len(energies.lines) == 4
    assert len(losses.lines) == 4  # of single steps and smooth
    assert "audio ends at 4.00 times video's, the loss goes from 3.00 to 1.00" in fig5.alt(steps)
    assert "2e+02 spent in all" in fig5.alt(steps)
    assert "half-way audio has 52%" in fig5.alt(steps)  # 21 of 40 steps


# --- the frontier --------------------------------------------------------------------------------


def test_the_frontier_shows_every_cell_and_every_yardstick(measured):
    figure = frontier.draw(Study(measured))
    grids, (methods,) = figure.axes[:3], figure.subfigs[1].axes
    for axes in grids:
        texts = [text.get_text() for text in axes.texts]
        assert len(texts) == 9
        assert texts.count("not run") == 1  # (0, 0)
    accuracies = grids[0].images[0].get_array()
    assert accuracies.mask[0, 0]
    np.testing.assert_allclose(accuracies[1, 2], 84)  # row s_v = 0.25, column s_a = 1
    assert [label.get_text() for label in methods.get_yticklabels()] == [
        "Audio alone", "Constant scales, (1, 1)", "Constant scales, best: (1, 0.25)",
        "EAR, a part of RGM", "Joint", "RGM", "Late fusion",
    ]  # fmt: skip
    np.testing.assert_allclose([bar[0].get_xdata()[0] for bar in methods.containers],
                               (70, 80, 84, 75, 80, 85, 90))  # fmt: skip


def test_the_frontier_says_what_the_best_scales_are_worth(measured):
    words = frontier.alt(Study(measured))
    assert "Best scales: audio 1, video 0.25, accuracy 0.840" in words
    assert "against (1, 1), seed by seed, higher by 0.040 ± 0.000" in words
    assert "Best unequal scales: audio 1, video 0.25, accuracy 0.840" in words
    assert "Late fusion 0.900 ± 0.127" in words  # t₁ = 12.7


# --- words, and all of it ------------------------------------------------------------------------


def test_words_claim_no_more_than_the_seeds_tell():
    assert plus_minus(Interval(0.5, np.nan, 1)) == "0.500 (one seed)"
    assert compared(Difference(0.1, 0.2, 0.3, 5)) == "not told apart (+0.100 ± 0.200)"
    assert compared(Difference(-0.1, 0.2, 0.3, 5)) == "not told apart (−0.100 ± 0.200)"
    assert compared(Difference(-0.3, 0.2, 0.01, 5)) == "lower by 0.300 ± 0.200"
    assert "fewer than two seeds" in compared(Difference(np.nan, np.nan, np.nan, 0))
    assert [listed(list("abc"[:n])) for n in range(4)] == ["", "a", "a and b", "a, b and c"]


def test_draw_all_writes_pictures_and_words(tmp_path, epochs, samples, steps, measured):
    tables = {"epochs": epochs, "samples": samples, "steps": steps, "study": measured}
    for name, table in tables.items():
        write_rows(tmp_path / f"{name}.csv", list(table[0]), [list(row.values()) for row in table])
    draw_all(tmp_path, tmp_path / "figures")
    names = {path.name for path in (tmp_path / "figures").iterdir()}
    figures = ("fig1a", "fig1b", "fig1c", "fig3", "fig4", "fig5", "frontier")
    assert {f"{name}.{kind}" for name in figures for kind in ("png", "svg", "txt")} <= names
    assert "PCGrad" in (tmp_path / "figures" / "fig1a.txt").read_text(encoding="utf-8")


def test_the_study_needs_no_matplotlib():
    code = "import sys, rgm_torch.study.tables, rgm_torch.study.results as r\n"
    code += "assert 'matplotlib' not in sys.modules, 'matplotlib'"
    subprocess.run([sys.executable, "-c", code], check=True)
