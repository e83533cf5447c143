"""What a step costs: memory counted exactly, and which clock is read."""

import itertools
from dataclasses import replace

import pytest
import torch

from rgm_torch.methods import METHODS, Joint
from rgm_torch.study.cost import MIB, cost, step_memory
from rgm_torch.training.assemble import assemble
from tests.torch.tiny import config, corpus


class Keeps(Joint):
    """Joint with a buffer of one MiB."""

    def __init__(self, model, **options):
        super().__init__(model, **options)
        self.register_buffer("ballast", torch.zeros(MIB, dtype=torch.uint8))


class Makes(Joint):
    """Joint with a tensor of one MiB, made before the forward pass and alive in the whole step."""

    def loss(self, batch):
        self.ballast = torch.zeros(MIB, dtype=torch.uint8)
        return super().loss(batch)


@pytest.mark.parametrize("encoder", ["cnn", "transformer"])
def test_joint_needs_the_memory_of_joint(encoder):
    costs = cost(replace(config("joint"), encoder=encoder), corpus(), steps=1)
    assert costs["memory_ratio"] == 1
    assert costs["step_mib"] == costs["joint_step_mib"]


@pytest.mark.parametrize("method", ["pcgrad", "balgrad"])
def test_several_gradients_need_more(method):
    costs = cost(config(method), corpus(), steps=1)
    assert costs["memory_ratio"] == costs["step_mib"] / costs["joint_step_mib"] > 1


@pytest.mark.parametrize("method", [Keeps, Makes])
def test_what_stays_and_what_the_step_makes_both_count(monkeypatch, method):
    monkeypatch.setitem(METHODS, "heavy", method)
    assert step_memory(config("heavy"), corpus()) == MIB + step_memory(config("joint"), corpus())


def test_weights_momentum_gradients_and_the_batch_are_there_at_least():
    """At the optimizer's step; pictures of 16 × 16 in two modalities, 16 clips."""
    settings = replace(config("joint"), width=64)
    method = assemble(settings, corpus()).method
    weights = sum(parameter.nbytes for parameter in method.parameters())
    assert step_memory(settings, corpus()) >= 3 * weights + 16 * 2 * 16 * 16 * 4


def test_on_a_cpu_the_clock_counts_the_work_and_not_the_waiting(monkeypatch):
    """A clock of processor time that ticks whenever it is read: every step takes one tick."""
    monkeypatch.setattr("time.process_time", itertools.count().__next__)
    costs = cost(replace(config("pcgrad"), device="cpu"), corpus(), steps=2)
    assert [costs[f"{name}step_seconds"] for name in ("", "joint_")] == [1, 1]
    assert costs["step_ratio"] == 1


def test_nothing_is_drawn_and_nothing_stays_behind():
    before = torch.get_rng_state()
    first, again = (step_memory(config("ogm-ge"), corpus()) for _ in range(2))
    assert first == again
    assert torch.equal(torch.get_rng_state(), before)
