"""Diag&Re: now and then, pull each encoder back to its start by how much better it clusters seen
data than unseen data."""

from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import Subset

from rgm_torch.data.batch import Corpus
from rgm_torch.methods.card import Card
from rgm_torch.methods.outputs import outputs
from rgm_torch.methods.timed import Timed, as_amount
from rgm_torch.models.multimodal import Multimodal


class DiagRelearn(Timed):
    """Joint training; at a few epochs' ends, after their evaluation, for every encoder by itself

    θ_k ← (1 − ω_k) θ_k + ω_k θ_k^init,  ω_k = tanh(λ |P_k^train − P_k^val|),

    P the purity of K-means with as many clusters as classes on the features of a split, each
    dimension scaled to [−1, 1] over that split: the share of clips whose cluster's majority has
    their label. All parameters of the encoder are pulled; head, batch-norm statistics and the
    optimizer's momentum stay, as in the authors' code.

    `strength`: λ, 3. `events`: how many times, 3, and `every`, after how much of the run each time:
    2/9 for the authors' 20 of 90 epochs, so that the events are at 22, 44 and 67 %, in finished
    epochs and never after the last one. `limit`: clips of a split that are clustered at most, drawn
    by the generator; the authors take all. `equal`: as many of both splits; a small split has the
    higher purity by chance, which hides part of the gap. Off by default, as in the authors' code.
    Any fusion, any M. Needs scikit-learn. Source: Wei et al. 2024 and the authors' code.
    """

    name = "diag-relearn"
    family = "imbalance"
    card = Card(
        idea="An encoder whose features cluster much better on clips it has seen than on others "
        "has learned too much by heart: move it back towards its initial weights.",
        formula=r"\theta_k \leftarrow (1 - \omega_k) \theta_k + \omega_k \theta_k^{init}, \qquad "
        r"\omega_k = \tanh(\lambda \lvert P_k^{train} - P_k^{val} \rvert)",
        acts="weights",
        cost="1 forward, 1 backward; per event one pass over both splits and 2 M clusterings",
        watch="It uses the validation split for training decisions, so that split no longer is a "
        "fair judge of it. What an event breaks shows one epoch later.",
        paper="Purity gap between training and held-out data decides how much is forgotten.",
        official="Every 20 epochs, three times, λ = 3; features of the augmented training clips; "
        "momentum and batch-norm statistics are left as they are.",
        ours="As the code, with the times as fractions of the run. At most 10,000 clips of a "
        "split are clustered; as many of both by option.",
        source="Wei et al. 2024",
    )

    def __init__(
        self,
        model: Multimodal,
        *,
        generator: torch.Generator | None = None,
        strength: float = 3.0,
        every: float = 2 / 9,
        events: int = 3,
        limit: int = 10_000,
        equal: bool = False,
    ) -> None:
        super().__init__(model, generator=generator)
        if not 0 < every <= 1:
            raise ValueError(f"every: got {every}, expected a fraction of the run above 0")
        if events < 0 or limit < 1:
            raise ValueError(f"events, limit: got {events}, {limit}, expected >= 0 and >= 1")
        self.strength, self.every = as_amount(strength, "strength"), every
        self.events, self.limit, self.equal = events, limit, equal
        self.first = deepcopy(model.encoders).requires_grad_(False)

    def begin(self, corpus: Corpus, settings: Any) -> None:
        """Keep the splits; find out now whether K-means is there."""
        super().begin(corpus, settings)
        kmeans()
        self.splits = {"train": corpus.train, "validation": corpus.validation}

    def times(self) -> set[int]:
        """Numbers of finished epochs after which there is an event."""
        planned = {max(1, round(i * self.every * self.epochs)) for i in range(1, self.events + 1)}
        return {time for time in planned if time < self.epochs}

    def finish_epoch(self, epoch: int) -> None:
        """An event, if it is time."""
        if epoch + 1 in self.times():
            for name, purities in self.diagnose().items():
                omega = pull(purities["train"], purities["validation"], self.strength)
                relearn(self.model.encoders[name], self.first[name], omega)

    def diagnose(self) -> dict[str, dict[str, float]]:
        """P of every modality on every split."""
        seen = {split: outputs(self, self.part(split)) for split in self.splits}
        classes = self.model.head.out_features
        return {
            name: {
                split: purity(cluster(found.features[name], classes), found.labels)
                for split, found in seen.items()
            }
            for name in self.model.modalities
        }

    def part(self, split: str) -> Any:
        """A split, or as many clips of it as are clustered."""
        sizes = {name: len(one) for name, one in self.splits.items()}
        most = min(self.limit, *sizes.values()) if self.equal else self.limit
        if sizes[split] <= most:
            return self.splits[split]
        rows = torch.randperm(sizes[split], generator=self.generator)[:most]
        return Subset(self.splits[split], rows.sort().values.tolist())


def kmeans() -> type:
    """scikit-learn's KMeans. Raises: ImportError that names the extra to install."""
    try:
        from sklearn.cluster import KMeans
    except ImportError:
        message = 'diag-relearn needs scikit-learn: pip install "rgm-course[train]"'
        raise ImportError(message) from None
    return KMeans


def scale(features: Tensor) -> Tensor:
    """2 (z − min) / (max − min) − 1 of every dimension; a constant one to −1. Shapes: (n, d)."""
    low, high = features.amin(dim=0), features.amax(dim=0)
    return 2 * (features - low) / torch.where(high > low, high - low, 1) - 1


def cluster(features: Tensor, clusters: int) -> Tensor:
    """Cluster numbers by K-means++ on the scaled features, seed 0. Shapes: (n, d) → (n,)."""
    points = scale(features.double()).numpy()
    distinct = len(torch.unique(features, dim=0))  # fewer than clusters, in a dead encoder
    found = kmeans()(min(clusters, distinct), n_init=1, random_state=0).fit_predict(points)
    return torch.as_tensor(found, dtype=torch.int64)


def purity(clusters: Tensor, labels: Tensor) -> float:
    """P = (1/n) Σ_q max_y |{i in cluster q : y_i = y}|. Shapes: (n,), (n,) → number."""
    counts = torch.zeros(int(clusters.max()) + 1, int(labels.max()) + 1)
    counts.index_put_((clusters, labels), torch.tensor(1.0), accumulate=True)
    return counts.amax(dim=1).sum().item() / len(labels)


def pull(train: float, validation: float, strength: float) -> float:
    """ω = tanh(λ |P_train − P_val|)."""
    return torch.tensor(strength * abs(train - validation), dtype=torch.float64).tanh().item()


@torch.no_grad()
def relearn(encoder: nn.Module, first: nn.Module, omega: float) -> None:
    """θ ← (1 − ω) θ + ω θ_init in place, on all parameters; ω = 1 gives θ_init bit for bit."""
    for parameter, initial in zip(encoder.parameters(), first.parameters(), strict=True):
        parameter.lerp_(initial, omega)
