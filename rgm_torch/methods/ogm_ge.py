"""OGM-GE: shrink the encoder gradient of whoever predicts better, add noise of its size."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from rgm_torch.data.batch import Batch
from rgm_torch.functional._checks import one_of
from rgm_torch.methods.card import Card
from rgm_torch.methods.scores import confidence, together
from rgm_torch.methods.timed import Timed, as_amount, as_part, several
from rgm_torch.models.multimodal import Multimodal
from rgm_torch.recorder import Recorder

AXES = {"weights": range(2, 9), "convolutions": range(4, 5)}


class OGMGE(Timed):
    """Joint training; after each backward pass, with split logits f^k = W_k z_k + b/M,

    s_k = Σ_i softmax(f_i^k)_{y_i},  ρ_k = s_k / mean_{j≠k} s_j,  κ_k = 1 − tanh(α ρ_k) if ρ_k > 1,
    else 1, and for every weight tensor of encoder k: g ← κ_k g + std(g) ξ, ξ ~ N(0, I).

    κ jumps at ρ = 1, as printed. The noise has the scale of the gradient before κ and goes to every
    encoder; `noise=False` is OGM. `alpha`: α, 0.1 in the authors' code (0.8 for CREMA-D). `until`:
    the part of the run with modulation, ½ as in the authors' scripts. `parameters`: "weights", all
    tensors with two axes or more, so that no encoder is left out; "convolutions", four axes, as the
    authors' code does (ValueError where an encoder has none: it would be joint training).
    `rule`, for M > 2, which the paper leaves open: "mean" damps at most M − 1 modalities, "minimum"
    (ρ_k = s_k / min_j s_j, BalanceBenchmark's) all but the weakest; of a pair they are one.
    The head's gradient is that of joint training. Additive fusions only, else ValueError; M ≥ 2.
    Source: Peng et al. 2022 and the authors' code.
    """

    name = "ogm-ge"
    family = "imbalance"
    card = Card(
        idea="See which modality predicts better, make its encoder's gradient shorter, and add "
        "noise of the gradient's own size to all encoders.",
        formula=r"\kappa_k = 1 - \tanh(\alpha \rho_k) \text{ if } \rho_k > 1 \text{ else } 1, "
        r"\qquad \tilde g_k = \kappa_k g_k + \varsigma_k \xi",
        acts="encoder gradient",
        cost="1 forward, 1 backward",
        watch="It slows the strong modality down and gives the weak one nothing. With a small α "
        "most of what it does is the noise: compare with noise=False.",
        paper="Both modalities compared by summed true-class probabilities; noise with the "
        "covariance of the SGD noise. Two modalities.",
        official="Noise with the standard deviation of each gradient tensor; only tensors with "
        "four axes are touched, so an encoder without convolutions trains as in joint training. "
        "BalanceBenchmark touches all tensors with two axes or more.",
        ours="All weight tensors, no biases and norms, because the method should not depend on "
        "convolutions; those alone by option. Noise as in the code. For M > 2 the mean of the "
        "others, or their minimum.",
        source="Peng et al. 2022",
    )

    def __init__(
        self,
        model: Multimodal,
        *,
        generator: torch.Generator | None = None,
        alpha: float = 0.1,
        noise: bool = True,
        until: float = 0.5,
        parameters: str = "weights",
        rule: str = "mean",
    ) -> None:
        super().__init__(model, generator=generator)
        several(model, self.name)
        model.fusion.blocks(model.head.weight)  # raises where the logits do not split
        self.alpha, self.noise = as_amount(alpha, "alpha"), noise
        self.until, self.rule = as_part(until, "until"), one_of(rule, ("mean", "minimum"), "rule")
        self.axes = AXES[one_of(parameters, AXES, "parameters")]
        for name in model.modalities:
            if not any(True for _ in self.weights(name)):
                raise ValueError(f"parameters: encoder {name} has no {parameters} to modulate")
        columns = [f"{column}_{name}" for column in ("ratio", "kappa") for name in model.modalities]
        self.recorder = Recorder(columns, 1024)
        self.kappa = torch.ones(len(model.modalities))

    def loss(self, batch: Batch) -> Tensor:
        """The joint loss; on the way, κ of this batch."""
        features = self.model.features(batch.inputs)
        own = together(self.model.split_logits(features))
        rho = ratios(confidence(own, batch.labels).sum(dim=1), self.rule)
        self.kappa = coefficients(rho, self.alpha)
        self.recorder.append(torch.cat([rho, self.kappa]).double()[None])
        return cross_entropy(self.classify(features), batch.labels)

    def edit(self) -> None:
        """g ← κ_k g + noise on the weights of the encoders."""
        if not self.within(self.until):
            return
        for kappa, name in zip(self.kappa, self.model.modalities, strict=True):
            for parameter in self.weights(name):
                if parameter.grad is not None:
                    modulate(parameter.grad, kappa, self.generator if self.noise else None)

    def weights(self, name: str) -> Iterator[nn.Parameter]:
        """The tensors of an encoder that are modulated."""
        return (p for p in self.model.parameters_of[name] if p.ndim in self.axes)


def ratios(scores: Tensor, rule: str = "mean") -> Tensor:
    """ρ_k = s_k / mean_{j≠k} s_j, or s_k / min_j s_j. Shapes: s (M,) → (M,)."""
    s = scores.clamp_min(torch.finfo(scores.dtype).tiny)  # all of a batch hopeless: 0 / 0
    if rule == "minimum":
        return s / s.min()
    others = torch.stack([torch.cat([s[:k], s[k + 1 :]]).mean() for k in range(len(s))])
    return s / others


def coefficients(ratios: Tensor, alpha: float) -> Tensor:
    """κ_k = 1 − tanh(α ρ_k) where ρ_k > 1, else 1. Shapes: (M,) → (M,)."""
    return torch.where(ratios > 1, 1 - (alpha * ratios).tanh(), 1)


def modulate(gradient: Tensor, kappa: Tensor, generator: torch.Generator | None) -> None:
    """g ← κ g + ς ξ in place, ς = std(g) + 1e-8 of the gradient as it came; no generator, no noise.

    std has n − 1 in its denominator; a tensor of one entry has none, and gets no noise.
    """
    scale = gradient.std() + 1e-8 if generator and gradient.numel() > 1 else None
    gradient.mul_(kappa)
    if scale is not None:
        gradient.add_(scale * torch.randn(gradient.shape, generator=generator).to(gradient))
