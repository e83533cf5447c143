"""Table 3's effects: planted ones come back, the paper's are those of its eight numbers."""

import math
from fractions import Fraction

import numpy as np
import pytest
from matplotlib.figure import Figure

from derivations.tables.data import ABLATION
from rgm_torch.study.ablation import (
    DEFAULT,
    MODELS,
    effects,
    label,
    models,
    printed,
    readings,
    surplus,
)
from rgm_torch.study.ablation_figures import forest, in_words, title
from rgm_torch.study.families import Judged, judged
from rgm_torch.study.plans import PARTS, PLANS, READINGS
from rgm_torch.study.results import Study
from rgm_torch.study.statistics import Difference, holm

close = pytest.approx
SEEDS = range(6)
EAR, SYN, ORTH = PARTS


def row(method, variant, seed, value, setting="av-digits", metric="test_accuracy"):
    names = ("setting", "method", "variant", "seed", "metric", "value")
    return dict(zip(names, map(str, (setting, method, variant, seed, metric, value)), strict=True))


def planted(gain, noise=0.0, without=()):
    """A study in which a model with these parts has the accuracy 0.5 + seed/100 + gain(parts)."""
    rng = np.random.default_rng(3)
    return Study(
        row("rgm" if parts else "joint", label(parts), seed, 0.5 + seed / 100 + gain(parts) + e)
        for parts in MODELS
        for seed, e in zip(SEEDS, noise * rng.normal(size=len(SEEDS)), strict=True)
        if (label(parts), seed) not in without
    )


def additive(parts):
    return 0.03 * (EAR in parts) - 0.01 * (ORTH in parts)


def together(parts):
    """Two parts that do nothing alone."""
    return 0.04 * ({EAR, SYN} <= parts)


# --- the eight models ----------------------------------------------------------------------------


def test_models_are_the_rows_that_the_plan_runs():
    found = {(run.method, run.variant) for run in PLANS["table3"].fixed}
    assert found == {("rgm" if parts else "joint", label(parts)) for parts in MODELS}


def test_label_does_not_depend_on_order():
    assert label(["orth", "ear"]) == label({"ear", "orth"}) == "ear+orth"
    assert label(()) == "none"


# --- effects -------------------------------------------------------------------------------------


def test_planted_main_effects_come_back_and_nothing_else():
    found = effects(models(planted(additive), "av-digits"))
    # 1e-12: sums of eight accuracies in double precision
    assert found[EAR,].mean == close(0.03, abs=1e-12)
    assert found[ORTH,].mean == close(-0.01, abs=1e-12)
    others = [one.mean for name, one in found.items() if name not in ((EAR,), (ORTH,))]
    assert others == close([0] * 5, abs=1e-12)


def test_an_interaction_is_half_of_what_one_part_changes_in_the_others_effect():
    found = effects(models(planted(together), "av-digits"))
    assert found[EAR, SYN].mean == close(0.02)
    # Each earns 0.04 beside the other and 0 without it
    assert [found[EAR,].mean, found[SYN,].mean] == close([0.02, 0.02])
    assert found[EAR, SYN, ORTH].mean == close(0, abs=1e-12)


def test_seven_effects_are_one_family():
    found = effects(models(planted(additive, noise=0.002), "av-digits"))
    assert len(found) == 7
    assert [one.adjusted for one in found.values()] == holm([one.p for one in found.values()])
    assert found[EAR,].significant
    # 0.03 is 50 standard errors, 0.002 / √2 / √6 each, so that its p bears the factor 7
    assert found[EAR,].adjusted == close(7 * min(one.p for one in found.values()))


def test_what_a_seed_does_to_all_models_drops_out():
    """Seeds differ by 5 points, effects do not: without noise the interval has no width."""
    found = effects(models(planted(additive), "av-digits"))
    assert max(one.half_width for one in found.values()) < 1e-12


def test_a_failed_run_costs_its_seed_everywhere():
    study = planted(additive, noise=0.01, without={("syn", 2)})
    assert {one.n for one in effects(models(study, "av-digits")).values()} == {5}


def test_before_anything_ran_there_is_nothing_and_no_error():
    found = effects(models(Study([]), "dominant"))
    assert all(math.isnan(one.mean) and not one.significant for one in found.values())


# --- the whole and its parts ---------------------------------------------------------------------


@pytest.mark.parametrize(("gain", "beyond"), [(additive, 0.0), (together, 0.04)])
def test_surplus_is_zero_exactly_where_gains_add_up(gain, beyond):
    found = surplus(models(planted(gain), "av-digits"))
    assert found.mean == close(beyond, abs=1e-12)
    assert found.n == 6


# --- the paper -----------------------------------------------------------------------------------

COLUMNS = ("kinetics-sounds", "crema-d", "ucf-51")


@pytest.mark.parametrize("data", COLUMNS)
def test_printed_numbers_are_the_ledgers(data):
    column = COLUMNS.index(data)
    cells = {label({part.lower() for part in parts}): int(row[column])
             for parts, row in ABLATION.items()}  # fmt: skip
    found = {label(parts): round(1e4 * one[0]) for parts, one in printed(data).items()}
    assert found == cells


def test_printed_effects_by_hand():
    """Kinetics-Sounds: EAR's main effect and EAR:Syn, added up in exact hundredths."""
    found = effects(printed("kinetics-sounds"))
    ear = Fraction(6813 + 7169 + 7054 + 7256 - 6574 - 6801 - 6752 - 7097, 4)
    ear_syn = Fraction(6574 - 6813 - 6801 + 6752 + 7169 - 7054 - 7097 + 7256, 4)
    assert [found[EAR,].mean, found[EAR, SYN].mean] == close([ear / 10**4, ear_syn / 10**4])
    assert surplus(printed("kinetics-sounds")).mean == close((682 - 239 - 227 - 178) / 10**4)


def test_one_number_has_an_effect_and_no_interval():
    for one in effects(printed("crema-d")).values():
        assert math.isfinite(one.mean)
        assert math.isnan(one.half_width)
        assert math.isnan(one.adjusted)
        assert not one.significant


def test_printed_wants_a_column_of_table_3():
    with pytest.raises(ValueError, match=r"data: got 'av-digits', expected one of kinetics-sounds"):
        printed("av-digits")


# --- readings ------------------------------------------------------------------------------------


def variants(setting):
    """What the plan runs there, the default first."""
    return list(dict.fromkeys(r.variant for r in PLANS["readings"].fixed if r.setting == setting))


@pytest.mark.parametrize("setting", ["av-digits", "conflict"])
def test_each_planned_reading_minus_the_default(setting):
    shift = {name: place / 100 for place, name in enumerate(variants(setting))}
    assert next(iter(shift)) == DEFAULT
    study = Study(
        row("rgm", name, seed, 0.8 + seed / 50 + by, setting)
        for name, by in shift.items()
        for seed in SEEDS
    )
    found = {name: one.mean for name, one in readings(study, setting).items()}
    assert found == close({name: by for name, by in shift.items() if name != DEFAULT})


def test_a_reading_that_changes_nothing_has_p_one():
    study = Study(row("rgm", name, s, 0.8 + s / 50) for name in READINGS for s in SEEDS)
    assert {(one.mean, one.adjusted) for one in readings(study, "av-digits").values()} == {(0, 1)}


def test_a_planned_reading_that_failed_stays_in_the_family():
    study = Study(row("rgm", DEFAULT, seed, 0.8 + seed / 50) for seed in SEEDS)
    found = readings(study, "av-digits")
    assert len(found) == len(READINGS) - 1
    assert all(one.n == 0 for one in found.values())


def test_judged_counts_what_failed_in_the_family():
    nan = Difference(math.nan, math.nan, math.nan, 0)
    found = judged({"one": Difference(0.1, 0.05, 0.01, 5), "other": nan})
    assert found["one"].adjusted == close(0.02)
    assert math.isnan(found["other"].adjusted)


# --- the picture ---------------------------------------------------------------------------------

NAN = math.nan
FAMILY = {
    ("ear",): Judged(0.031, 0.01, 0.001, 5, 0.007),
    ("ear", "syn"): Judged(0.001, 0.02, 0.9, 5, 1.0),
    ("orth",): Judged(NAN, NAN, NAN, 0, NAN),
}


def test_titles_are_those_that_people_write():
    assert title(("ear", "syn", "orth")) == "EAR × Syn × Orth"
    assert title("rgm") == "RGM"
    assert title("blocks=16") == "blocks=16"


def test_words_name_what_holm_leaves_and_what_is_missing():
    assert in_words(FAMILY) == "Holm leaves EAR +3.1 of 3; without a value: Orth"
    assert in_words({"rgm": FAMILY["ear", "syn"]}) == "Holm leaves none of 1"


def test_forest_is_in_points_and_fills_what_holm_leaves():
    axes = Figure().add_subplot()
    forest(axes, FAMILY)
    forest(axes, effects(printed("ucf-51")))
    bars = axes.containers
    assert [bar[0].get_xdata()[0] for bar in bars] == close([3.1, 0.1])
    assert [bar[0].get_markerfacecolor() == "none" for bar in bars] == [False, True]
    crosses = [line for line in axes.lines if line.get_marker() == "x"]
    assert crosses[1].get_xdata()[0] == close(2.56, abs=0.005)  # EAR's effect in Table 3
