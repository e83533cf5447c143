"""InfoReg: tie a leading encoder to its weights at the epoch's start while it gains information."""

from copy import deepcopy

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from rgm_torch.data.batch import Batch
from rgm_torch.functional._checks import one_of
from rgm_torch.methods.base import Method
from rgm_torch.methods.card import Card
from rgm_torch.methods.heads import own_losses
from rgm_torch.methods.scores import confidence, together
from rgm_torch.methods.timed import as_amount, several
from rgm_torch.models.multimodal import Multimodal

SCORES = ("probability", "cross-entropy")


class InfoReg(Method):
    """Joint training with, for encoder k in the epochs of its window,

    g_k ← g_k + α_k (θ_k − θ_k^start),  α_k = e^{β tanh Δ_k} if Δ_k > 0, else 0,

    Δ_k the mean of s_k − s_j over the modalities j with s_j < s_k, s_k the batch mean of
    softmax(f_i^k)_{y_i} with split logits f^k = W_k z_k + b/M. The window of epoch e ≥ 2 is open if
    (T^{e−1} − T^{e−2}) / T^{e−1} > K with T_k = mean over the epoch's steps of ‖g_k‖², before the
    tie is added.

    `beta`: β, 0.9; `threshold`: K, 0.04; the paper's best values. `unimodal`: False is InfoReg, the
    paper's L = CE(f, y); True is InfoReg*, L = CE(f, y) + Σ_k CE(f^k, y), which is what the
    released code always runs and must be read against `multi-loss` with split heads. `score`:
    "probability" as in the code, but the mean for its sum, which would saturate tanh;
    "cross-entropy", s_k = mean log softmax(f_i^k)_{y_i}, minus the paper's own words, which as
    they stand would tie the weaker one. Windows and α follow the paper, each modality by its own;
    the code has one window, of audio's smoothed trace, and constants chosen by hand.
    Additive fusions only, else ValueError; M ≥ 2. Source: Huang et al. 2025.
    """

    name = "inforeg"
    family = "imbalance"
    card = Card(
        idea="While the encoder of a modality that leads gains Fisher information fast, tie it "
        "softly to where it stood when the epoch began.",
        formula=r"g_k \leftarrow g_k + e^{\beta \tanh \Delta_k} (\theta_k - \theta_k^{start})",
        acts="encoder gradient",
        cost="1 forward, 1 backward; one copy of the encoders",
        watch="The tie is weak over short epochs, and the window closes by itself; look at "
        "`window` before believing that anything happened. Stable only if α η / (1 − μ) << 1.",
        paper="Window from two epochs' traces, coefficient e^{β tanh Δ}. It names cross-entropy as "
        "the score, but treats larger as better.",
        official="Summed probabilities, coefficients 0.95 and 0.1 times e^{tanh Δ} for audio and "
        "video, one window from a ten-epoch mean of audio's trace; unimodal losses always added.",
        ours="The paper's window and coefficient, mean probabilities as the score. Without "
        "unimodal losses as the paper's equation; with them (InfoReg*) by option.",
        source="Huang et al. 2025",
    )

    traces: Tensor
    total: Tensor
    steps: Tensor
    window: Tensor

    def __init__(
        self,
        model: Multimodal,
        *,
        generator: torch.Generator | None = None,
        beta: float = 0.9,
        threshold: float = 0.04,
        unimodal: bool = False,
        score: str = "probability",
    ) -> None:
        super().__init__(model, generator=generator)
        several(model, self.name)
        model.fusion.blocks(model.head.weight)  # raises where the logits do not split
        if not threshold >= 0:
            raise ValueError(f"threshold: got {threshold}, expected a number >= 0")
        self.beta, self.threshold = as_amount(beta, "beta"), threshold
        self.unimodal, self.score = unimodal, one_of(score, SCORES, "score")
        self.start = deepcopy(model.encoders).requires_grad_(False)
        modalities = len(model.modalities)
        self.register_buffer("traces", torch.zeros(2, modalities))  # T^{e−2}, T^{e−1}
        self.register_buffer("total", torch.zeros(modalities))
        self.register_buffer("steps", torch.zeros(modalities))
        self.register_buffer("window", torch.zeros(modalities, dtype=torch.bool))
        self.alpha = torch.zeros(modalities)

    def start_epoch(self, epoch: int) -> None:
        """Take down where the encoders stand, and open or close their windows."""
        self.start.load_state_dict(self.model.encoders.state_dict())
        if epoch >= 2:
            self.window.copy_(is_open(self.traces[1], self.traces[0], self.threshold))

    def loss(self, batch: Batch) -> Tensor:
        """CE(f, y), for InfoReg* + Σ_k CE(f^k, y); on the way, α of this batch."""
        features = self.model.features(batch.inputs)
        split = self.model.split_logits(features)
        p = confidence(together(split), batch.labels)
        scores = (p if self.score == "probability" else p.log()).mean(dim=1)
        self.alpha = strength(gaps(scores), self.beta)
        joint = cross_entropy(self.classify(features), batch.labels)
        if not self.unimodal:
            return joint
        own = own_losses(split, batch.labels)
        return torch.stack([joint, *own.values()]).sum()

    def edit(self) -> None:
        """Measure ‖g_k‖², then add the tie of the encoders in their windows."""
        ties = torch.where(self.window, self.alpha, 0)
        for k, name in enumerate(self.model.modalities):
            self.measure(k, name)
            begun = self.start[name].parameters()
            for parameter, first in zip(self.model.parameters_of[name], begun, strict=True):
                if parameter.grad is not None:
                    parameter.grad.add_(ties[k] * (parameter.detach() - first))

    def measure(self, k: int, name: str) -> None:
        """Add ‖g_k‖² to the epoch's sum, but for a step that AMP has overflowed and skips."""
        found = [p.grad for p in self.model.parameters_of[name] if p.grad is not None]
        if found:
            squared = torch.stack([gradient.square().sum() for gradient in found]).sum()
            finite = squared.isfinite()
            self.total[k] += torch.where(finite, squared, 0)
            self.steps[k] += finite

    def finish_epoch(self, epoch: int) -> None:
        """T of the epoch; sums start anew."""
        latest = self.total / self.steps.clamp_min(1)
        self.traces.copy_(torch.stack([self.traces[1], latest]))
        self.total.zero_()
        self.steps.zero_()


def gaps(scores: Tensor) -> Tensor:
    """Δ_k = mean of s_k − s_j over the j with s_j < s_k, 0 for the last. Shapes: (M,) → (M,)."""
    ahead = (scores[:, None] - scores).clamp_min(0)
    return ahead.sum(dim=1) / (ahead > 0).sum(dim=1).clamp_min(1)


def strength(gaps: Tensor, beta: float) -> Tensor:
    """α = e^{β tanh Δ} where Δ > 0, else 0. Shapes: (M,) → (M,)."""
    return torch.where(gaps > 0, (beta * gaps.tanh()).exp(), 0)


def is_open(trace: Tensor, before: Tensor, threshold: float) -> Tensor:
    """(T^{e−1} − T^{e−2}) / T^{e−1} > K, closed while T = 0. Shapes: (M,), (M,) → booleans (M,)."""
    return trace - before > threshold * trace
