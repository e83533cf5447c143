"""The search turns one dial of each method, and every value is one that the method takes."""

import math

import pytest

from rgm_torch.methods import METHODS, create
from rgm_torch.methods.timed import Timed
from rgm_torch.study.dials import DIALS
from tests.torch.methods import toys

BUDGETS = (8, 10)
"""Epochs of the study's settings."""


def test_names_are_methods():
    assert set(DIALS) <= set(METHODS)


def test_what_has_no_dial_is_as_stated():
    no_constant = {"joint", "late-fusion", "pcgrad", "gmd", "mgda", "upgrad"}
    assert set(METHODS) - set(DIALS) == no_constant | {"unimodal", "scaling"}


@pytest.mark.parametrize("name", DIALS)
def test_default_first_and_one_alternative(name):
    default, alternative = DIALS[name]
    assert default == {}
    known = METHODS[name].options()
    assert alternative
    assert all(known[option] != value for option, value in alternative.items())


@pytest.mark.parametrize("name", DIALS)
def test_methods_take_the_values(name):
    for options in DIALS[name]:
        method = create(name, toys.model(), **options)
        assert isinstance(method, METHODS[name])


@pytest.mark.parametrize("epochs", BUDGETS)
def test_windows_of_the_alternatives_differ_in_whole_epochs(epochs):
    """A part of a run is cut to epochs, where two parts may be the same."""

    def lasting(part):
        timed = Timed(toys.model())
        timed.epochs = epochs
        found = 0
        for epoch in range(epochs):
            timed.start_epoch(epoch)
            found += timed.within(part)
        return found

    default = METHODS["remixing"].options()["warmup"]
    assert lasting(DIALS["remixing"][1]["warmup"]) == 4
    assert lasting(default) == 2


def test_reconboost_keeps_its_turns_within_the_budget():
    options = METHODS["reconboost"].options() | DIALS["reconboost"][1]
    assert (options["alone"], options["together"]) == (1, 1)
    assert min(BUDGETS) >= 2 * (2 - 1) + 1


def test_control_has_the_room_of_our_rule():
    """Own terms weigh 2 α in own-residual; multi-loss must reach at least as far."""
    largest = 2 * DIALS["own-residual"][1]["alpha"]
    assert DIALS["multi-loss"][1]["weight"] >= largest
    assert math.isclose(largest, 1.8)
