"""Toys for the tests of the methods: a corpus, models and steps, each in milliseconds.

toy = start(PCGrad, modalities=3, encoder="mlp")
losses = take_steps(toy, 2)           # the training loop's own steps
train_epoch(toy)                      # one epoch with every hook of the protocol
old, new = resumed(PCGrad)            # the step after a save and load, on both sides of it
"""

from copy import deepcopy
from dataclasses import replace

import torch
from torch import Tensor, nn

from rgm_torch import models
from rgm_torch.data.batch import Batch, Corpus, loader, shuffled
from rgm_torch.methods.base import Method
from rgm_torch.methods.outputs import outputs
from rgm_torch.models.encoder import Encoder
from rgm_torch.models.fusion import FUSIONS
from rgm_torch.models.multimodal import Multimodal
from rgm_torch.training.assemble import Parts, make_optimizer
from rgm_torch.training.monitor import Monitor
from rgm_torch.training.step import step
from tests.torch import tiny

NAMES = ("audio", "video", "text", "touch")
SHAPE = (1, 16, 16)
CLASSES = 3
CPU = torch.device("cpu")
SETTINGS = replace(tiny.CONFIG, epochs=4, width=8)


class MLP(Encoder):
    """An encoder without convolutions and without batch norm."""

    def __init__(self, shape: tuple[int, ...], width: int):
        super().__init__(shape, width)
        self.layers = nn.Sequential(nn.Linear(256, 12), nn.ReLU(), nn.Linear(12, width))

    def encode(self, x: Tensor) -> Tensor:
        return self.layers(x.flatten(1))


def corpus(modalities: int = 2, size: int = 120) -> Corpus:
    """120 training clips of three classes, eight batches of 15 or seven and a half of 16."""
    return tiny.corpus(size, CLASSES, NAMES[:modalities])


def model(
    modalities: int = 2, encoder: str = "mlp", fusion: str = "concat", seed: int = 0
) -> Multimodal:
    """A model with encoders "mlp", "cnn" (batch norm) or "transformer", of the seed's weights."""
    shapes = dict.fromkeys(NAMES[:modalities], SHAPE)
    if encoder != "mlp":
        return models.build(shapes, CLASSES, encoder=encoder, fusion=fusion, width=8, seed=seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        encoders = {name: MLP(SHAPE, 8) for name in shapes}
        return Multimodal(encoders, FUSIONS[fusion]([8] * modalities), CLASSES)


def batch(modalities: int = 2, size: int = 16) -> Batch:
    """The first clips of the training split."""
    return corpus(modalities).train.__getitems__(range(size))


def start(
    method: type[Method],
    modalities: int = 2,
    encoder: str = "mlp",
    fusion: str = "concat",
    seed: int = 0,
    monitor: bool = True,
    scale: float = 0.0,
    **options,
) -> Parts:
    """All parts of a run, in the order in which the trainer puts them together.

    `scale`: AMP's loss scaling from this factor on (in single precision), 0 for none.
    """
    data = corpus(modalities)
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    ours = method(model(modalities, encoder, fusion, seed), generator=generator, **options)
    ours.begin(data, SETTINGS)
    watch = Monitor(ours)
    if not monitor:
        ours.model.modulator = None
    optimizer = make_optimizer(ours, SETTINGS)
    scaler = torch.amp.GradScaler("cpu", init_scale=scale or 1.0, enabled=scale > 0)
    ours.attach(optimizer, scaler)
    if monitor:
        watch.attach(ours, optimizer, scaler)
    return Parts(CPU, data, ours.train(), watch, optimizer, scaler, amp=False)


def batches(toy: Parts, epoch: int = 0):
    """An epoch's batches, in the method's order or the trainer's shuffle."""
    order = toy.method.order(epoch)
    rows = shuffled(len(toy.corpus.train), 0, epoch) if order is None else order
    return loader(toy.corpus.train, SETTINGS.batch_size, order=rows)


def take_steps(toy: Parts, count: int, epoch: int = 0, skip: int = 0) -> list[float]:
    """Losses of the steps `skip` … `skip + count − 1` of an epoch, without its other hooks."""
    chosen = list(batches(toy, epoch))[skip : skip + count]
    assert len(chosen) == count, "the epoch has too few batches"
    return [step(toy, one) for one in chosen]


def train_epoch(toy: Parts, epoch: int = 0) -> list[float]:
    """One epoch as the loop does it: start, order, steps, evaluation, finish."""
    toy.method.start_epoch(epoch)
    toy.method.train()
    losses = [step(toy, one) for one in batches(toy, epoch)]
    outputs(toy.method, toy.corpus.validation)
    toy.method.finish_epoch(epoch)
    return losses


def values(toy: Parts) -> dict[str, Tensor]:
    """Copies of all parameters and buffers, by name (extra state aside)."""
    state = {**dict(toy.method.named_parameters()), **dict(toy.method.named_buffers())}
    return {name: value.detach().clone() for name, value in state.items()}


def resumed(
    method: type[Method], modalities: int = 2, encoder: str = "mlp", steps: int = 3, **options
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The state after epoch 0 and `steps` + 1 steps of epoch 1: gone on with, and resumed.

    The second one was built anew and given the first one's state before its last step.
    """
    old, new = (start(method, modalities, encoder, **options) for _ in range(2))
    train_epoch(old)
    old.method.start_epoch(1)
    old.method.train()
    rows = list(batches(old, 1))  # the order is saved with a run, not asked for again
    for one in rows[:steps]:
        step(old, one)
    new.method.load_state_dict(deepcopy(old.method.state_dict()))
    new.optimizer.load_state_dict(deepcopy(old.optimizer.state_dict()))  # torch would share it
    for toy in (old, new):
        step(toy, rows[steps])
    return values(old), values(new)


def gradients(toy: Parts, one: Batch | None = None) -> dict[str, Tensor]:
    """What a step would hand to the optimizer, by parameter; those without a gradient aside."""
    toy.optimizer.zero_grad()
    one = batch(len(toy.corpus.modalities)) if one is None else one
    toy.method.backward(toy.method.loss(one))
    toy.method.edit()
    found = {n: p.grad for n, p in toy.method.named_parameters() if p.grad is not None}
    return {name: gradient.clone() for name, gradient in found.items()}


def fight(toy: Parts) -> Parts:
    """Make joint and unimodal gradients fight: own heads that read the joint head's opposite."""
    model = toy.method.model
    blocks = model.fusion.blocks(model.head.weight)
    for head, block in zip(toy.method.heads.values(), blocks, strict=True):
        head.weight.data.copy_(-3 * block)
        head.bias.data.zero_()
    return toy


def same(ours, theirs) -> None:
    """Equal bit for bit (tensors, or dictionaries of them)."""
    torch.testing.assert_close(ours, theirs, rtol=0, atol=0)
