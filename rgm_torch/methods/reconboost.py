"""ReconBoost: one modality at a time fits what the others do not yet explain; then all together."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, log_softmax, mse_loss, one_hot, softmax

from rgm_torch.data.batch import Batch, Corpus
from rgm_torch.functional._checks import one_of
from rgm_torch.methods.base import Method, linear_head
from rgm_torch.methods.card import Card
from rgm_torch.methods.heads import own_heads
from rgm_torch.models.multimodal import Multimodal


class ReconBoost(Method):
    """Stage s fits modality k = s mod M, the others at rest, for `alone` epochs, and then all that
    have had a turn for `together` epochs. With φ_k its logits, p = softmax φ_k, q = softmax of
    β Σ_j φ_j over the others (held fixed; q_y = 1 while there are none):

    alone: mean_i −((w1 − w2 q_y)/K) log p_y;  together: CE(Φ, y), Φ = β Σ_k φ_k, the prediction.

    `residual`: "code", above, is what was run; "paper" is −Σ_c (y_c − λ q_c) log p_c over all
    classes, λ = w2/w1 (our reading; no bound below). `consistency`: α of α mean (p − p')² with the
    modality fitted before, p' fixed; 0, since the authors' code detaches p too. `heads`:
    "separate", φ_k = V_k z_k + a_k and β = 1, has the form of a linear head on the concatenation;
    "shared" is the authors': one MLP (d, d/2, K) for all and a trained β (equal widths). An
    epoch of either phase is one of the run's; momentum starts afresh with every phase, the
    learning rate is the run's. What rests keeps its weights; its batch norm sees the data, as in
    the authors' code. No pre-training. Any M; ValueError for a run too short for a turn each.
    Source: Hua et al. 2024; one linear head per modality ours.
    """

    name = "reconboost"
    family = "conflict"
    card = Card(
        idea="Boosting over modalities: train them in turn, each told to fit what the frozen "
        "others leave over, with joint fine-tuning after every turn.",
        formula=r"\ell_k = -\frac{w_1 - w_2 q_y}{K} \log p_{k,y}, \qquad "
        r"q = \mathrm{softmax}\Bigl(\beta \sum_{j \ne k} \phi_j\Bigr)",
        acts="schedule, loss",
        cost="1 forward, 1 backward; of one encoder only in the epochs alone",
        watch="Each encoder learns in a part of the epochs only, so that the same number of epochs "
        "is a smaller budget; the authors run a hundred stages of 4 + 4 epochs.",
        paper="Task loss minus agreement with the frozen ensemble, a consistency term, and joint "
        "rectification.",
        official="Weighs the cross-entropy down by the others' true-class probability; the "
        "consistency term is detached on both sides, hence inert; a shared MLP head; the best "
        "stage is picked on the test set. BalanceBenchmark starts β at 0.01.",
        ours="The official loss, w1 = 5, w2 = 1, linear heads and 1 + 1 epochs per stage for an "
        "equal budget; the paper's residual, an active consistency term and the shared head by "
        "option.",
        source="Hua et al. 2024",
    )

    epoch: Tensor

    def __init__(
        self,
        model: Multimodal,
        *,
        generator: torch.Generator | None = None,
        w1: float = 5.0,
        w2: float = 1.0,
        alone: int = 1,
        together: int = 1,
        residual: str = "code",
        consistency: float = 0.0,
        heads: str = "separate",
    ) -> None:
        super().__init__(model, generator=generator)
        if not 0 <= w2 <= w1 < float("inf") or w1 == 0:
            raise ValueError(f"w1, w2: got {w1} and {w2}, expected 0 <= w2 <= w1 and 0 < w1")
        if alone < 1 or together < 0:
            raise ValueError(
                f"alone, together: got {alone} and {together}, expected at least 1 and 0 epochs"
            )
        if not 0 <= consistency < float("inf"):
            raise ValueError(f"consistency: got {consistency}, expected a finite number >= 0")
        self.w1, self.w2, self.turn, self.turns = w1, w2, alone, alone + together
        self.residual = one_of(residual, ("code", "paper"), "residual")
        self.consistency = consistency
        shared = one_of(heads, ("separate", "shared"), "heads") == "shared"
        if shared:
            self.heads = shared_head(model, self.generator)
        else:
            self.heads = own_heads(model, "separate", self.generator)
        self.beta = nn.Parameter(torch.ones(()), requires_grad=shared)
        self.register_buffer("epoch", torch.zeros((), dtype=torch.int64))

    def begin(self, corpus: Corpus, settings: Any) -> None:
        """Raises: ValueError where not every modality would have its turn."""
        needed = (len(self.model.modalities) - 1) * self.turns + self.turn
        if settings.epochs < needed:
            raise ValueError(
                f"epochs: got {settings.epochs}, expected at least {needed}, for reconboost to "
                f"train each of {len(self.model.modalities)} modalities once"
            )

    def start_epoch(self, epoch: int) -> None:
        """Where a phase begins, the optimizer forgets its momentum."""
        self.epoch.fill_(epoch)
        if epoch % self.turns in (0, self.turn) and self.optimizer is not None:
            self.optimizer.state.clear()

    def present(self) -> tuple[str, ...]:
        """The modalities that have had a turn, or are having their first."""
        return self.model.modalities[: int(self.epoch) // self.turns + 1]

    def fitting(self) -> str | None:
        """The modality that is trained alone, None in an epoch of all together."""
        stage, place = divmod(int(self.epoch), self.turns)
        names = self.model.modalities
        return names[stage % len(names)] if place < self.turn else None

    def loss(self, batch: Batch) -> Tensor:
        """That of the present phase; what rests has no gradient."""
        active, present = self.fitting(), self.present()
        features = {}
        for name in self.model.modalities:
            with torch.set_grad_enabled(name in ((active,) if active else present)):
                features[name] = self.model.encoders[name](batch.inputs[name])
        votes = self.votes(self.watched(features))
        if active is None:
            return cross_entropy(self.ensemble(votes, present), batch.labels)
        others = [name for name in present if name != active]
        rest = self.ensemble(votes, others).detach() if others else None
        loss = fit(votes[active], rest, batch.labels, self.w1, self.w2, self.residual)
        before = self.model.modalities[self.model.modalities.index(active) - 1]
        if self.consistency and before in others:
            target = softmax(votes[before].detach(), dim=-1)
            loss = loss + self.consistency * mse_loss(softmax(votes[active], dim=-1), target)
        return loss

    def votes(self, features: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """φ_k. Shapes: z_k (B, d_k) → (B, K) each."""
        return {name: head(features[name]) for name, head in self.heads.items()}

    def ensemble(self, votes: Mapping[str, Tensor], names: Sequence[str]) -> Tensor:
        """β Σ_k φ_k over some modalities."""
        return self.beta * torch.stack([votes[name] for name in names]).sum(dim=0)

    def classify(self, features: Mapping[str, Tensor]) -> Tensor:
        """Φ over the modalities that have been trained."""
        return self.ensemble(self.votes(self.watched(features)), self.present())

    def alone(self, features: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """β φ_k; of a modality before its first turn, what its start says."""
        return {name: self.beta * own for name, own in self.votes(features).items()}


def fit(
    logits: Tensor, others: Tensor | None, labels: Tensor, w1: float, w2: float, residual: str
) -> Tensor:
    """The loss of the modality trained alone, the mean over the batch.

    Shapes: (B, K), (B, K), (B,) → number.
    """
    classes = logits.shape[-1]
    log_p, truth = log_softmax(logits, dim=-1), one_hot(labels, classes)
    if residual == "paper":
        q = 0 if others is None else softmax(others, dim=-1)
        return -((truth - w2 / w1 * q) * log_p).sum(dim=-1).mean()
    known = 1 if others is None else (truth * softmax(others, dim=-1)).sum(dim=-1)
    return -((w1 - w2 * known) / classes * (truth * log_p).sum(dim=-1)).mean()


def shared_head(model: Multimodal, generator: torch.Generator) -> nn.ModuleDict:
    """One MLP (d, d/2, K) under the name of every modality.

    Raises: ValueError for features of several widths.
    """
    widths, classes = set(model.fusion.widths), model.head.out_features
    if len(widths) > 1:
        raise ValueError(f"heads: 'shared' needs features of one width, got {sorted(widths)}")
    width = widths.pop()
    first = linear_head(width, max(width // 2, 1), generator)
    head = nn.Sequential(first, nn.ReLU(), linear_head(first.out_features, classes, generator))
    return nn.ModuleDict(dict.fromkeys(model.modalities, head))
