"""What a method costs beside joint training: time and memory of one training step."""

import time
from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor

from rgm_torch.bench.memory import peak
from rgm_torch.data.batch import Batch, Corpus, loader
from rgm_torch.training.assemble import Parts, assemble, pick_device
from rgm_torch.training.config import Config
from rgm_torch.training.step import step
from rgm_torch.training.timing import step_ratio

MIB = 2**20


def cost(config: Config, corpus: Corpus, steps: int) -> dict[str, float]:
    """Median time of a step and memory at its peak, the method's and Joint's, and their ratios.

    A step is one of the first epoch, without what `start_epoch` does. Methods with phases work
    outside it too, or do less in it than later: teachers (IMCL), weights (G-Blending), selection
    (AL), clustering (Diag&Re), prototypes (PMR), one modality at a time (ReconBoost, and Remixing
    after its warm-up). The seconds of the whole training hold all of that; these do not.
    On a CPU the clock counts processor time, all threads together, which for one thread is the wall
    time of a machine with nothing else to do; on other devices it is wall time.
    """
    joint = replace(config, method="joint", method_options={})
    on_cpu = pick_device(config.device).type == "cpu"
    times = step_ratio(config, corpus, steps, time.process_time if on_cpu else time.perf_counter)
    memory, joint_memory = step_memory(config, corpus), step_memory(joint, corpus)
    return {
        "step_ratio": times["against_joint"],
        "step_seconds": times["step"],
        "joint_step_seconds": times["joint_step"],
        "memory_ratio": memory / joint_memory,
        "step_mib": memory / MIB,
        "joint_step_mib": joint_memory / MIB,
    }


def step_memory(config: Config, corpus: Corpus) -> int:
    """Bytes at the peak of a training step: what stays, and what the step makes.

    What stays are weights, buffers, the optimizer's state and the batch; the step makes
    activations, gradients and all else. On a CPU what torch's operations hold within themselves is
    not seen. torch's generator is left as it was.
    """
    with torch.random.fork_rng(devices=[]):
        parts = assemble(config, corpus)
        parts.monitor.remove(parts.method)
        parts.method.train()
        batch = next(iter(loader(corpus.train, config.batch_size))).to(parts.device)
        step(parts, batch)  # the first one makes the optimizer's state
        parts.optimizer.zero_grad()
        stays = {t.untyped_storage().data_ptr(): t.untyped_storage() for t in kept(parts, batch)}
        made = peak(lambda: step(parts, batch), parts.device, kept(parts, batch))
    return sum(storage.nbytes() for storage in stays.values()) + made


def kept(parts: Parts, batch: Batch) -> Iterator[Tensor]:
    """The tensors that are there before the step and after it."""
    yield from parts.method.parameters()
    yield from parts.method.buffers()
    for state in parts.optimizer.state.values():
        yield from (value for value in state.values() if isinstance(value, Tensor))
    yield from (*batch.inputs.values(), batch.labels, batch.indices)
