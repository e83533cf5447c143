"""Sums over the global batch of PyTorch's own data parallelism, as `torchrun` starts it.

K processes with B samples each act like one with K·B: at sample granularity energies and recorded
means are of all samples, at batch granularity the Gram matrices too; only such small matrices
travel. The default process group is taken to be the processes that share a batch. All of them must
call the layer alike, all with `present` or all without it, and as often. DistributedDataParallel
averages the processes' mean losses; where a last batch is uneven that is no mean over its samples,
and the energies are those of DDP's average.
"""

import torch.distributed as dist
from torch import Tensor


def world_size() -> int:
    """Processes that train together; 1 where nothing is distributed."""
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def summed(local: Tensor) -> Tensor:
    """The tensor summed over all processes. Every process must call it at the same place."""
    if world_size() == 1:
        return local
    total = local.clone()
    dist.all_reduce(total)
    return total
