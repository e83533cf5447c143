"""The reader of a study's tables."""

import pytest

from rgm_torch.study.results import Study, table
from tests.torch.study.small import NAME, read


@pytest.fixture
def study(finished) -> Study:
    return Study(table("study", finished))


def test_a_table_is_read_as_it_stands(finished):
    assert table("study", finished) == read(finished / "study.csv")


def test_values_by_seed(study, finished):
    rows = [r for r in read(finished / "study.csv") if r["metric"] == "probe_audio"]
    found = study.seeds(NAME, "rgm", "ear", "probe_audio")
    expected = {int(r["seed"]): float(r["value"]) for r in rows if r["variant"] == "ear"}
    assert found == expected
    assert list(found) == [0, 1]


def test_the_tuned_test_accuracy_is_what_one_asks_for_first(study):
    assert study.seeds(NAME, "joint") == study.seeds(NAME, "joint", "tuned", "test_accuracy")
    assert len(study.seeds(NAME, "joint")) == 2


def test_what_was_not_run_has_no_seeds(study):
    assert study.seeds(NAME, "pcgrad") == study.seeds("nowhere", "joint") == {}
    assert study.seeds(NAME, "joint", "tuned", "height") == {}


def test_a_failed_run_has_no_value():
    row = dict.fromkeys(("setting", "method", "variant"), "x")
    failed = row | {"seed": "0", "metric": "failed", "value": "1"}
    good = row | {"seed": "1", "metric": "test_accuracy", "value": "0.5"}
    assert Study([failed, good]).seeds("x", "x", "x") == {1: 0.5}


def test_variants_are_in_the_order_of_the_table(study):
    trials = [f"trial {n}" for n in (1, 2, 3, 4)]
    assert study.variants(NAME, "joint") == [*trials, "tuned", "none"]
