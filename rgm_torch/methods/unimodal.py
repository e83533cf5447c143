"""One modality trained alone: what it can reach when no other one explains the label first."""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from rgm_torch.data.batch import Batch
from rgm_torch.methods.base import Method, linear_head
from rgm_torch.methods.card import Card
from rgm_torch.models.multimodal import Multimodal


class Unimodal(Method):
    """L = CE(V_k z_k + a_k, y) for one modality k; the others are neither run nor changed.

    `modality`: its name ("" for the first one).
    """

    name = "unimodal"
    family = "control"
    card = Card(
        idea="Train one encoder with a head of its own, and nothing else.",
        formula=r"L = \mathrm{CE}(V_k z_k + a_k,\; y)",
        acts="loss and prediction",
        cost="1 forward, 1 backward, of one encoder",
        watch="What a modality can reach, under the budget of the joint run; the joint run may "
        "leave it far below.",
        paper="The bars of Fig. 4 ask for it; the tables do not show it.",
        official="None: it is a standard control.",
        ours="The modality is an option.",
        source="standard",
    )

    def __init__(
        self,
        model: Multimodal,
        *,
        generator: torch.Generator | None = None,
        modality: str = "",
    ) -> None:
        super().__init__(model, generator=generator)
        self.modality = modality or model.modalities[0]
        if self.modality not in model.modalities:
            known = ", ".join(model.modalities)
            raise ValueError(f"modality: got {modality!r}, expected one of {known}")
        width = model.fusion.widths[model.modalities.index(self.modality)]
        self.head = linear_head(width, model.head.out_features, self.generator)

    def loss(self, batch: Batch) -> Tensor:
        """CE of the modality's own logits."""
        return cross_entropy(self.predict(batch.inputs), batch.labels)

    def predict(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """The modality's own logits, running its encoder only."""
        return self.head(self.model.encoders[self.modality](inputs[self.modality]))

    def classify(self, features: Mapping[str, Tensor]) -> Tensor:
        """The modality's own logits."""
        return self.head(features[self.modality])

    def alone(self, features: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Only this modality says anything."""
        return {self.modality: self.classify(features)}
