"""The declared runs: what the tables promise, and that no run is refused for its options."""

import json
from dataclasses import replace
from itertools import pairwise

import pytest

from rgm_torch.methods import BESIDE, METHODS, PAPER
from rgm_torch.study.plans import PLANS, READINGS, SCALES
from rgm_torch.study.settings import SEARCH_SEED, SETTINGS, TABLE_SETTINGS
from rgm_torch.training import Config
from rgm_torch.training.assemble import assemble
from rgm_torch.training.step import step
from tests.torch import tiny

FIGURES = ("fig1", "fig3", "fig4", "fig5")
CONTROLS = ("joint", "late-fusion", "multi-loss", "unimodal audio", "unimodal video")


def distinct(name: str) -> list[tuple[str, Config]]:
    """The configurations of a plan, but one for those that differ in data, seed or rate alone."""
    plan, found = PLANS[name], {}
    for run in (*plan.trials(), *plan.fixed):
        c = run.config
        found[c.method, json.dumps(c.method_options), c.fusion, c.encoder, c.optimizer] = run
    return [(str(run), run.config) for run in found.values()]


def test_the_tables_and_figures_are_there():
    assert {"table1", "table2", "table3", *FIGURES} <= set(PLANS)


@pytest.mark.parametrize("name", PLANS)
def test_no_run_is_refused(name):
    """Each is put together on tiny data, and makes one step."""
    corpus = tiny.corpus(size=140)
    found = distinct(name)
    assert found
    for label, config in found:
        try:
            parts = assemble(replace(config, width=16, batch_size=16), corpus)
        except ValueError as refusal:
            pytest.fail(f"{label}: {refusal}")
        step(parts, corpus.train.__getitems__(range(16)))


@pytest.mark.parametrize("name", PLANS)
def test_runs_are_named_apart_and_read_the_test_split_of_a_draw_of_their_own(name):
    runs = PLANS[name].fixed
    places = {(run.setting, run.method, run.variant, run.config.seed) for run in runs}
    assert len(places) == len(runs)
    for run in runs:
        assert run.config.test
        assert run.config.seed == run.config.data_seed != SEARCH_SEED


@pytest.mark.parametrize("name", PLANS)
def test_one_protocol_for_all_in_a_setting(name):
    for run in (*PLANS[name].trials(), *PLANS[name].fixed):
        base = SETTINGS[run.setting].base
        free = {"method": "joint", "method_options": {}, "lr": base.lr, "dials": base.dials}
        free |= {"seed": 0, "data_seed": 0, "test": True}
        assert replace(run.config, **free) == base


def test_tables_1_and_2_hold_the_paper_s_methods_and_the_controls_in_every_setting():
    rows = {name: set(PLANS[name].searched) for name in ("table1", "table2")}
    for setting in TABLE_SETTINGS:
        for row in (*CONTROLS, "rgm"):
            assert all((setting, row) in table for table in rows.values())
        for method in PAPER:
            assert any((setting, method.name) in table for table in rows.values())
    assert {setting for table in rows.values() for setting, _ in table} == set(TABLE_SETTINGS)


def test_the_settings_are_those_asked_for():
    bases = [SETTINGS[name].base for name in TABLE_SETTINGS]
    assert {base.encoder for base in bases} == {"cnn", "transformer"}
    assert {"av-digits", "bounce-av-dominant", "bounce-av-conflict"} <= {b.data for b in bases}
    assert all(setting.seeds >= 5 for setting in SETTINGS.values())


def test_table_3_is_two_to_the_three():
    variants = {(run.setting, run.variant): run.config for run in PLANS["table3"].fixed}
    settings = {setting for setting, _ in variants}
    assert len(variants) == 8 * len(settings)
    for (_, variant), config in variants.items():
        if variant == "none":
            assert (config.method, config.method_options) == ("joint", {})
        else:
            assert (config.method, config.method_options) == (
                "rgm", {"parts": variant.split("+")},
            )  # fmt: skip


def test_every_reading_is_an_option_of_rgm():
    known = METHODS["rgm"].options()
    assert all(option in known for options in READINGS.values() for option in options)


def test_the_frontier_is_a_log_grid_from_audio_only_to_video_only():
    pairs = {tuple(run.config.method_options["scales"]) for run in PLANS["frontier"].fixed}
    assert {(1.0, 0.0), (0.0, 1.0), (1.0, 1.0)} <= pairs
    assert len(pairs) == len(SCALES) ** 2 - 1
    above = [scale for scale in SCALES if scale]
    assert {b / a for a, b in pairwise(above)} == {4.0}


def test_figure_3_shows_the_paper_s_five():
    assert [row for _, row in PLANS["fig3"].searched] == ["joint", "pcgrad", "arm", "cggm", "rgm"]


def test_late_fusion_is_wherever_methods_are_compared():
    for name in ("table1", "table2", "questions", "fig4", "adamw"):
        plan = PLANS[name]
        places = {*plan.searched, *((run.setting, run.method) for run in plan.fixed)}
        assert all((setting, "late-fusion") in places for setting, _ in places), name


def test_only_keeps_what_a_plan_needs_in_some_settings():
    plan = PLANS["fig5"].only(["dominant"])
    assert plan.searched == (("dominant", "joint"), ("dominant", "rgm"))
    assert not PLANS["frontier"].only(["dominant"]).fixed


def test_all_methods_are_compared_somewhere():
    plans = PLANS.values()
    ran = {run.config.method for plan in plans for run in (*plan.fixed, *plan.trials())}
    aggregators = {"mgda", "upgrad", "cagrad"}  # in the benchmark, beside the study
    assert ran == {method.name for method in PAPER + BESIDE} - aggregators
