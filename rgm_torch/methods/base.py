"""The protocol of all methods: where a method steps into training. `Joint` is all defaults.

One training step of the loop is

    optimizer.zero_grad(); loss = method.loss(batch); method.backward(loss); method.edit()
    optimizer.step(); method.stepped()

and one epoch is start_epoch, order, the steps, the evaluation on the validation split and
finish_epoch.
"""

import inspect
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from rgm_torch.data.batch import Batch, Corpus
from rgm_torch.methods.card import Card
from rgm_torch.models.multimodal import Multimodal


class Method(nn.Module):
    """A way to train a multimodal classifier; the base class trains it jointly.

    A method owns the model and all that it adds to it (extra heads, teachers, snapshots, counters)
    as submodules and buffers, so that its `state_dict` is all of its state: a run that was stopped
    loads it and goes on bit for bit. Random numbers come from `generator`, whose state is part of
    the state too. Options are the keyword arguments of a subclass' `__init__`.
    """

    name: ClassVar[str]
    family: ClassVar[str]
    """One of: baseline, reconciling, imbalance, conflict, control, aggregator, ours."""
    variant: ClassVar[str] = ""
    """What a table row must add where the method is not the whole published one."""
    card: ClassVar[Card]

    def __init__(self, model: Multimodal, *, generator: torch.Generator | None = None) -> None:
        super().__init__()
        self.model = model
        self.generator = generator or torch.Generator().manual_seed(0)
        self.optimizer: torch.optim.Optimizer | None = None
        self.scaler = torch.amp.GradScaler(enabled=False)

    @classmethod
    def options(cls) -> dict[str, Any]:
        """Names of the options and their defaults."""
        signature = inspect.signature(cls.__init__).parameters.values()
        own = (p for p in signature if p.kind is p.KEYWORD_ONLY and p.name != "generator")
        return {p.name: p.default for p in own}

    def begin(self, corpus: Corpus, settings: Any) -> None:
        """Once before training; on resume too, before the state is loaded.

        Here a method makes whatever it adds to the model, of the right shapes, and trains its
        teachers. `settings` is the configuration of the run.
        """

    def parameters_to_train(self) -> list[nn.Parameter]:
        """What the optimizer steps: all parameters that ask for a gradient."""
        return [parameter for parameter in self.parameters() if parameter.requires_grad]

    def attach(
        self, optimizer: torch.optim.Optimizer, scaler: torch.amp.GradScaler | None = None
    ) -> None:
        """Once, between `begin` and the first step: the optimizer and the loss scaling of AMP."""
        self.optimizer = optimizer
        self.scaler = scaler or self.scaler

    def start_epoch(self, epoch: int) -> None:
        """Before an epoch (from 0). A run resumed within an epoch does not start it again."""

    def order(self, epoch: int) -> Sequence[int] | None:
        """Rows of the training split, in the order wanted; None for the trainer's shuffle.

        Rows may be left out or come twice; the trainer cuts them into batches of one size, and
        leaves out what does not fill one. A method that groups rows finds out by `batch.indices`
        which ones are in a batch.
        """
        return None

    def loss(self, batch: Batch) -> Tensor:
        """L = CE(o, y), o the fused logits, the mean over the batch."""
        return cross_entropy(self.classify(self.model.features(batch.inputs)), batch.labels)

    def backward(self, loss: Tensor) -> None:
        """Fill `.grad`; with AMP of the scaled loss, which the loop unscales before `edit`."""
        self.scaler.scale(loss).backward()

    def edit(self) -> None:
        """Change `.grad` before the optimizer step; a parameter whose `.grad` is None stays."""

    def stepped(self) -> None:
        """After the optimizer step."""

    def finish_epoch(self, epoch: int) -> None:
        """After the epoch's evaluation; what changes here shows in the next one."""

    def classify(self, features: Mapping[str, Tensor]) -> Tensor:
        """Logits (B, K) of the method's prediction from the features {z_k}."""
        return self.model.classify(features)

    def watched(self, features: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The features behind the model's modulator, which edits or records their gradients.

        For methods that read features past `model.classify`; a step should go through it once.
        """
        if self.model.modulator is None:
            return dict(features)
        names = self.model.modalities
        return dict(
            zip(names, self.model.modulator(*(features[name] for name in names)), strict=True)
        )

    def predict(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """Logits (B, K) at evaluation."""
        return self.classify(self.model.features(inputs))

    def alone(self, features: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """What each modality says alone: l_k = W_k z_k + b, with the whole bias.

        The bias stands for the class prior, and each modality on its own needs all of it.
        Raises: ValueError where the head is not additive, so that the logits have no such parts.
        """
        rest = self.model.head.bias * (1 - 1 / len(self.model.modalities))
        return {name: part + rest for name, part in self.model.split_logits(features).items()}

    def get_extra_state(self) -> Any:
        """The state of the random numbers, beside parameters and buffers."""
        return self.generator.get_state()

    def set_extra_state(self, state: Any) -> None:
        """Set what `get_extra_state` returned."""
        self.generator.set_state(state)


def linear_head(width: int, classes: int, generator: torch.Generator) -> nn.Linear:
    """A linear head (K, d) with torch's default start, W, b ~ U(±1/√d), drawn by `generator`."""
    head = nn.utils.skip_init(nn.Linear, width, classes)
    for parameter in head.parameters():
        nn.init.uniform_(parameter, -(width**-0.5), width**-0.5, generator=generator)
    return head
