"""G-Blending: weight joint and unimodal losses by what each generalises per overfitting."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from rgm_torch.data.batch import Batch, Corpus
from rgm_torch.methods._rehearsal import rehearse, twin
from rgm_torch.methods.base import Method
from rgm_torch.methods.card import Card
from rgm_torch.methods.joint import Joint
from rgm_torch.methods.late_fusion import LateFusion
from rgm_torch.methods.multi_loss import MultiLoss
from rgm_torch.methods.outputs import outputs
from rgm_torch.methods.timed import several
from rgm_torch.models.multimodal import Multimodal
from rgm_torch.recorder import Recorder


class GBlending(MultiLoss):
    """L = Σ_m w_m L_m, Σ_m w_m = 1, of the joint head (m = 0) and a head of each modality's own.

    To weigh them, copies of the model are trained for n epochs with L_0 alone, and with each L_m
    alone. Of the mean losses in evaluation mode on the training and the validation split,

    O = L^V − L^T,  ΔO_m = O_after − O_before,  ΔG_m = L^V_before − L^V_after,
    w_m = r_m / Σ_l r_l,  r_m = max(ΔG_m, 1e-4) / max(|ΔO_m|, 1e-3)².

    The copies start from the present encoders and heads, and see the batches and learning rates
    that the model is about to see. Copies of single modalities share nothing, so that one training
    makes all of them.
    `horizon`: n as a part of the run. 1 is the offline method, one estimate before training, the
    default because it is simpler and has no further constant. Less is the online one: a super-epoch
    of n epochs each begins with an estimate (BalanceBenchmark: 10 of 30 epochs, 1/3).
    `weights`: (w_0, w_1, …, w_M) if they are known, joint first, and nothing is estimated.
    The guards 1e-4 and 1e-3 are ours. The hold-out data are the validation split. The prediction is
    the joint head's. M ≥ 2, any fusion. Source: Wang, Tran & Feiszli 2020.
    """

    name = "g-blending"
    family = "imbalance"
    card = Card(
        idea="Let every modality and their fusion show how much they gain on held-out data and "
        "how much they overfit, then mix their losses accordingly.",
        formula=r"L = \sum_m w_m L_m, \qquad "
        r"w_m \propto \frac{\Delta G_m}{(\Delta O_m)^2}, \quad \sum_m w_m = 1",
        acts="loss weights",
        cost="1 forward, 1 backward; to estimate, offline and online alike, 2 trainings of all "
        "encoders as long as the run itself: about 3 runs in all",
        watch="Differences of small hold-out losses are noisy, and ΔO is squared: a head that "
        "hardly overfits takes all the weight. The losses add up to one: a small w for the joint "
        "loss slows the joint head.",
        paper="Minimises the expected squared ratio of overfitting to generalisation of the mixed "
        "direction, if the heads overfit independently.",
        official="The weighted loss and some weights were released, the estimator was not. "
        "BalanceBenchmark compares sums over batches of unequal splits and takes |ΔG|, which "
        "rewards a head that became worse.",
        ours="Means per sample in evaluation mode; a head that became worse is nearly off; weights "
        "sum to 1 as the released ones do. Validation split as hold-out, never the test split.",
        source="Wang, Tran & Feiszli 2020",
    )

    weights: Tensor

    def __init__(
        self,
        model: Multimodal,
        *,
        generator: torch.Generator | None = None,
        horizon: float = 1.0,
        weights: Sequence[float] = (),
    ) -> None:
        super().__init__(model, generator=generator)
        several(model, self.name)
        if not 0 < horizon <= 1:
            raise ValueError(f"horizon: got {horizon}, expected a part of the run in (0, 1]")
        self.horizon, self.given = horizon, bool(weights)
        heads = ["joint", *model.modalities]
        self.register_buffer("weights", as_weights(weights or [1 / len(heads)] * len(heads), heads))
        columns = ("overfitting", "generalisation", "weight")
        self.recorder = Recorder(["epoch", *(f"{c}_{h}" for c in columns for h in heads)], 1024)

    def begin(self, corpus: Corpus, settings: Any) -> None:
        """What the copies will train on, and how."""
        self.corpus, self.settings = corpus, settings

    def start_epoch(self, epoch: int) -> None:
        """Estimate the weights where a super-epoch begins."""
        if self.given:
            return
        total = self.settings.epochs
        length = max(1, round(self.horizon * total))
        if epoch % length == 0:
            self.estimate(range(epoch, min(epoch + length, total)))

    def estimate(self, epochs: range) -> None:
        """Train the copies, and set the weights."""
        device = self.weights.device
        joint, own = Joint(twin(self.model)), LateFusion(twin(self.model)).to(device)
        own.heads.load_state_dict(self.heads.state_dict())
        parts = (self.corpus.train, self.corpus.validation)
        before = [losses(joint, own, part) for part in parts]
        for copy in (joint, own):
            rehearse(copy, self.corpus, self.settings, epochs)
        after = [losses(joint, own, part) for part in parts]
        train, holdout = map(torch.stack, zip(before, after, strict=True))
        overfitting, generalisation = changes(train, holdout)
        found = blend(overfitting, generalisation)
        self.weights.copy_(found)
        start = torch.tensor([epochs.start])
        self.recorder.append(torch.cat([start, overfitting, generalisation, found])[None])

    def loss(self, batch: Batch) -> Tensor:
        """Σ_m w_m L_m."""
        tasks = self.tasks(self.model.features(batch.inputs), batch.labels)
        return (self.weights * torch.stack(tasks)).sum()


def losses(joint: Method, own: Method, dataset: Any) -> Tensor:
    """Mean loss of every head on a data set, (M + 1,): the joint one, then the modalities' own."""
    fused, alone = outputs(joint, dataset), outputs(own, dataset)
    logits = torch.stack([fused.logits, *alone.alone.values()]).double()
    return torch.stack([cross_entropy(each, fused.labels) for each in logits])


def changes(train: Tensor, holdout: Tensor) -> tuple[Tensor, Tensor]:
    """ΔO and ΔG of each head. Shapes: losses before and after, (2, m) twice → (m,), (m,)."""
    before, after = holdout - train
    return after - before, holdout[0] - holdout[1]


def blend(overfitting: Tensor, generalisation: Tensor) -> Tensor:
    """w = r / Σ r, r = max(ΔG, 1e-4) / max(|ΔO|, 1e-3)². Shapes: (m,), (m,) → (m,)."""
    raw = generalisation.clamp_min(1e-4) / overfitting.abs().clamp_min(1e-3) ** 2
    return raw / raw.sum()


def as_weights(weights: Sequence[float], heads: Sequence[str]) -> Tensor:
    """Weights (M + 1,) that sum to 1; ValueError for others."""
    fits = len(weights) == len(heads) and all(0 <= w < math.inf for w in weights)
    if not fits or abs(sum(weights) - 1) > 1e-3:  # published ones have three digits
        expected = f"one >= 0 for each of {', '.join(heads)}, of sum 1"
        raise ValueError(f"weights: got {weights}, expected {expected}")
    return torch.tensor(weights)
