"""LFM: first match the modalities with one another, then more and more fit the labels."""

from collections.abc import Mapping, Sequence
from math import exp
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from rgm_torch.data.batch import Batch, Corpus, loader, shuffled
from rgm_torch.functional._checks import one_of
from rgm_torch.methods._eval import frozen_statistics
from rgm_torch.methods.base import Method, linear_head
from rgm_torch.methods.card import Card
from rgm_torch.methods.gradients import gradients
from rgm_torch.methods.matching import contrast, divergence
from rgm_torch.models.multimodal import Multimodal

FITTED = (0.2046, 3.355e-3, 1.230e-4, -2.929e-6, 2.238e-8, -5.397e-11)
START = 0.05
HELD = 16
WIDTH = 128


class LFM(Method):
    """L = 2 [a L_cls + (1 − a) L_match], L_cls = CE(o, y) and, the mean over pairs of modalities,

    L_match = (1/B) Σ_i ½ [KL(m_i ‖ p_i) + KL(m_i ‖ q_i)],  m = ½ (p + q),

    p and q the class distributions of two modalities, neither held fixed (`matching` "code", what
    was run), or "contrast", the paper's: symmetric InfoNCE of their features at `temperature`, on
    linear projections to 128 where widths differ. `logits`: "whole", p = softmax(M o_k) with
    o_k = W_k z_k + b/M, which is the authors' pair of averaged heads in other letters; "split",
    p = softmax(o_k), a benchmark's, softer.

    `schedule` of a: "fitted", the authors' polynomial over 200 epochs, stretched to the run and
    cut off at 1 (it rises from 0.20 to 1 at 89 % of the run and ends at 0.92); "heuristic",
    a = e^{−1/t} in epoch t = 1, 2, …; "learned", from 0.05 on, one step per epoch of
    b = 1 − a ← clip(b + 2 η_b η ∇L_held · ∇(L_match − L_cls), 0.05, 0.95), L_held = L_cls on 16
    training clips kept out of training, η the learning rate, η_b = `rate` (ours: the authors' step
    differentiates by one tensor and hardly moves). Any M ≥ 2; additive fusions, or any with
    "contrast". Source: Yang et al. 2024.
    """

    name = "lfm"
    family = "imbalance"
    card = Card(
        idea="Fitting labels drives the modalities apart, so start with matching their predictions "
        "and move the weight to classification over the run.",
        formula=r"L = 2\,[\,a\,L_{cls} + (1 - a)\,L_{match}\,], \qquad "
        r"L_{match} = \tfrac12 [\mathrm{KL}(m \Vert p) + \mathrm{KL}(m \Vert q)]",
        acts="loss",
        cost="1 forward, 1 backward",
        watch="The first epochs hardly see labels; in a short run they are missing at the end. "
        "At a = 1 it is joint training with twice the rate.",
        paper="Contrastive matching of features; a from a heuristic or learned on two levels.",
        official="A relative of the Jensen–Shannon divergence between predictions; a polynomial "
        "schedule, or a learned weight that differentiates by the first tensor only.",
        ours="The official divergence and polynomial, stretched to the run; contrast, the "
        "heuristic and a one-step learned weight by option.",
        source="Yang et al. 2024",
    )

    weight: Tensor

    def __init__(
        self,
        model: Multimodal,
        *,
        generator: torch.Generator | None = None,
        schedule: str = "fitted",
        matching: str = "code",
        logits: str = "whole",
        temperature: float = 0.1,
        rate: float = 1.0,
    ) -> None:
        super().__init__(model, generator=generator)
        if len(model.modalities) < 2:
            raise ValueError(f"modalities: got {len(model.modalities)}, expected at least 2")
        for option, value in (("temperature", temperature), ("rate", rate)):
            if not 0 < value < float("inf"):
                raise ValueError(f"{option}: got {value}, expected a finite number > 0")
        self.schedule = one_of(schedule, ("fitted", "heuristic", "learned"), "schedule")
        self.matching = one_of(matching, ("code", "contrast"), "matching")
        self.logits = one_of(logits, ("whole", "split"), "logits")
        if matching == "code":
            model.fusion.blocks(model.head.weight)  # raises where there are none
        self.projections = nn.ModuleDict()
        if matching == "contrast" and len(set(model.fusion.widths)) > 1:
            for name, width in zip(model.modalities, model.fusion.widths, strict=True):
                self.projections[name] = linear_head(width, WIDTH, self.generator)
        self.temperature, self.rate = temperature, rate
        self.register_buffer("weight", torch.tensor(START))
        self.due = False
        self.held: list[int] = []

    def begin(self, corpus: Corpus, settings: Any) -> None:
        """The length of the run, and the clips kept out of it.

        Raises: ValueError where the training split has no clips to spare.
        """
        self.epochs, self.seed, self.size = settings.epochs, settings.seed, len(corpus.train)
        if self.schedule != "learned":
            return
        if self.size <= HELD:
            raise ValueError(f"train: got {self.size} clips, expected more than {HELD} for lfm")
        self.held = torch.randperm(self.size, generator=self.generator)[:HELD].tolist()
        self.unseen = next(iter(loader(corpus.train, HELD, order=self.held)))

    def order(self, epoch: int) -> Sequence[int] | None:
        """The trainer's shuffle without the clips kept out."""
        if not self.held:
            return None
        return [row for row in shuffled(self.size, self.seed, epoch) if row not in self.held]

    def start_epoch(self, epoch: int) -> None:
        """The epoch's weight on classification; a learned one moves in the first step."""
        if self.schedule == "fitted":
            self.weight.fill_(fitted(epoch, self.epochs))
        elif self.schedule == "heuristic":
            self.weight.fill_(exp(-1 / (epoch + 1)))
        self.due = self.schedule == "learned"

    def loss(self, batch: Batch) -> Tensor:
        """2 [a L_cls + (1 − a) L_match]."""
        if self.due:
            self.learn(batch)
            self.due = False
        features = self.model.features(batch.inputs)
        labelled = cross_entropy(self.classify(features), batch.labels)
        return 2 * (self.weight * labelled + (1 - self.weight) * self.match(features))

    def match(self, features: Mapping[str, Tensor]) -> Tensor:
        """L_match of features from before the model's modulator, which sees L_cls only."""
        if self.matching == "contrast":
            shown = {name: head(features[name]) for name, head in self.projections.items()}
            return contrast(list((shown or features).values()), self.temperature)
        scale = len(self.model.modalities) if self.logits == "whole" else 1
        return divergence([scale * own for own in self.model.split_logits(features).values()])

    def learn(self, batch: Batch) -> None:
        """One step of the weight against the slope of L_held after a step of the model."""
        with frozen_statistics(self.model):
            unseen = self.model.features(self.unseen.to(batch.labels.device).inputs)
            features = self.model.features(batch.inputs)
        losses = [
            cross_entropy(self.unwatched(unseen), self.unseen.labels.to(batch.labels.device)),
            cross_entropy(self.unwatched(features), batch.labels),
            self.match(features),
        ]
        found = gradients(losses, {"all": self.parameters()}, self.scaler)["all"]
        if self.optimizer is not None and found.rows.isfinite().all():
            eta = self.optimizer.param_groups[0]["lr"]
            self.weight.copy_(learned(self.weight, found.rows, eta, self.rate))

    def unwatched(self, features: Mapping[str, Tensor]) -> Tensor:
        """The logits past the modulator: this is no step."""
        return self.model.head(
            self.model.fusion([features[name] for name in self.model.modalities])
        )


def fitted(epoch: int, epochs: int) -> float:
    """The authors' polynomial at 200 epoch/epochs, cut off at 1."""
    at = 200 * epoch / epochs
    return min(sum(c * at**power for power, c in enumerate(FITTED)), 1.0)


def learned(weight: Tensor, rows: Tensor, eta: float, rate: float) -> Tensor:
    """The new a, from the gradients of L_held, L_cls and L_match. Shapes: (), (3, d) → ()."""
    held, labelled, matched = rows
    slope = -2 * eta * torch.dot(held, matched - labelled)
    return 1 - (1 - weight - rate * slope).clamp(0.05, 0.95)
