"""Trainings beside the real one: what a method has to find out before it can train."""

import math
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import torch

from rgm_torch.data.batch import Corpus, loader, shuffled
from rgm_torch.methods.base import Method
from rgm_torch.models.multimodal import Multimodal


def twin(model: Multimodal) -> Multimodal:
    """A copy of encoders, fusion and head, without the modulator, which belongs to the real run."""
    return deepcopy(model, {id(model.modulator): None})


def rehearse(
    method: Method,
    corpus: Corpus,
    settings: Any,
    epochs: range,
    after: Callable[[], None] = lambda: None,
) -> None:
    """Train a method for the run's given epochs; `after` is called at the end of each.

    With what joint training has in these epochs: optimizer (its state is new), learning rates, data
    order; but in full precision. All of it follows from the settings' seed, and torch's global
    generator is left as it was. A signal waits until it is over.
    Raises: Stopped for a loss that is not finite.
    """
    # rgm_torch.training imports the methods, so that they cannot import it at their beginning.
    from rgm_torch.training.assemble import make_optimizer
    from rgm_torch.training.errors import Stopped
    from rgm_torch.training.schedule import factor, set_epoch, set_rate, whole_batches

    device, size = next(method.parameters()).device, settings.batch_size
    optimizer = make_optimizer(method, settings)
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(settings.seed)
        for epoch in epochs:
            set_epoch(corpus.train, epoch)
            rows = whole_batches(shuffled(len(corpus.train), settings.seed, epoch), size)
            steps = math.ceil(len(rows) / size)
            batches = loader(corpus.train, size, order=rows, workers=settings.workers)
            method.train()
            for number, batch in enumerate(batches):
                part = (epoch + number / steps) / settings.epochs
                set_rate(optimizer, factor(settings.schedule, part))
                optimizer.zero_grad()
                loss = method.loss(batch.to(device))
                if not loss.isfinite():
                    reason = f"its loss became {loss.item()}; try a smaller lr"
                    raise Stopped(f"stopped in a training beside the real one: {reason}")
                method.backward(loss)
                optimizer.step()
            after()
