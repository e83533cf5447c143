"""MMCosine: the joint classifier as a sum of cosines, so that no modality wins by length."""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, linear

from rgm_torch.data.batch import Batch
from rgm_torch.functional._checks import one_of
from rgm_torch.functional._safe import safe_divide, widened
from rgm_torch.methods.base import Method
from rgm_torch.methods.card import Card
from rgm_torch.models.multimodal import Multimodal


class MMCosine(Method):
    """L = CE(o, y) with, W_k,c the row of class c of modality k's block of the head,

    o_c = s Σ_k cos φ_k,c,  cos φ_k,c = W_k,c · z_k / (‖W_k,c‖ ‖z_k‖).

    Every block's row is normalised by itself, not the whole row of W. The head's bias takes no
    part: it has no gradient and stays. A vector of length 0 has cosine 0. `scale`: s, 10 in the
    authors' code, 15 in a benchmark; a small s cannot fit, since |o_c| ≤ M s. `test`: "cosine"
    predicts with the logits that were trained; "linear" with W z + b, as the authors' evaluation
    does, which looks like a slip. Additive fusions (concat, sum) with any M, else ValueError.
    Source: Xu et al. 2023.
    """

    name = "mmcosine"
    family = "conflict"
    card = Card(
        idea="Let each modality vote with the cosines between its feature and its class vectors, "
        "on one scale, so that none can dominate by longer features or weights.",
        formula=r"o_c = s \sum_k "
        r"\frac{W_{k,c}^\top z_k}{\lVert W_{k,c} \rVert\, \lVert z_k \rVert}",
        acts="classifier",
        cost="1 forward, 1 backward",
        watch="The scale: with K classes and M modalities the loss cannot fall below "
        "log(1 + (K − 1) exp(−s M K / (K − 1))), which for s = 1 is far from zero.",
        paper="Cosines per modality and class, summed and scaled.",
        official="s = 10; trains on cosines, but its evaluation of the joint prediction takes the "
        "plain linear output with bias. BalanceBenchmark: s = 15, cosines throughout.",
        ours="s = 10 and cosines throughout, so that what is tested is what was trained; the "
        "linear output at test by option.",
        source="Xu et al. 2023",
    )

    def __init__(
        self,
        model: Multimodal,
        *,
        generator: torch.Generator | None = None,
        scale: float = 10.0,
        test: str = "cosine",
    ) -> None:
        super().__init__(model, generator=generator)
        if not 0 < scale < float("inf"):
            raise ValueError(f"scale: got {scale}, expected a finite number > 0")
        model.fusion.blocks(model.head.weight)  # raises where there are none
        self.scale = scale
        self.test = one_of(test, ("cosine", "linear"), "test")

    def loss(self, batch: Batch) -> Tensor:
        """CE of the summed cosines."""
        parts = self.votes(self.watched(self.model.features(batch.inputs)))
        return cross_entropy(torch.stack(list(parts.values())).sum(dim=0), batch.labels)

    def classify(self, features: Mapping[str, Tensor]) -> Tensor:
        """The summed cosines, or the plain linear head's logits."""
        if self.test == "linear":
            return self.model.classify(features)
        return torch.stack(list(self.votes(self.watched(features)).values())).sum(dim=0)

    def alone(self, features: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Each modality's own votes; there is no bias to add."""
        return self.votes(features)

    def votes(self, features: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """s cos φ_k. Shapes: z_k (B, d_k) → (B, K) each."""
        blocks = self.model.fusion.blocks(self.model.head.weight)
        return {
            name: self.scale * cosines(features[name], block)
            for name, block in zip(self.model.modalities, blocks, strict=True)
        }


def cosines(features: Tensor, block: Tensor) -> Tensor:
    """cos(z, W_c). Shapes: (B, d), (K, d) → (B, K)."""
    return linear(unit(features), unit(block))


def unit(vectors: Tensor) -> Tensor:
    """v/‖v‖ over the last axis, and 0, with the derivative 0, for v = 0."""
    v = widened(vectors)
    return safe_divide(v, v.norm(dim=-1, keepdim=True))
