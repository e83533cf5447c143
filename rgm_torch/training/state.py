"""The state of a run, out to a checkpoint and back, bit for bit on the CPU."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import torch
from torch import nn

from rgm_torch.training.assemble import Parts
from rgm_torch.training.progress import Progress


def collect(parts: Parts, progress: Progress) -> dict[str, Any]:
    """Everything that the next step depends on, and the tables so far."""
    return {
        "progress": asdict(progress),
        "method": parts.method.state_dict(),
        "optimizer": parts.optimizer.state_dict(),
        "scaler": parts.scaler.state_dict(),
        "random": torch.get_rng_state(),
        "random_cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }


def restore(parts: Parts, state: Mapping[str, Any]) -> Progress:
    """Set everything that `collect` took."""
    parts.method.load_state_dict(state["method"])
    parts.optimizer.load_state_dict(state["optimizer"])
    parts.scaler.load_state_dict(state["scaler"])
    torch.set_rng_state(state["random"])
    if torch.cuda.is_available() and state["random_cuda"]:
        torch.cuda.set_rng_state_all(state["random_cuda"])
    return Progress(**state["progress"])


def first_not_finite(module: nn.Module) -> str:
    """Name of the first parameter with a NaN or infinite entry, empty if there is none."""
    bad = (name for name, p in module.named_parameters() if not p.isfinite().all())
    return next(bad, "")
