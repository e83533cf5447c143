"""Modality dropout: joint training in which modalities are missing at random."""

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from rgm_torch.data.batch import Batch
from rgm_torch.methods.base import Method
from rgm_torch.methods.card import Card
from rgm_torch.methods.timed import several
from rgm_torch.models.multimodal import Multimodal


class ModalityDropout(Method):
    """L = CE(F(m_1 z_1, …, m_M z_M), y) with, for every clip by itself, m_k = 0 with probability q,
    else 1; of a clip that would lose all, one modality, drawn evenly, is kept.

    Of a pair, a clip keeps both with (1 − q)² and either one with (1 − (1 − q)²)/2. A dropped
    feature is 0, as in the ablation at evaluation (`models.without`); nothing is rescaled, because
    the head must know what a modality says alone. `rate`: q, 0.3, ours and not tuned; 0 is joint
    training bit for bit. The prediction uses all modalities. Any fusion, M ≥ 2.
    Source: after Neverova et al. 2016, who drop inputs.
    """

    name = "modality-dropout"
    family = "control"
    card = Card(
        idea="Leave modalities out at random, so that no encoder can rely on the others to explain "
        "the label.",
        formula=r"L = CE(F(m_1 z_1, \dots, m_M z_M), y), \qquad m_k \sim B(1 - q), \quad "
        r"\textstyle\sum_k m_k \ge 1",
        acts="features",
        cost="1 forward, 1 backward",
        watch="It changes the data and not the gradients, so it is the control for the claim that "
        "gradients are what must be mended. Behind a gate a dropped modality may silence both.",
        paper="ModDrop: each modality's input dropped by itself, with a rate of its own, after "
        "pretraining the encoders one by one.",
        official="No code of the authors was seen.",
        ours="Features dropped clip by clip with one rate from the start, never all of them.",
        source="after Neverova et al. 2016",
    )

    def __init__(
        self,
        model: Multimodal,
        *,
        generator: torch.Generator | None = None,
        rate: float = 0.3,
    ) -> None:
        super().__init__(model, generator=generator)
        several(model, self.name)
        if not 0 <= rate <= 1:
            raise ValueError(f"rate: got {rate}, expected a probability")
        self.rate = rate

    def loss(self, batch: Batch) -> Tensor:
        """The joint loss of what is left."""
        seen = self.watched(self.model.features(batch.inputs))
        kept = draw(len(batch), len(seen), self.rate, self.generator)
        left = [
            z * keep[:, None].to(z) for z, keep in zip(seen.values(), kept.unbind(1), strict=True)
        ]
        return cross_entropy(self.model.head(self.model.fusion(left)), batch.labels)


def draw(clips: int, modalities: int, rate: float, generator: torch.Generator) -> Tensor:
    """Which modalities each clip keeps, at least one. Shapes: → booleans (n, M)."""
    kept = torch.rand(clips, modalities, generator=generator) >= rate
    last = torch.randint(modalities, (clips, 1), generator=generator)
    return kept | (~kept.any(dim=1, keepdim=True) & (torch.arange(modalities) == last))
