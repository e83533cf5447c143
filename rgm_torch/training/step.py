"""One training step: where the hooks of a method are called."""

import math

from rgm_torch.data.batch import Batch
from rgm_torch.training.assemble import Parts


def step(parts: Parts, batch: Batch) -> float:
    """Loss, backward pass, edit, optimizer step; returns the loss.

    Raises: FloatingPointError for a loss that is not finite, before it can reach the weights.
    """
    method, optimizer, scaler = parts.method, parts.optimizer, parts.scaler
    optimizer.zero_grad()
    with parts.autocast():
        loss = method.loss(batch)
    value = loss.item()
    if not math.isfinite(value):
        raise FloatingPointError(f"the loss became {value}")
    method.backward(loss)
    scaler.unscale_(optimizer)
    method.edit()
    scaler.step(optimizer)
    scaler.update()
    method.stepped()
    return value
