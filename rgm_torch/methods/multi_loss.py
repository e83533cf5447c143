"""Joint training plus every modality's own loss: the control of all methods that add losses."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from rgm_torch.data.batch import Batch
from rgm_torch.methods.base import Method
from rgm_torch.methods.card import Card
from rgm_torch.methods.heads import own_heads, own_logits, own_losses
from rgm_torch.models.multimodal import Multimodal


class MultiLoss(Method):
    """L = L_mm + λ Σ_k L_k with L_mm = CE(o, y) of the fused logits and L_k = CE(o_k, y).

    `heads`: "separate", o_k = V_k z_k + a_k with heads of their own; "split", o_k = W_k z_k + b/M,
    slices of the joint head, which the L_k then push too (additive fusions only). Separate is the
    default because it leaves the joint head to the joint loss.
    `weight`: λ; 1 is the uniform sum, 0 is joint training bit for bit. The prediction is the joint
    head's. Any M. Source: no single one; the sum that Yu et al. 2020 and Wei & Hu 2024 start from.
    """

    name = "multi-loss"
    family = "control"
    card = Card(
        idea="Add to the joint loss one loss per modality, so that no encoder falls silent "
        "when the others have explained the label.",
        formula=r"L = L_{mm} + \lambda \sum_k L_k",
        acts="loss",
        cost="1 forward, 1 backward",
        watch="Whatever a multi-loss method gains must be measured against this sum, not against "
        "joint training: the added losses alone explain most of it.",
        paper="Not a method of its own in the papers compared here.",
        official="Heads of their own in MMPareto's code; slices of the joint head in "
        "BalanceBenchmark.",
        ours="Separate heads and unit weights by default; slices and another weight by option, "
        "because both are in use.",
        source="after Wei & Hu 2024 and Yu et al. 2020",
    )

    def __init__(
        self,
        model: Multimodal,
        *,
        generator: torch.Generator | None = None,
        heads: str = "separate",
        weight: float = 1.0,
    ) -> None:
        super().__init__(model, generator=generator)
        if not 0 <= weight < float("inf"):
            raise ValueError(f"weight: got {weight}, expected a finite number >= 0")
        self.weight = weight
        self.heads = own_heads(model, heads, self.generator)

    def loss(self, batch: Batch) -> Tensor:
        """Their sum."""
        features = self.model.features(batch.inputs)
        return torch.stack(self.tasks(features, batch.labels)).sum()

    def tasks(self, features: Mapping[str, Tensor], labels: Tensor) -> list[Tensor]:
        """The losses L_mm, λ L_1, …, λ L_M."""
        joint = cross_entropy(self.classify(features), labels)
        own = own_losses(own_logits(self.model, self.heads, features), labels)
        return [joint, *(self.weight * loss for loss in own.values())]

    def groups(self) -> dict[str, Sequence[Tensor]]:
        """Encoders' parameters by modality; under "head" those of fusion, joint and own heads."""
        groups = self.model.parameters_of
        return {**groups, "head": [*groups["head"], *self.heads.parameters()]}

    def alone(self, features: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """What the separate heads say, or the slices of the joint head with its whole bias."""
        if self.heads:
            return own_logits(self.model, self.heads, features)
        return super().alone(features)
