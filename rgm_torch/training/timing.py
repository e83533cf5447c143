"""What a method's training step costs: time against Joint, in one process, interleaved."""

import statistics
import time
from collections.abc import Callable
from dataclasses import replace

import torch

from rgm_torch.data.batch import Batch, Corpus, loader
from rgm_torch.training.assemble import Parts, assemble
from rgm_torch.training.config import Config
from rgm_torch.training.step import step

WARM_UP = 5


def step_ratio(
    config: Config, corpus: Corpus, steps: int, clock: Callable[[], float] = time.perf_counter
) -> dict[str, float]:
    """Median seconds per step of the method and of Joint, and their ratio; wall time by default.

    Both take turns on the same batch, so that whatever else the machine does hits both alike.
    Neither carries what only watches. torch's generator is left as it was.
    """
    random = torch.get_rng_state()
    ours = assemble(config, corpus)
    joint = assemble(replace(config, method="joint", method_options={}), corpus)
    for parts in (ours, joint):
        parts.monitor.remove(parts.method)
        parts.method.train()
    batch = next(iter(loader(corpus.train, config.batch_size))).to(ours.device)
    times: dict[str, list[float]] = {"step": [], "joint_step": []}
    turn = [("step", ours), ("joint_step", joint)]
    for _ in range(WARM_UP + steps):
        for name, parts in turn:
            times[name].append(timed_step(parts, batch, clock))
        turn.reverse()  # neither always finds the caches as the other left them
    torch.set_rng_state(random)
    medians = {name: statistics.median(values[WARM_UP:]) for name, values in times.items()}
    return medians | {"against_joint": medians["step"] / medians["joint_step"]}


def timed_step(parts: Parts, batch: Batch, clock: Callable[[], float]) -> float:
    """Seconds of one training step, the device's work included."""
    start = clock()
    step(parts, batch)
    if parts.device.type != "cpu":
        torch.accelerator.synchronize()
    return clock() - start
