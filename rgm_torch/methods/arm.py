"""ARM: amplify the modality that tells less about the fused features, damp the other."""

from collections.abc import Mapping
from math import log

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, softmax

from rgm_torch.data.batch import Batch
from rgm_torch.functional._checks import one_of
from rgm_torch.methods.base import Method, linear_head
from rgm_torch.methods.card import Card
from rgm_torch.methods.information import conditional_information, mutual_information
from rgm_torch.models.multimodal import Multimodal, without

LEAST = 1e-3
"""Least contribution that a ratio is formed of."""


class ARM(Method):
    """L = CE(f, y), f = h(Ψ [λ_1 z_1, …, λ_M z_M]) with a linear layer Ψ: Σ_k d_k → d and a linear
    classifier h. Without gradient, from every training batch, with z_c = Ψ [z_1, …, z_M] and mean
    probabilities π_k, π_c of the true class under h(z_k), h(z_c):

    Γ_k = π_c NMI(z_k; z_c) + π_j (NMI(z_k; z_c) − NCMI(z_k; z_c | z_j));
    λ_k = (Π_j Γ_j)^{2/M} / Γ_k², of a pair λ_1 = Γ_2/Γ_1 = 1/λ_2;  Γ ≥ 0.001.

    z_j, π_j are the other modality's, for M > 2 the others' means (ours, as is λ then). λ is cut
    off at `limit` and 1/`limit`, and log λ is averaged over steps with weight `momentum` on the
    past (ours; 0 takes each batch's). The prediction uses the stored λ: never labels, never the
    batch it is in. `limit` 1 makes λ = 1, plain training of the same layers: the control.
    `layers`: "two" as above, on features of one width; "one" has no Ψ and h, but the model's own
    head: f = Σ_k λ_k W_k z_k + b, with W_k z_k in z_k's place and their sum in z_c's, so that
    λ = 1 is joint training (additive fusions; ours). `bins`: of each variable's histogram; the
    estimates want many entries per cell, B d against bins³. Any M ≥ 2.
    Source: Gao et al. 2025, the fusion only.
    """

    name = "arm"
    family = "imbalance"
    variant = "fusion only"
    card = Card(
        idea="Estimate by mutual information how much each modality tells about the fused "
        "features, and scale the features so that the lesser one is amplified.",
        formula=r"\Gamma_k = \pi_c \mathrm{NMI}(z_k; z_c) + \pi_j \bigl( \mathrm{NMI}(z_k; z_c) "
        r"- \mathrm{NCMI}(z_k; z_c \mid z_j) \bigr), \qquad \lambda_1 = \Gamma_2 / \Gamma_1",
        acts="features",
        cost="1 forward, 1 backward, and histograms",
        watch="The estimates: with few entries per cell the conditional term is mostly bias, both "
        "contributions fall below the floor, and nothing happens; with one below, λ sits at its "
        "limit. And the second layer is one that joint training lacks.",
        paper="Three parts: the reweighting, a balanced min-max loss, a resampling of samples.",
        official="The reweighting only; with labels at test time, a layer for z_c that is never "
        "trained, a conditional entropy that is none, and other bins and scales for NMI and NCMI.",
        ours="The reweighting only: z_c from the same layer without factors, correct conditional "
        "information, one scale and 8 bins, stored factors at test.",
        source="Gao et al. 2025",
    )

    log_factors: Tensor

    def __init__(
        self,
        model: Multimodal,
        *,
        generator: torch.Generator | None = None,
        layers: str = "two",
        bins: int = 8,
        momentum: float = 0.9,
        limit: float = 5.0,
    ) -> None:
        super().__init__(model, generator=generator)
        widths, classes = model.fusion.widths, model.head.out_features
        if len(widths) < 2:
            raise ValueError(f"modalities: got {len(widths)}, expected at least 2")
        if bins < 2:
            raise ValueError(f"bins: got {bins}, expected at least 2")
        if not 0 <= momentum < 1:
            raise ValueError(f"momentum: got {momentum}, expected 0 <= momentum < 1")
        if not 1 <= limit < float("inf"):
            raise ValueError(f"limit: got {limit}, expected a finite number >= 1")
        self.layers = one_of(layers, ("two", "one"), "layers")
        self.bins, self.momentum, self.limit = bins, momentum, limit
        self.own = nn.Sequential()
        if layers == "one":
            model.fusion.blocks(model.head.weight)  # raises where there are none
        elif len(set(widths)) > 1:
            raise ValueError(f"layers: 'two' needs features of one width, got {list(widths)}")
        else:
            self.own.append(linear_head(sum(widths), widths[0], self.generator))
            self.own.append(linear_head(widths[0], classes, self.generator))
        self.register_buffer("log_factors", torch.zeros(len(widths)))

    def loss(self, batch: Batch) -> Tensor:
        """CE with the factors that this batch has moved."""
        features = self.model.features(batch.inputs)
        self.measure(features, batch.labels)
        return cross_entropy(self.classify(features), batch.labels)

    @torch.no_grad()
    def measure(self, features: Mapping[str, Tensor], labels: Tensor) -> None:
        """Move the stored log λ towards this batch's."""
        z = [features[name] for name in self.model.modalities]
        if self.layers == "two":
            fuse, head = self.own
            parts, joint = torch.stack(z), fuse(torch.cat(z, dim=-1))
            own, fused = head(parts), head(joint)
        else:
            own, fused = torch.stack(list(super().alone(features).values())), self.decide(z)
            parts = own - self.model.head.bias
            joint = parts.sum(dim=0)
        sure, joint_sure = confidence(own, labels), confidence(fused, labels)
        told = contributions(parts, joint, sure, joint_sure, self.bins)
        self.log_factors.lerp_(log_factors(told, self.limit), 1 - self.momentum)

    def decide(self, features: list[Tensor]) -> Tensor:
        """Logits of M features, scaled or not. Shapes: (B, d_k) each → (B, K)."""
        if self.layers == "two":
            return self.own(torch.cat(features, dim=-1))
        return self.model.head(self.model.fusion(features))

    def scaled(self, features: Mapping[str, Tensor]) -> list[Tensor]:
        """λ_k z_k with the stored factors."""
        pairs = zip(self.log_factors.exp(), self.model.modalities, strict=True)
        return [factor * features[name] for factor, name in pairs]

    def classify(self, features: Mapping[str, Tensor]) -> Tensor:
        """Logits of the scaled features."""
        return self.decide(self.scaled(self.watched(features)))

    def alone(self, features: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """What is decided with the others' features at zero."""
        names = self.model.modalities
        return {
            name: self.decide(self.scaled(without(features, *(n for n in names if n != name))))
            for name in names
        }


def confidence(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean probability of the true class. Shapes: (..., B, K), (B,) → (...)."""
    rows = torch.arange(len(labels), device=labels.device)
    return softmax(logits, dim=-1)[..., rows, labels].mean(dim=-1)


def contributions(
    parts: Tensor, joint: Tensor, confidences: Tensor, joint_confidence: Tensor, bins: int
) -> Tensor:
    """Γ_k, which can be negative. Shapes: (M, B, d), (B, d), (M,), number → (M,)."""
    found = []
    for k in range(len(parts)):
        others = [j for j in range(len(parts)) if j != k]
        told = mutual_information(parts[k], joint, bins)
        given = conditional_information(parts[k], joint, parts[others].mean(dim=0), bins)
        found.append(joint_confidence * told + confidences[others].mean() * (told - given))
    return torch.stack(found)


def log_factors(contributions: Tensor, limit: float) -> Tensor:
    """log λ_k = 2 (mean_j log Γ_j − log Γ_k), cut off. Shapes: (M,) → (M,)."""
    told = contributions.clamp_min(LEAST).log()
    return (2 * (told.mean() - told)).clamp(-log(limit), log(limit))
