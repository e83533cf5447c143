"""GradNorm: learn one weight per loss so that their gradients have like lengths, slow ones more."""

from collections.abc import Mapping

import torch
from torch import Tensor

from rgm_torch.data.batch import Batch
from rgm_torch.functional._checks import one_of
from rgm_torch.methods.card import Card
from rgm_torch.methods.gradients import Gradients, gradients
from rgm_torch.methods.multi_loss import MultiLoss
from rgm_torch.models.multimodal import Multimodal

FLOOR = 1e-3
"""Least weight before the weights are scaled to their sum; ours."""


class GradNorm(MultiLoss):
    """L = Σ_i w_i L_i over the T = M + 1 losses L_mm, L_1, …, L_M. With n_i = ‖∇L_i‖, Ḡ the mean of
    the G_i = w_i n_i, L̃_i = L_i(t)/L_i(0) and r_i = L̃_i / mean_j L̃_j, after every step

    w_i ← T v_i / Σ_j v_j,  v_i = max(0.001, w_i − η_w n_i sign(G_i − Ḡ r_i^α)).

    The sign is the derivative of Σ_i |G_i − Ḡ r_i^α| with its target held fixed; no second
    derivatives. L_i(0) is the first batch's. `alpha`: α, 1.5. `rate`: η_w, 0.025; 0 keeps all
    weights at 1, the uniform `MultiLoss`. `norms`: where ∇ is taken, for the authors' last shared
    layer does not exist here: "encoders", all their parameters, is nearest to it; "features", the
    (z_1, …, z_M), spares the second backward pass. `heads` as in `MultiLoss`. Any M.
    Source: Chen et al. 2018; where norms are taken, ours.
    """

    name = "gradnorm"
    family = "conflict"
    card = Card(
        idea="Learn one weight per loss so that all losses make gradients of like length, longer "
        "for those that learn slowly.",
        formula=r"L_{grad} = \sum_i \bigl| w_i \lVert \nabla L_i \rVert "
        r"- \bar G\, r_i^\alpha \bigr|",
        acts="loss weights",
        cost="1 forward, 2 backward (1 with norms at the features)",
        watch="The joint loss falls fastest, so α > 0 steadily moves weight away from it. "
        "Directions are untouched: it removes no conflict.",
        paper="Norms at the last shared layer; weights by plain descent, then scaled to a fixed "
        "sum; active from the first step.",
        official="No code of the authors was seen. LibMTL: weights as a softmax, stepped by the "
        "network's optimizer, norms over the whole shared encoder, equal in the first epoch.",
        ours="The paper's update, norms over all encoders, because joint and unimodal losses share "
        "no layer; norms at the features by option.",
        source="Chen et al. 2018",
    )

    weights: Tensor
    first: Tensor

    def __init__(
        self,
        model: Multimodal,
        *,
        generator: torch.Generator | None = None,
        alpha: float = 1.5,
        rate: float = 0.025,
        norms: str = "encoders",
        heads: str = "separate",
    ) -> None:
        super().__init__(model, generator=generator, heads=heads)
        for option, value in (("alpha", alpha), ("rate", rate)):
            if not 0 <= value < float("inf"):
                raise ValueError(f"{option}: got {value}, expected a finite number >= 0")
        self.alpha, self.rate = alpha, rate
        self.norms = one_of(norms, ("encoders", "features"), "norms")
        tasks = len(model.modalities) + 1
        self.register_buffer("weights", torch.ones(tasks))
        self.register_buffer("first", torch.zeros(tasks))  # L_i(0); 0 until the first step
        self.pending: list[Tensor] = []
        self.features: dict[str, Tensor] = {}

    def loss(self, batch: Batch) -> Tensor:
        """Σ_i w_i L_i with the present weights."""
        self.features = self.model.features(batch.inputs)
        self.pending = self.tasks(self.features, batch.labels)
        return (self.weights * torch.stack(self.pending)).sum()

    def backward(self, loss: Tensor) -> None:
        """Fill `.grad` with Σ_i w_i ∇L_i, then learn from the lengths."""
        losses, features = torch.stack(self.pending), self.features
        self.pending, self.features = [], {}
        joint, *own = self.weights * losses
        groups = self.groups()
        if self.norms == "features":
            groups |= {name: [z] for name, z in features.items()}
        found = gradients([joint, torch.stack(own).sum()], groups, self.scaler)
        for name, one in found.items():
            total = one.rows.sum(dim=0)
            if self.norms == "features" and name in features:
                torch.autograd.backward(one.parameters, one.pieces(total))
            else:
                one.write(total)
        self.learn(losses.detach(), self.lengths(found))

    def lengths(self, found: Mapping[str, Gradients]) -> Tensor:
        """G_i = ‖∇(w_i L_i)‖ (T,): of L_mm over all encoders, of L_k over its own."""
        each = torch.zeros(2, len(self.model.modalities)).to(self.weights)
        for k, name in enumerate(self.model.modalities):
            if name in found:  # else it is frozen
                each[:, k] = found[name].rows.norm(dim=1)
        return torch.cat([each[0].norm().view(1), each[1]])

    def learn(self, losses: Tensor, lengths: Tensor) -> None:
        """One step of the weights; none where AMP overflowed. Shapes: (T,), (T,)."""
        if not self.first.any():
            self.first.copy_(losses)
        if not lengths.isfinite().all():
            return
        aims = targets(lengths, losses / self.first, self.alpha)
        slope = lengths / self.weights * (lengths - aims).sign()
        self.weights.copy_(step(self.weights, slope, self.rate))


def targets(lengths: Tensor, progress: Tensor, alpha: float) -> Tensor:
    """Ḡ r_i^α with r_i = L̃_i / mean_j L̃_j. Shapes: G (T,), L̃ (T,) → (T,)."""
    tiny = torch.finfo(progress.dtype).tiny
    return lengths.mean() * (progress / progress.mean().clamp_min(tiny)) ** alpha


def step(weights: Tensor, slope: Tensor, rate: float) -> Tensor:
    """T v_i / Σ_j v_j with v = max(floor, w − η_w ∂). Shapes: (T,), (T,) → (T,)."""
    moved = (weights - rate * slope).clamp_min(FLOOR)
    return len(moved) * moved / moved.sum()
