"""Late fusion: encoders trained apart, posteriors multiplied. The yardstick of every table."""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn.functional import log_softmax

from rgm_torch.data.batch import Batch, Corpus
from rgm_torch.methods.base import Method
from rgm_torch.methods.card import Card
from rgm_torch.methods.heads import own_heads, own_logits, own_losses
from rgm_torch.models.multimodal import Multimodal


class LateFusion(Method):
    """L = Σ_k CE(V_k z_k + a_k, y), p_k = softmax(V_k z_k + a_k), and for the prediction
    log p(y) = Σ_k log p_k(y) − (M − 1) log π(y) + const.

    One pass trains all encoders, because they share nothing: encoder k receives exactly the
    gradient it would receive alone. The product of posteriors over the prior π is Bayes' rule for
    modalities that are independent given the class. π is counted in the training split, with one
    clip added to every class so that a class without any keeps a finite log π. Any M ≥ 1.
    The features pass through the model's modulator, so that a monitor sees their gradients.
    """

    name = "late-fusion"
    family = "control"
    card = Card(
        idea="Train every encoder alone, multiply the posteriors, divide by the prior.",
        formula=r"\log p(y) = \sum_k \log p_k(y) - (M - 1) \log \pi(y) + \text{const}",
        acts="loss and prediction",
        cost="1 forward, 1 backward",
        watch="Exact for modalities that are independent given the class; blind to what only their "
        "combination tells.",
        paper="Not in the paper's tables.",
        official="None: it is a standard control.",
        ours="One pass trains all encoders, since they share nothing. The prior is counted in the "
        "training split.",
        source="standard: a product of experts under Bayes' rule",
    )

    log_prior: Tensor

    def __init__(self, model: Multimodal, *, generator: torch.Generator | None = None) -> None:
        super().__init__(model, generator=generator)
        classes = model.head.out_features
        self.heads = own_heads(model, "separate", self.generator)
        self.register_buffer("log_prior", torch.full((classes,), 1 / classes).log())

    def begin(self, corpus: Corpus, settings: object) -> None:
        """Count the prior."""
        counts = torch.bincount(corpus.train.labels, minlength=len(self.log_prior)) + 1
        self.log_prior.copy_((counts / counts.sum()).log())

    def loss(self, batch: Batch) -> Tensor:
        """Sum of the modalities' own cross-entropies."""
        logits = self.alone(self.model.features(batch.inputs))
        return torch.stack(list(own_losses(logits, batch.labels).values())).sum()

    def classify(self, features: Mapping[str, Tensor]) -> Tensor:
        """Log of the product of the posteriors over the prior, up to a constant."""
        logits = self.alone(features)
        log_posteriors = torch.stack([log_softmax(own, dim=-1) for own in logits.values()])
        return log_posteriors.sum(dim=0) - (len(logits) - 1) * self.log_prior

    def alone(self, features: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Each modality's own logits V_k z_k + a_k."""
        return own_logits(self.model, self.heads, self.watched(features))
