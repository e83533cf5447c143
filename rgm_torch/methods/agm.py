"""AGM: scale what flows back to each modality by how its advantage departs from its usual one."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.utils import clip_grad_norm_

from rgm_torch.data.batch import Batch
from rgm_torch.functional._checks import one_of
from rgm_torch.functional._safe import widened
from rgm_torch.methods.card import Card
from rgm_torch.methods.coalitions import coalition_logits, responses
from rgm_torch.methods.scores import confidence
from rgm_torch.methods.timed import Timed, as_amount, as_part, several
from rgm_torch.models.multimodal import Multimodal
from rgm_torch.recorder import Recorder

CAP = 10.0
LARGEST = 1.0
"""An entry of the head's gradient beyond it has the whole gradient clipped to length 1."""


class AGM(Timed):
    """L = CE(Σ_k φ_k, y), where φ_k is modality k's Shapley share of the logits and backwards
    ∂L/∂φ_k ← κ_k ∂L/∂φ_k; Σ_k φ_k = F(all) is the joint logits, so that L is the joint loss.

    s_k = mean_i −log max(softmax(φ_i^k)_{y_i}, 1e-8),  r_k = exp[M/(M−1) (s̄ − s_k)], of a pair
    exp(s_j − s_k),  τ_k the same of the means ŝ_k over all earlier steps (0 before the first), and

    κ_k = exp[α min(τ_k − r_k, 10)]: below 1 for a modality that does better than usual.

    `removal`: what the logits F(S) put in the place of an absent modality. "feature": z_k = 0;
    behind a linear head φ_k is then the split logits W_k z_k + b/M, and the method multiplies the
    gradients of encoder k and of block W_k by κ_k, that of b by their mean. It is the default for
    its simplicity and cost. "input": z_k = E_k(0) in evaluation mode, with gradient, nearest to the
    authors' code (which also runs the present encoders of a partial coalition in that mode).
    `alpha`: α, 1 as in the code. `until`: the part of the run with modulation, 0.2 as the code's
    default of 20 epochs in 100; ŝ goes on being updated. `clip`: the code's guard, the gradient
    clipped to length 1 where an entry of the head's exceeds 1. F(∅) is shared equally for M > 2,
    which is our reading. Any fusion, M ≥ 2. Source: Li et al. 2023 and the authors' code.
    """

    name = "agm"
    family = "imbalance"
    card = Card(
        idea="Split the logits into each modality's share, and scale what flows back into a share "
        "by how far the modality's lead is from its usual lead.",
        formula=r"\kappa_k = e^{\alpha \min(\tau_k - r_k,\, 10)}, \qquad "
        r"r_k = e^{\frac{M}{M-1}(\bar s - s_k)}",
        acts="gradient of the logits: encoder and head block",
        cost="1 forward, 1 backward, 2^M times the head; removal='input' adds one clip",
        watch="κ answers to changes of the lead, not to the lead: a modality that always leads "
        "gets κ = 1. κ can be large in the first steps, where the means are young.",
        paper="Shapley shares of the logits; modulation by the distance to a running reference.",
        official="Inputs set to zero, a cap of 10 in one script, gradient clipping; a lower "
        "cross-entropy gives a larger ratio. BalanceBenchmark turns the sign around and leaves "
        "the empty coalition out.",
        ours="The official sign. Features set to zero by default, inputs by option; one gate "
        "that keeps the value and changes the gradient, so that every fusion works.",
        source="Li et al. 2023",
    )

    mean: Tensor
    steps: Tensor

    def __init__(
        self,
        model: Multimodal,
        *,
        generator: torch.Generator | None = None,
        alpha: float = 1.0,
        until: float = 0.2,
        removal: str = "feature",
        clip: bool = True,
    ) -> None:
        super().__init__(model, generator=generator)
        several(model, self.name)
        self.alpha, self.until = as_amount(alpha, "alpha"), as_part(until, "until")
        self.removal, self.clip = one_of(removal, ("feature", "input"), "removal"), clip
        self.register_buffer("mean", torch.zeros(len(model.modalities)))
        self.register_buffer("steps", torch.tensor(0))
        columns = [f"{column}_{name}" for column in ("score", "kappa") for name in model.modalities]
        self.recorder = Recorder(columns, 1024)

    def loss(self, batch: Batch) -> Tensor:
        """The joint loss, with the gates in the graph."""
        features = self.watched(self.model.features(batch.inputs))
        logits = coalition_logits(self.model, features, self.absent(batch.inputs, features))
        shares = responses(widened(logits))
        kappa = self.judge(shares.detach(), batch.labels)
        if not self.within(self.until):
            kappa = torch.ones_like(kappa)
        return cross_entropy(logits[-1] + gate(shares, kappa), batch.labels)

    def absent(
        self, inputs: Mapping[str, Tensor], features: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        """Features in the place of absent modalities: 0, or those of a clip of zeros."""
        if self.removal == "feature":
            return {name: torch.zeros_like(z) for name, z in features.items()}
        empty = {}
        for name, encoder in self.model.encoders.items():
            with evaluating(encoder):
                empty[name] = encoder(torch.zeros_like(inputs[name][:1]))
        return {name: empty[name].expand_as(z) for name, z in features.items()}

    def judge(self, shares: Tensor, labels: Tensor) -> Tensor:
        """κ of this step; only then the means learn of it. Shapes: (M, n, K), (n,) → (M,)."""
        scores = losses(shares, labels)
        kappa = coefficients(scores, self.mean, self.alpha)
        self.steps += 1
        self.mean.lerp_(scores, 1 / self.steps)  # ŝ (t−1)/t + s/t
        self.recorder.append(torch.cat([scores, kappa]).double()[None])
        return kappa

    def edit(self) -> None:
        """Clip, where the head's gradient asks for it."""
        head = self.model.head.weight.grad
        if self.clip and head is not None and head.abs().max() > LARGEST:
            clip_grad_norm_(self.model.parameters(), 1.0)


def losses(shares: Tensor, labels: Tensor) -> Tensor:
    """s_k = mean_i −log max(softmax(φ_i^k)_{y_i}, 1e-8). Shapes: (M, n, K), (n,) → (M,)."""
    return -confidence(shares, labels).clamp_min(1e-8).log().mean(dim=1)


def advantage(scores: Tensor) -> Tensor:
    """r_k = exp[M/(M−1) (s̄ − s_k)]. Shapes: (M,) → (M,)."""
    return (len(scores) / (len(scores) - 1) * (scores.mean() - scores)).exp()


def coefficients(scores: Tensor, mean: Tensor, alpha: float) -> Tensor:
    """κ_k = exp[α min(τ_k − r_k, 10)]. Shapes: scores, their means so far (M,), (M,) → (M,)."""
    return (alpha * (advantage(mean) - advantage(scores)).clamp_max(CAP)).exp()


def gate(shares: Tensor, kappa: Tensor) -> Tensor:
    """Σ_k (κ_k − 1) (φ_k − stop(φ_k)): the value 0, and κ_k − 1 times the gradient for φ_k.

    Added to Σ_k φ_k it makes the gradients κ_k-fold; with κ = 1 not one bit changes.
    Shapes: (M, n, K), (M,) → (n, K).
    """
    return ((kappa - 1)[:, None, None] * (shares - shares.detach())).sum(dim=0)


@contextmanager
def evaluating(module: nn.Module) -> Iterator[None]:
    """Evaluation mode within it; afterwards every part is in the mode that it was in."""
    modes = {part: part.training for part in module.modules()}
    module.eval()
    try:
        yield
    finally:
        for part, mode in modes.items():
            part.training = mode
