"""AL (BMMAL): let the training set grow by the samples on which all modalities contribute."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import one_hot
from torch.utils.data import Subset

from rgm_torch.data.batch import Batch, Corpus
from rgm_torch.methods.acquisition import scales, seeds, shares
from rgm_torch.methods.card import Card
from rgm_torch.methods.coalitions import coalition_logits
from rgm_torch.methods.multi_loss import MultiLoss
from rgm_torch.methods.outputs import outputs
from rgm_torch.methods.timed import as_part, several
from rgm_torch.models.fusion import Concat
from rgm_torch.models.multimodal import Multimodal


class AL(MultiLoss):
    """L = (L_mm + Σ_k L_k) / (M + 1) with heads of the modalities' own, on a pool that grows.

    The share of modality k in a sample outside the pool, at the predicted class ŷ, with P_S the
    probabilities when the features of the modalities outside S are set to zero (b stays):

    Δ_k = Σ_{S∌k} |S|! (M−|S|−1)!/M! (P_{S∪k} − P_S),  φ_k = |Δ_k| / Σ_j |Δ_j|,
    c_k = 1 − (max_j φ_j − φ_k),  G = [c_k (P − 1_ŷ) ⊗ z_k] over k,

    of a pair 1 for the stronger and 2 φ_k for the weaker one. The sample of the longest G joins
    first, the next ones with a probability that goes with the squared distance of their G to the
    nearest that has joined (k-means++; evenly where all distances are 0). No label is read.

    `first`: the part of the training split that is there at the beginning, drawn evenly. `full`:
    the part of the run after which all of it is there; `rounds`: in how many equal parts it comes,
    at beginnings of epochs. 0.3, 0.7 and 7 are a tenth in every tenth of the run. `first=1` is the
    control without selection, the sum of losses that the authors' pipeline ends with.
    Every epoch has as many steps as joint training's: a pool that is too small for them comes
    several times, newly shuffled. The model goes on learning; the authors train a new one from the
    beginning after every round and report accuracy at a fraction of the labels, which is no row of
    a table of full data. Concat only, M ≥ 2 (M > 2 is our Shapley form).
    Source: Shen et al. 2023 and the authors' code.
    """

    name = "al"
    family = "imbalance"
    variant = "growing pool"
    card = Card(
        idea="When choosing what to label next, prefer samples on which all modalities contribute: "
        "the weaker one's part of a sample's gradient is shrunk.",
        formula=r"G = [\,c_k\,(P - 1_{\hat y}) \otimes z_k\,]_k, \qquad "
        r"c_k = 1 - (\max_j \phi_j - \phi_k), \quad \phi_k = |\Delta_k| / \sum_j |\Delta_j|",
        acts="data (which samples train when), loss",
        cost="1 forward, 1 backward; per round one pass over what is outside the pool, and as many "
        "distances to it as samples join",
        watch="A rule for labelling used as a curriculum. The added losses do most of the work: "
        "compare with first=1. Weak means weak on this sample, and it is not the weak modality "
        "that is helped: unbalanced samples come late.",
        paper="Active learning: accuracy against the number of labels, a new model every round.",
        official="As the paper; k-means++ on the whole embedding, one third of the sum of losses.",
        ours="A pool that grows to the whole training split during one training, at equal steps, "
        "because a table of full data has no other place for it; distances without building G.",
        source="Shen et al. 2023",
    )

    inside: Tensor

    def __init__(
        self,
        model: Multimodal,
        *,
        generator: torch.Generator | None = None,
        first: float = 0.3,
        full: float = 0.7,
        rounds: int = 7,
    ) -> None:
        super().__init__(model, generator=generator)
        several(model, self.name)
        if not isinstance(model.fusion, Concat):
            raise ValueError(f"fusion: al expects Concat, got {type(model.fusion).__name__}")
        if not as_part(first, "first") > 0:
            raise ValueError(f"first: got {first}, expected a positive part of the training split")
        if rounds < 1:
            raise ValueError(f"rounds: got {rounds}, expected at least 1")
        self.first, self.full, self.rounds = first, as_part(full, "full"), rounds

    def begin(self, corpus: Corpus, settings: Any) -> None:
        """Draw the first pool."""
        self.corpus, self.epochs = corpus, settings.epochs
        size = len(corpus.train)
        inside = torch.zeros(size, dtype=torch.bool)
        inside[torch.randperm(size, generator=self.generator)[: self.wanted(0)]] = True
        self.register_buffer("inside", inside)

    def wanted(self, epoch: int) -> int:
        """Samples in the pool in an epoch."""
        progress = epoch / (self.full * self.epochs) if self.full else 1.0
        part = min(1.0, int(self.rounds * progress + 1e-9) / self.rounds)  # 7 · 0.3/0.3 < 7
        return max(1, round(len(self.corpus.train) * (self.first + (1 - self.first) * part)))

    def start_epoch(self, epoch: int) -> None:
        """Let the pool grow where a round begins."""
        missing = self.wanted(epoch) - int(self.inside.sum())
        if missing > 0:
            outside = (~self.inside).nonzero().flatten().cpu()
            chosen = torch.arange(len(outside))
            if missing < len(outside):
                chosen = self.acquire(Subset(self.corpus.train, outside.tolist()), missing)
            self.inside[outside[chosen].to(self.inside.device)] = True

    def acquire(self, candidates: Any, count: int) -> Tensor:
        """Which candidates join, by their place among them (count,)."""
        seen = outputs(self, candidates)
        features = {name: z.to(self.inside.device) for name, z in seen.features.items()}
        nothing = {name: torch.zeros_like(z) for name, z in features.items()}
        with torch.no_grad():
            logits = coalition_logits(self.model, features, nothing)
        probabilities = logits.double().softmax(dim=-1).cpu()
        scaled = scales(shares(probabilities))
        parts = [c[:, None] * z for c, z in zip(scaled, seen.features.values(), strict=True)]
        full = probabilities[-1]
        residual = full - one_hot(full.argmax(dim=-1), full.shape[-1])
        return seeds(residual, torch.cat(parts, dim=1), count, self.generator)

    def order(self, epoch: int) -> Sequence[int] | None:
        """As many rows as the training split has, from the pool; all of them in its own shuffle."""
        if self.inside.all():
            return None
        pool = self.inside.nonzero().flatten().cpu()
        rows: list[int] = []
        while len(rows) < len(self.inside):
            rows += pool[torch.randperm(len(pool), generator=self.generator)].tolist()
        return rows[: len(self.inside)]

    def loss(self, batch: Batch) -> Tensor:
        """The mean of the joint and the modalities' own losses."""
        tasks = self.tasks(self.model.features(batch.inputs), batch.labels)
        return torch.stack(tasks).mean()
