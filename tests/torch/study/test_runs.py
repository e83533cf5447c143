"""A run's key: all that decides its result, and nothing else."""

import re
from dataclasses import replace

import pytest

from rgm_torch.study.runs import Run, over_seeds
from rgm_torch.study.settings import SEARCH_SEED, SETTINGS
from rgm_torch.training import Config

RUN = Run("av-digits", "joint", "default", Config(dials={"train": 100}))

DECIDES = {
    "data": "bounce-av", "dials": {"train": 101}, "data_seed": 1, "method": "rgm",
    "method_options": {"blocks": 4}, "encoder": "transformer", "fusion": "sum", "width": 32,
    "weights": "folder", "seed": 1, "epochs": 9, "batch_size": 32, "optimizer": "adamw", "lr": 0.1,
    "momentum": 0.8, "weight_decay": 0.0, "schedule": "step", "select": "best", "test": False,
    "amp": True,
}  # fmt: skip
COMPUTES = {
    "device": "cpu", "threads": 3, "workers": 1, "checkpoint_every": 5, "time_steps": 2,
}  # fmt: skip


def changed(**values: object) -> Run:
    return replace(RUN, config=replace(RUN.config, **values))


def test_a_key_is_twelve_hex_digits():
    assert re.fullmatch("[0-9a-f]{12}", RUN.key)


def test_every_key_of_a_configuration_is_of_one_kind():
    assert DECIDES.keys() | COMPUTES.keys() == vars(RUN.config).keys()


@pytest.mark.parametrize("name", DECIDES)
def test_what_decides_the_result_changes_the_key(name):
    assert changed(**{name: DECIDES[name]}).key != RUN.key


@pytest.mark.parametrize("name", COMPUTES)
def test_how_it_is_computed_does_not(name):
    assert changed(**{name: COMPUTES[name]}).key == RUN.key


def test_a_configuration_that_two_tables_ask_for_is_one_run():
    assert replace(RUN, method="RGM without parts", variant="none").key == RUN.key


def test_the_order_of_options_does_not_matter():
    ab, ba = ({"a": 1, "b": 2}, {"b": 2, "a": 1})
    assert changed(method_options=ab).key == changed(method_options=ba).key


def test_a_run_says_where_it_stands():
    assert str(RUN) == f"av-digits, joint, default, seed 0, {RUN.key}"


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_seed_is_data_draw_and_start_at_once(setting):
    runs = over_seeds(setting, "unimodal audio", lr=0.01, options={"x": 1}, dials={"miss_v": 0.5})
    column = SETTINGS[setting]
    assert [run.config.seed for run in runs] == list(range(column.seeds))
    assert SEARCH_SEED not in range(column.seeds)
    for run in runs:
        assert run.config.data_seed == run.config.seed
        assert run.config.dials == column.base.dials | {"miss_v": 0.5}
        assert (run.config.method, run.config.lr) == ("unimodal", 0.01)
        assert run.config.method_options == {"modality": "audio", "x": 1}
        same = {"method": "joint", "method_options": {}, "lr": column.base.lr}
        same |= {"seed": 0, "data_seed": 0, "dials": column.base.dials}
        assert replace(run.config, **same) == column.base
