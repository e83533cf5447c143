"""PMR: class prototypes as a classifier per modality; pull the slower, hold back the faster one."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from torch.utils.data import Subset

from rgm_torch.data.batch import Batch, Corpus
from rgm_torch.functional._checks import one_of
from rgm_torch.functional._safe import widened
from rgm_torch.methods.card import Card
from rgm_torch.methods.outputs import outputs
from rgm_torch.methods.prototypes import balanced_rows, class_means, distances, entropy
from rgm_torch.methods.scores import confidence, together
from rgm_torch.methods.timed import Timed, as_amount, as_part, several
from rgm_torch.models.multimodal import Multimodal

RULES = ("paper", "code")


class PMR(Timed):
    """L = L_CE + α Σ_k β_k PCE_k − μ Σ_k γ_k H_k, with prototypes c_y^k, the class means of z_k,

    p_i^k(y) = softmax_y(−‖z_i^k − c_y^k‖),  PCE_k = mean_i −log p_i^k(y_i),  s_k = Σ_i p_i^k(y_i),
    H_k the mean entropy of p^k, and, without gradient and clipped to [0, 1],

    β_k = s_max/s_k − 1,  γ_k = s_k/s_min − 1: pull what lags, keep uncertain what leads.

    c ← ε c_old + (1 − ε) c_new before training and after every epoch, over a fixed tenth of the
    training split (`share`) with as many clips of every class, in evaluation mode; the authors draw
    a new tenth every time, which is noisier. `momentum`: ε, 0 as in their scripts (their code's
    default is 0.2). `alpha`: α, 2 as in their scripts. `mu`: μ, 0.01. `until`: the part of the run
    with prototypes, 0.55 for their 70 of 130 epochs. `entropy_until`: that with the entropy, 0.1
    for "the first few epochs". `rule`: "paper", the default, for it is what the paper explains;
    "code", β_k = 1 for the weaker of a pair and no entropy, which is what was released.
    For M > 2 the formulas above are a third party's; of a pair they are the paper's. 'code' is for
    a pair only, else ValueError. Any fusion, M ≥ 2. Source: Fan et al. 2023.
    """

    name = "pmr"
    family = "imbalance"
    card = Card(
        idea="Classify each modality by its distance to class means. Pull the modality that does "
        "worse to its means, and early on keep the better one uncertain.",
        formula=r"L = L_{CE} + \alpha \sum_k \beta_k L^k_{PCE} - \mu \sum_k \gamma_k H(p^k)",
        acts="loss on the features",
        cost="1 forward, 1 backward; a tenth of an epoch forward per epoch",
        watch="Distances are not squared and features are not normalised, so wide features make "
        "almost one-hot probabilities, and a steep loss.",
        paper="Coefficients proportional to the lead, clipped to [0, 1], and the entropy term in "
        "the first epochs. Two modalities.",
        official="On or off: full weight on the weaker one's loss; no entropy term. "
        "BalanceBenchmark follows it for two, and for three scales gradients instead.",
        ours="The paper's form; the code's by option. A fixed class-balanced tenth for the "
        "prototypes. More than two modalities after a third party.",
        source="Fan et al. 2023",
    )

    rows: Tensor

    def __init__(
        self,
        model: Multimodal,
        *,
        generator: torch.Generator | None = None,
        alpha: float = 2.0,
        mu: float = 0.01,
        momentum: float = 0.0,
        until: float = 0.55,
        entropy_until: float = 0.1,
        share: float = 0.1,
        rule: str = "paper",
    ) -> None:
        super().__init__(model, generator=generator)
        several(model, self.name)
        self.alpha, self.mu = as_amount(alpha, "alpha"), as_amount(mu, "mu")
        self.until = as_part(until, "until")
        self.entropy_until = as_part(entropy_until, "entropy_until")
        if not 0 <= momentum < 1 or not 0 < share <= 1:
            raise ValueError(
                f"momentum, share: got {momentum}, {share}, expected them in [0, 1) and (0, 1]"
            )
        self.momentum, self.share, self.rule = momentum, share, one_of(rule, RULES, "rule")
        if rule == "code" and len(model.modalities) > 2:
            raise ValueError(f"rule: 'code' is for a pair, got modalities {model.modalities}")
        for name, width in zip(model.modalities, model.fusion.widths, strict=True):
            self.register_buffer(f"prototypes_{name}", torch.zeros(model.head.out_features, width))

    def begin(self, corpus: Corpus, settings: Any) -> None:
        """Choose the tenth, and make the first prototypes, those of the untrained network."""
        super().begin(corpus, settings)
        self.train_split = corpus.train
        labels = torch.as_tensor(corpus.train.labels)
        rows = balanced_rows(labels, len(corpus.classes), self.share, self.generator)
        self.register_buffer("rows", rows)
        self.update(momentum=0.0)

    def finish_epoch(self, epoch: int) -> None:
        """New prototypes, as long as they are used."""
        if self.within(self.until):
            self.update(self.momentum)

    def update(self, momentum: float) -> None:
        """c ← ε c + (1 − ε) class means, over the tenth."""
        seen = outputs(self, Subset(self.train_split, self.rows.tolist()))
        for name, features in seen.features.items():
            old = self.prototypes[name]
            new = class_means(widened(features), seen.labels, len(old))
            old.copy_(momentum * old + (1 - momentum) * new.to(old))

    @property
    def prototypes(self) -> dict[str, Tensor]:
        """c^k (K, d_k) by modality."""
        return {name: getattr(self, f"prototypes_{name}") for name in self.model.modalities}

    def loss(self, batch: Batch) -> Tensor:
        """The joint loss and, within the window, the prototypes' terms."""
        features = self.model.features(batch.inputs)
        joint = cross_entropy(self.classify(features), batch.labels)
        if not self.within(self.until):
            return joint
        pull, push = self.terms(features, batch.labels)
        return joint + self.alpha * pull - (self.mu * push if self.pushes() else 0)

    def terms(self, features: Mapping[str, Tensor], labels: Tensor) -> tuple[Tensor, Tensor]:
        """Σ_k β_k PCE_k and Σ_k γ_k H_k; gradients go to the features only."""
        own = {name: -distances(features[name], c) for name, c in self.prototypes.items()}
        beta, gamma = coefficients(confidence(together(own), labels).sum(dim=1), self.rule)
        pulls = torch.stack([cross_entropy(logits, labels) for logits in own.values()])
        return (beta * pulls).sum(), (gamma * torch.stack(list(map(entropy, own.values())))).sum()

    def pushes(self) -> bool:
        """Whether the entropy has its time."""
        return self.within(self.entropy_until)


def coefficients(scores: Tensor, rule: str = "paper") -> tuple[Tensor, Tensor]:
    """β_k = clip(s_max/s_k − 1), γ_k = clip(s_k/s_min − 1), to [0, 1]; 'code': 1 and 0, no γ.

    Shapes: s (M,) → (M,), (M,).
    """
    s = scores.clamp_min(torch.finfo(scores.dtype).tiny)  # far from all means: p underflows
    if rule == "code":
        return (s < s.max()).to(s), torch.zeros_like(s)
    return (s.max() / s - 1).clamp(0, 1), (s / s.min() - 1).clamp(0, 1)
