"""From a configuration to what trains: device, corpus, model, method, optimizer, monitor."""

from dataclasses import dataclass
from typing import Any

import torch

from rgm_torch import data, models
from rgm_torch.data.batch import Corpus
from rgm_torch.methods import create
from rgm_torch.methods.base import Method
from rgm_torch.training.config import Config
from rgm_torch.training.monitor import Monitor


@dataclass(frozen=True)
class Parts:
    """All that a run is made of."""

    device: torch.device
    corpus: Corpus
    method: Method
    monitor: Monitor
    optimizer: torch.optim.Optimizer
    scaler: torch.amp.GradScaler
    amp: bool

    def autocast(self) -> torch.autocast:
        """Mixed precision, where asked for: float16 with scaled losses on CUDA, else bfloat16."""
        kind = torch.float16 if self.scaler.is_enabled() else torch.bfloat16
        return torch.autocast(self.device.type, kind, enabled=self.amp)


def assemble(config: Config, corpus: Corpus | None = None) -> Parts:
    """Build everything from the configuration; torch's global generator is seeded on the way.

    Raises: ValueError for a name, dial or option that somebody does not know, each naming itself.
    """
    if config.threads:
        torch.set_num_threads(config.threads)
    device = pick_device(config.device)
    corpus = corpus or data.load(config.data, seed=config.data_seed, **config.dials)
    model = models.build(
        corpus.shapes,
        len(corpus.classes),
        encoder=config.encoder,
        fusion=config.fusion,
        width=config.width,
        seed=config.seed,
        weights=config.weights or None,
    )
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    method = create(config.method, model, generator=generator, **config.method_options).to(device)
    method.begin(corpus, config)
    monitor = Monitor(method)
    method.to(device)  # once more, for what `begin` and the monitor have added
    optimizer = make_optimizer(method, config)
    scaler = torch.amp.GradScaler(device.type, enabled=config.amp and device.type == "cuda")
    method.attach(optimizer, scaler)
    monitor.attach(method, optimizer, scaler)
    return Parts(device, corpus, method, monitor, optimizer, scaler, config.amp)


def pick_device(name: str) -> torch.device:
    """`auto` is a CUDA device if there is one, else the CPU.

    Raises: ValueError for a device that torch does not know or does not see.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        return torch.empty(0, device=name).device
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"device: got {name!r}, which torch cannot use here: {reason}") from None


def make_optimizer(method: Method, config: Config) -> torch.optim.Optimizer:
    """SGD: u ← μu + (g + λθ), θ ← θ − ηu. AdamW with β₁ = μ. Raises: ValueError for a bad μ."""
    parameters = method.parameters_to_train()
    settings: dict[str, Any] = {"lr": config.lr, "weight_decay": config.weight_decay}
    if config.optimizer == "sgd":
        return torch.optim.SGD(parameters, momentum=config.momentum, **settings)
    return torch.optim.AdamW(parameters, betas=(config.momentum, 0.999), **settings)
