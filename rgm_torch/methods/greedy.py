"""Greedy: cut off from the others, for a few steps, the branch that leans on them most."""

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, relu

from rgm_torch.data.batch import Batch
from rgm_torch.functional._checks import one_of
from rgm_torch.methods.base import linear_head
from rgm_torch.methods.card import Card
from rgm_torch.methods.learning_speed import cared_for, effective_update, learning_speed
from rgm_torch.methods.timed import Timed, several
from rgm_torch.models.fusion import Concat
from rgm_torch.models.multimodal import Multimodal
from rgm_torch.recorder import Recorder


class Greedy(Timed):
    """Every feature passes a gate that sees all modalities: with Σ d_k / 2 hidden units,

    h = ReLU(U [z_1; …; z_M] + u),  q_k = σ(V_k h + v_k),  f^k = W_k (q_k ∘ z_k) + b/M,
    L = Σ_k CE(f^k, y),  prediction (1/M) Σ_k f^k.

    Branch k learns through the others by `bypass` = {V_k, v_k, U, u} and of itself by `own` =
    {θ_k, W_k}. Over the regular steps τ, with the gradients g of whole groups,

    s_k = log₁₀ Σ_τ ν_τ(bypass_k) / Σ_τ ν_τ(own_k),  ν = ‖g‖² / ‖θ‖².

    From the second epoch on, if max s − min s > ε, the branch c = argmax s gets in the next Q steps
    its mean gate over all batches before, q̄_c, in place of q_c: it sees its own modality only.
    Then one regular step follows at least. Gradients are read, never changed.

    `threshold`: ε in decades, 0.01 as in the paper; inf trains the gated network plainly. `steps`:
    Q, 5 as in the paper; like "the second epoch" it is a count, and does not grow with the run.
    `loss`: "branches", as above, is the paper's; "joint" is CE(Σ_k f^k, y), BalanceBenchmark's,
    with the sum for prediction, under which a branch that is cut off still shares its loss.
    Each branch averages its own gates, in training only (the authors' code gives both branches
    those of the first). b is in no group. M > 2 is our reading of max − min. Concat only, M ≥ 2.
    Source: Wu et al. 2022 and the authors' code; gates on pooled features are our adaptation.
    """

    name = "greedy"
    family = "imbalance"
    variant = "gates on the pooled features"
    card = Card(
        idea="Compare how fast each branch learns through the other modality and from its own; "
        "cut the one that leans on the other off for a while.",
        formula=r"s_k = \log_{10} \frac{\sum_\tau \nu_\tau(\text{bypass}_k)}"
        r"{\sum_\tau \nu_\tau(\text{own}_k)}, \qquad \nu = \lVert g \rVert^2 / \lVert \theta "
        r"\rVert^2, \qquad c = \arg\max_k s_k",
        acts="features (gates) and schedule",
        cost="1 forward, 1 backward; two linear layers and the norms of all gradients",
        watch="It has another architecture and another loss than joint training: compare with "
        "threshold=inf. The sums only grow, so that the same branch is cut off for long.",
        paper="Two convolutional branches with gates after three stages (MMTM), one classifier "
        "each, mean of their logits.",
        official="The running gate of the second branch is made of the first one's gates, and it "
        "runs on in evaluation. BalanceBenchmark takes one loss on the concatenation.",
        ours="One gate per modality on the pooled feature, so that any encoder will do; branches "
        "are the split logits; each branch keeps its own mean gate.",
        source="Wu et al. 2022",
    )

    mean: Tensor
    seen: Tensor
    spent: Tensor
    cut: Tensor
    left: Tensor

    def __init__(
        self,
        model: Multimodal,
        *,
        generator: torch.Generator | None = None,
        threshold: float = 0.01,
        steps: int = 5,
        loss: str = "branches",
    ) -> None:
        super().__init__(model, generator=generator)
        several(model, self.name)
        if not isinstance(model.fusion, Concat):
            raise ValueError(f"fusion: greedy expects Concat, got {type(model.fusion).__name__}")
        if not threshold > 0:
            raise ValueError(f"threshold: got {threshold}, expected a positive number of decades")
        if steps < 1:
            raise ValueError(f"steps: got {steps}, expected at least 1")
        self.threshold, self.steps = threshold, steps
        self.branches = one_of(loss, ("branches", "joint"), "loss") == "branches"
        names, widths = model.modalities, model.fusion.widths
        total = sum(widths)
        self.squeeze = linear_head(total, total // 2, self.generator)
        self.excite = nn.ModuleDict(
            {
                name: linear_head(total // 2, width, self.generator)
                for name, width in zip(names, widths, strict=True)
            }
        )
        self.register_buffer("mean", torch.full((total,), 0.5))
        self.register_buffer("seen", torch.tensor(0))
        self.register_buffer("spent", torch.zeros(2, len(names), dtype=torch.float64))
        self.register_buffer("cut", torch.tensor(-1))
        self.register_buffer("left", torch.tensor(0))
        self.recorder = Recorder(["cut", *(f"speed_{name}" for name in names)], 1024)

    def loss(self, batch: Batch) -> Tensor:
        """The branches' losses; one of them may have a constant gate."""
        features = self.watched(self.model.features(batch.inputs))
        gates = self.gates(features)
        used = dict(gates)
        if self.left > 0:
            name = self.model.modalities[int(self.cut)]
            used[name] = self.mean_gates()[name]
        self.remember(gates)
        logits = self.model.split_logits(gated(features, used))
        return self.total(torch.stack(list(logits.values())), batch.labels)

    def total(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Σ_k CE(f^k, y), or CE(Σ_k f^k, y). Shapes: (M, B, K), (B,) → scalar."""
        if not self.branches:
            return cross_entropy(logits.sum(dim=0), labels)
        return torch.stack([cross_entropy(own, labels) for own in logits]).sum()

    def edit(self) -> None:
        """Measure a regular step and decide on the next ones, or count a step of the others."""
        if self.left > 0:
            self.left -= 1
            return
        updates = torch.stack([torch.stack(row) for row in zip(*self.updates(), strict=True)])
        if not updates.isfinite().all():  # overflowed under AMP: this step will be skipped
            return
        self.spent += updates
        speeds = learning_speed(*self.spent)
        chosen = cared_for(speeds, self.threshold) if self.epoch > 0 else None
        self.cut.fill_(-1 if chosen is None else chosen)
        self.left.fill_(0 if chosen is None else self.steps)
        self.recorder.append(torch.cat([self.cut[None], speeds])[None])

    def updates(self) -> Iterator[tuple[Tensor, Tensor]]:
        """ν of bypass and own group, by modality."""
        head = self.model.head.weight
        blocks = zip(
            self.model.fusion.blocks(head),
            self.model.fusion.blocks(torch.zeros_like(head) if head.grad is None else head.grad),
            strict=True,
        )
        for name, block in zip(self.model.modalities, blocks, strict=True):
            bypass = [*self.excite[name].parameters(), *self.squeeze.parameters()]
            own = [(p, p.grad) for p in self.model.parameters_of[name]]
            yield effective_update((p, p.grad) for p in bypass), effective_update([*own, block])

    def gates(self, features: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """q_k, by modality. Shapes: z_k (B, d_k) → (B, d_k)."""
        hidden = relu(self.squeeze(torch.cat(list(features.values()), dim=-1)))
        return {name: excite(hidden).sigmoid() for name, excite in self.excite.items()}

    def mean_gates(self) -> dict[str, Tensor]:
        """q̄_k (d_k,), by modality."""
        parts = self.mean.split(self.model.fusion.widths)
        return dict(zip(self.model.modalities, parts, strict=True))

    def remember(self, gates: Mapping[str, Tensor]) -> None:
        """q̄ ← (q̄ s + mean over the batch of q) / (s + 1)."""
        new = torch.cat([gate.detach().mean(dim=0) for gate in gates.values()])
        self.seen += 1
        self.mean = self.mean + (new - self.mean) / self.seen  # not in place: this step uses q̄

    def classify(self, features: Mapping[str, Tensor]) -> Tensor:
        """Mean (of a joint loss: sum) of the branches' logits."""
        logits = self.model.classify(gated(features, self.gates(features)))
        return logits / len(features) if self.branches else logits

    def alone(self, features: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """What the branches say when they are cut off; of a joint loss, with the whole bias."""
        shut = gated(features, self.mean_gates())
        return self.model.split_logits(shut) if self.branches else super().alone(shut)


def gated(features: Mapping[str, Tensor], gates: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """q_k ∘ z_k."""
    return {name: gates[name] * z for name, z in features.items()}
