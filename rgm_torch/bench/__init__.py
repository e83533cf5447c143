"""What RGM costs: `python -m rgm_torch bench` measures ratios on this machine and writes them."""

from rgm_torch.bench.command import main

__all__ = ["main"]
