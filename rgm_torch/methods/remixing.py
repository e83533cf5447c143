"""Remixing: train each clip in the one modality that is least certain about it, mask the rest."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from rgm_torch.data.batch import Batch, Corpus
from rgm_torch.functional._checks import one_of
from rgm_torch.functional._safe import widened
from rgm_torch.methods.card import Card
from rgm_torch.methods.heads import own_heads, own_logits, own_losses
from rgm_torch.methods.outputs import outputs
from rgm_torch.methods.scores import together
from rgm_torch.methods.timed import Timed, as_amount, as_part, several
from rgm_torch.models.multimodal import Multimodal

MASKS = ("skip", "zero")
NOBODY = -1


class Remixing(Timed):
    """Warm-up: L = CE(f, y) + a Σ_k CE(h_k, y), h_k = V_k z_k + a_k. After it, at every epoch's
    start and in evaluation mode, with p_i^k = softmax(h_k(z_i^k)) and K classes,

    KL_i^k = Σ_c p_i^k(c) log₂(K p_i^k(c)),  k(i) = argmin_k KL_i^k (of a tie the last modality),

    and batches whose clips all have one k(i) = k: L = CE(W_k z_k + b, y) + γ CE(h_k, y). The last
    modality's batches come first, as in the authors' code, each modality's clips shuffled; what a
    last batch lacks is filled with its first clips once more.

    `mask`: "skip" runs and steps encoder k only; "zero", the authors', runs all encoders and sets
    the other features to zero behind them, so that their gradients are zero, but their batch-norm
    statistics, momentum and weight decay go on. Skip is the default because a masked encoder should
    not drift. The head is one tensor: its blocks W_j have gradient zero in both.
    `warmup`: part of the run, 1/6 for the authors' 10 of 60 epochs. `weight`: a, ½. `gamma`: γ, 1.
    `heads`: "separate"; "split", h_k = W_k z_k + b/M, without heads of their own.
    For M > 2 the argmin is our reading. Additive fusions only, else ValueError; M ≥ 2.
    Source: Ma et al. 2025 and the authors' code.
    """

    name = "remixing"
    family = "imbalance"
    card = Card(
        idea="Train every clip in one modality only: the one that is least certain about it, in "
        "batches of one modality.",
        formula=r"k(i) = \arg\min_k \mathrm{KL}(p_i^k \,\Vert\, u), \qquad "
        r"L = CE(W_k z_k + b, y) + \gamma\, CE(h_k(z_k), y)",
        acts="data",
        cost="1 forward, 1 backward of one encoder; one pass over the data per epoch",
        watch="After the warm-up the joint head never sees two modalities at once. Certainty does "
        "not ask whether the modality is right. Compare with multi-loss, which the warm-up is.",
        paper="Samples decoupled by certainty and batched by modality, after a warm-up. Two "
        "modalities.",
        official="Features masked with zeros, so that the other encoder still decays and moves by "
        "its momentum; the number of classes in the KL is fixed to 6.",
        ours="The other encoders are neither run nor stepped; zeros by option. The true number "
        "of classes. The arg-min over any number of modalities.",
        source="Ma et al. 2025",
    )

    assigned: Tensor

    def __init__(
        self,
        model: Multimodal,
        *,
        generator: torch.Generator | None = None,
        warmup: float = 1 / 6,
        weight: float = 0.5,
        gamma: float = 1.0,
        mask: str = "skip",
        heads: str = "separate",
    ) -> None:
        super().__init__(model, generator=generator)
        several(model, self.name)
        model.fusion.blocks(model.head.weight)  # raises where a masked head is not W_k z_k + b
        self.warmup, self.mask = as_part(warmup, "warmup"), one_of(mask, MASKS, "mask")
        self.weight, self.gamma = as_amount(weight, "weight"), as_amount(gamma, "gamma")
        self.heads = own_heads(model, heads, self.generator)

    def begin(self, corpus: Corpus, settings: Any) -> None:
        """Nobody owns a clip yet."""
        super().begin(corpus, settings)
        self.train_split, self.batch_size = corpus.train, settings.batch_size
        self.register_buffer("assigned", torch.full((len(corpus.train),), NOBODY))

    def start_epoch(self, epoch: int) -> None:
        """After the warm-up: k(i) of every clip."""
        super().start_epoch(epoch)
        if not self.within(self.warmup):
            features = outputs(self, self.train_split).features
            device = self.model.head.weight.device
            moved = {name: z.to(device) for name, z in features.items()}
            logits = together(own_logits(self.model, self.heads, moved))
            self.assigned.copy_(assign(certainty(logits)))

    def order(self, epoch: int) -> Sequence[int] | None:
        """All batches of the last modality's clips, then those of the one before, and so on."""
        if (self.assigned == NOBODY).any():
            return None
        rows: list[int] = []
        for k in reversed(range(len(self.model.modalities))):
            mine = (self.assigned == k).nonzero().flatten().cpu()
            shuffled = mine[torch.randperm(len(mine), generator=self.generator)].tolist()
            rows += whole(shuffled, self.batch_size)
        return rows

    def loss(self, batch: Batch) -> Tensor:
        """That of the warm-up, or that of the one modality that the batch belongs to."""
        owners = self.assigned[batch.indices].unique().tolist()
        if owners == [NOBODY]:
            features = self.model.features(batch.inputs)
            joint = cross_entropy(self.classify(features), batch.labels)
            own = own_losses(own_logits(self.model, self.heads, features), batch.labels)
            return torch.stack([joint, *(self.weight * loss for loss in own.values())]).sum()
        if len(owners) > 1:
            raise ValueError("batch: got clips of several modalities, expected batches of `order`")
        return self.masked_loss(batch, self.model.modalities[owners[0]])

    def masked_loss(self, batch: Batch, name: str) -> Tensor:
        """CE(W_k z_k + b, y) + γ CE(h_k(z_k), y)."""
        features = self.encode(batch, name)
        seen = self.watched(features)
        kept = [z if other == name else 0 * z for other, z in seen.items()]
        joint = cross_entropy(self.model.head(self.model.fusion(kept)), batch.labels)
        own = own_logits(self.model, self.heads, features)[name]
        return joint + self.gamma * cross_entropy(own, batch.labels)

    def encode(self, batch: Batch, name: str) -> dict[str, Tensor]:
        """z_k of all modalities, or of one, with zeros in the place of the others."""
        if self.mask == "zero":
            return self.model.features(batch.inputs)
        z = self.model.encoders[name](batch.inputs[name])
        widths = zip(self.model.modalities, self.model.fusion.widths, strict=True)
        return {
            other: z if other == name else z.new_zeros(len(batch), width) for other, width in widths
        }

    def alone(self, features: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """What the separate heads say, or the slices of the joint head with its whole bias."""
        return (
            own_logits(self.model, self.heads, features) if self.heads else super().alone(features)
        )


def certainty(logits: Tensor) -> Tensor:
    """KL(p ‖ uniform) in bits, p floored at 1e-9. Shapes: (M, n, K) → (M, n)."""
    p = widened(logits).softmax(dim=-1).clamp_min(1e-9)
    return (p * (p * p.shape[-1]).log2()).sum(dim=-1)


def assign(certainty: Tensor) -> Tensor:
    """k(i) = argmin_k KL_i^k, of a tie the last. Shapes: (M, n) → integers (n,)."""
    return len(certainty) - 1 - certainty.flip(0).argmin(dim=0)


def whole(rows: list[int], batch_size: int) -> list[int]:
    """The rows, and from their start on once more what the last batch lacks."""
    size = -(-len(rows) // batch_size) * batch_size
    return [rows[i % len(rows)] for i in range(size)]
