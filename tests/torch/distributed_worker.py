"""One of two processes that train together, run by test_distributed.py as a program of its own.

`python distributed_worker.py RANK WORLD STORE RESULT CASE`: trains on this rank's half of fixed
batches and saves what came out. With WORLD = 1 it trains alone on all of them.
"""

import sys

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from rgm_torch import RGM

CASES = {
    "sample-raw": {},
    "sample-applied": {"energy": "applied", "blocks": 2},
    "batch-raw": {"granularity": "batch", "blocks": 2},
    "batch-applied": {"granularity": "batch", "energy": "applied", "orth": "exact"},
    "logit": {"granularity": "batch", "conflict": "logit"},
    "mask": {},
    "mask-batch": {"granularity": "batch", "energy": "applied"},
    "accumulate": {"granularity": "batch"},
}


class Model(nn.Module):
    """Two encoders, the layer, a head."""

    def __init__(self, options):
        super().__init__()
        self.encoders = nn.ModuleList([nn.Linear(5, 6), nn.Linear(5, 6)])
        self.head = nn.Linear(12, 3)
        head = self.head if options.get("conflict") == "logit" else None
        self.rgm = RGM(**options, head=head, record_samples=16)

    def forward(self, x, present):
        features = self.rgm(*(e(x).tanh() for e in self.encoders), present=present)
        return self.head(torch.cat(features, dim=-1))


def run(rank: int, world: int, case: str) -> dict:
    """Four steps on batches of eight, this rank's share of each; whatever can be compared."""
    torch.manual_seed(0)
    core = Model(CASES[case]).double()
    model = DistributedDataParallel(core) if world > 1 else core
    optimizer = torch.optim.SGD(core.parameters(), lr=0.2, momentum=0.9)
    core.rgm.follow(optimizer)
    generator = torch.Generator().manual_seed(1)
    passes = 2 if case == "accumulate" else 1
    for _ in range(4):
        optimizer.zero_grad()
        for _ in range(passes):
            x = torch.randn(8, 5, generator=generator, dtype=torch.float64)
            present = torch.rand(2, 8, generator=generator) < 0.7
            own = slice(rank * 8 // world, (rank + 1) * 8 // world)
            mask = present[:, own] if case.startswith("mask") else None
            out = model(x[own], mask)
            ((out - x[own, :3] * 2).square().mean() / passes).backward()
        optimizer.step()
    record = {name: torch.from_numpy(c.copy()) for name, c in core.rgm.recorder.numpy().items()}
    samples = torch.from_numpy(core.rgm.sample_recorder.numpy()["conflict_0_1"].copy())
    state = {name: value.clone() for name, value in core.state_dict().items()}
    return {"state": state, "record": record, "samples": samples}


def main(rank: str, world: str, store: str, result: str) -> None:
    """All cases one after the other."""
    if int(world) > 1:
        address = f"file://{store}"
        dist.init_process_group("gloo", init_method=address, rank=int(rank), world_size=int(world))
    torch.save({case: run(int(rank), int(world), case) for case in CASES}, result)
    if int(world) > 1:
        dist.destroy_process_group()


if __name__ == "__main__":
    main(*sys.argv[1:])
