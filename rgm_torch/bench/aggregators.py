"""Our PCGrad, MGDA and UPGrad on two gradients, against TorchJD's PCGrad on the same ones."""

from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec

import torch

from rgm_torch.bench.rows import Row, ratio, skipped
from rgm_torch.bench.timing import interleaved
from rgm_torch.methods.aggregators import aggregate, mgda, pcgrad, upgrad

RULES = {"PCGrad": pcgrad, "MGDA": mgda, "UPGrad": upgrad}
TARGETS = {512: 0.15, 50_000: 0.3, 5_000_000: 0.7}


def measure(device: torch.device, seconds: float, quick: bool) -> Iterator[Row]:
    """A ratio for each rule and length; PCGrad is TorchJD's fastest of the three."""
    for width, target in list(TARGETS.items())[: 1 if quick else None]:
        setting = f"2 × {width} float32"
        if find_spec("torchjd") is None:
            reason = 'pip install "rgm-course[integrations]"'
            yield skipped("aggregators", setting, "ours / PCGrad (TorchJD)", reason)
            continue
        from torchjd.aggregation import PCGrad

        rows = torch.randn(2, width, device=device)
        cases = {name: partial(aggregate, rows, rule) for name, rule in RULES.items()}
        times = interleaved({**cases, "TorchJD": partial(PCGrad(), rows)}, device, seconds)
        for name in RULES:
            quantity = f"{name} / PCGrad (TorchJD)"
            yield ratio(
                "aggregators", setting, quantity, times[name], times["TorchJD"], target=target
            )
