"""The search: four trials for everybody, on validation data that no table uses."""

import json
from dataclasses import replace

import pytest

from rgm_torch.study.plans import PLANS
from rgm_torch.study.search import trials, tuned, winner
from rgm_torch.study.settings import SEARCH_SEED, SETTINGS
from rgm_torch.study.store import Store

SEARCHED = sorted({pair for plan in PLANS.values() for pair in plan.searched})


def finish(
    store: Store, scores: dict[int, float], row: str = "rgm", setting: str = "av-digits"
) -> None:
    """Give some trials of a row a validation accuracy, by number from 1."""
    for number, score in scores.items():
        folder = store.folder(trials(setting, row)[number - 1])
        folder.mkdir()
        (folder / "result.json").write_text(json.dumps({"validation_accuracy": score}))


@pytest.mark.parametrize(("setting", "row"), SEARCHED)
def test_every_row_has_four_different_trials_that_do_without_the_test_split(setting, row):
    found = trials(setting, row)
    assert len({run.key for run in found}) == len(found) == 4
    assert [run.variant for run in found] == [f"trial {n}" for n in (1, 2, 3, 4)]
    assert {run.setting for run in found} == {SETTINGS[setting].search or setting}
    base = SETTINGS[found[0].setting].base
    for run in found:
        assert not run.config.test
        assert run.config.seed == run.config.data_seed == SEARCH_SEED
        free = {"method": "joint", "method_options": {}, "lr": base.lr}
        assert replace(run.config, **free, seed=0, data_seed=0, test=True) == base


def test_a_dial_takes_two_learning_rates_and_no_dial_four():
    rates = {row: [run.config.lr for run in trials("av-digits", row)] for row in ("rgm", "joint")}
    assert rates == {"rgm": [0.05, 0.1, 0.05, 0.1], "joint": [0.025, 0.05, 0.1, 0.2]}


def test_the_highest_validation_accuracy_wins_over_the_seeds(tmp_path):
    store = Store(tmp_path)
    finish(store, {1: 0.5, 2: 0.4, 3: 0.6, 4: 0.7})
    best = trials("av-digits", "rgm")[3].config
    runs = tuned("av-digits", "rgm", store)
    assert len(runs) == SETTINGS["av-digits"].seeds
    assert {run.variant for run in runs} == {"tuned"}
    for run in runs:
        assert (run.config.lr, run.config.method_options) == (best.lr, best.method_options)
        assert run.config.test
        assert run.config.seed != SEARCH_SEED


def test_the_first_of_equals_wins_and_a_trial_that_failed_has_lost(tmp_path):
    store = Store(tmp_path)
    finish(store, {2: 0.5, 3: 0.5})
    candidates = trials("av-digits", "rgm")
    store.fail(candidates[0], "broken")
    assert winner(candidates, store) == candidates[1]


def test_a_row_of_which_all_trials_failed_has_no_runs(tmp_path):
    assert tuned("av-digits", "rgm", Store(tmp_path)) == []


def test_a_setting_may_take_over_what_the_search_of_another_has_chosen(tmp_path):
    """The transformer's rates and options are the CNN's on the same kind of data."""
    assert trials("transformer", "rgm") == trials("dominant", "rgm")
    store = Store(tmp_path)
    finish(store, {3: 0.5}, setting="dominant")
    runs = tuned("transformer", "rgm", store)
    chosen = trials("dominant", "rgm")[2].config
    for run in runs:
        assert (run.setting, run.config.encoder) == ("transformer", "transformer")
        assert (run.config.lr, run.config.method_options) == (chosen.lr, chosen.method_options)


def test_a_modality_stays_what_the_row_is(tmp_path):
    store = Store(tmp_path)
    finish(store, {1: 0.5}, "unimodal video")
    options = [run.config.method_options for run in tuned("av-digits", "unimodal video", store)]
    assert options == [{"modality": "video"}] * SETTINGS["av-digits"].seeds
