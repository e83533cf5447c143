"""Extra forward passes that leave no trace in the model."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm


@contextmanager
def frozen_statistics(module: nn.Module) -> Iterator[None]:
    """Within it, batch norm does not move its running statistics.

    In training mode it still normalises by the batch, in evaluation mode by what it has learned: a
    pass gives what it would have given, and only the memory of it is missing. For passes beside the
    step's own one, above all with modalities left out.
    """
    moving = [m for m in module.modules() if isinstance(m, _BatchNorm) and m.track_running_stats]
    try:
        for norm in moving:
            norm.track_running_stats = False
        yield
    finally:
        for norm in moving:
            norm.track_running_stats = True
