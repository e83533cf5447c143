"""CGGM: larger gradients for encoders whose own classifier improves slowly, and a head that turns
towards what those classifiers want."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn.functional import cosine_similarity, cross_entropy, one_hot, softmax
from torch.nn.utils import clip_grad_norm_

from rgm_torch.data.batch import Batch
from rgm_torch.functional._checks import one_of
from rgm_torch.methods.base import Method
from rgm_torch.methods.card import Card
from rgm_torch.methods.heads import own_heads, own_logits, own_losses
from rgm_torch.models.multimodal import Multimodal

Features = Mapping[str, Tensor]


class CGGM(Method):
    """Classifiers V_k z_k + a_k on detached features have batch accuracies ε_k. With their changes
    Δ_k = ε_k(t) − ε_k(t − 1) and Σ = Σ_j Δ_j + 1e-8

    B_k = (Σ − Δ_k)/Σ,  ∇θ_k ← ρ B_k ∇θ_k,
    L = L_mm + λ L_gm,  L_gm = (1/M) Σ_k (|B_k| − B_k cos(u_k, u_Ω)).

    The classifiers add their own cross-entropies to the loss, which reach nothing else. L_gm acts
    on the joint head only. `direction`: "gradient", the paper's: u_k and u_Ω are the gradients
    (P − Y)ᵀ Z_k / B of the classifier and of the head's block, in closed form, hence with a
    derivative; "weight", the authors' code's: the weights V_k and W_k themselves. `guard`: as
    published B is of order 1e6 and of any sign when changes cancel; so B = (M − 1)/M for
    |Σ| < 1/(2B), else cut off at 0 and 2 (ours); False leaves it. `rho`: ρ; `weight`: λ; `rate`:
    the classifiers' learning rate in units of the model's; `clip`: greatest length of the model's
    gradient, inf for none. B and L_gm act at once; in the authors' code L_gm waits for a step.
    Additive fusions, any M ≥ 2. Source: Guo et al. 2024; linear classifiers and the block ours.
    """

    name = "cggm"
    family = "conflict"
    card = Card(
        idea="Watch a classifier on each modality's detached features: encoders whose classifier "
        "improves slowly get larger gradients, and the head is turned towards them.",
        formula=r"\nabla_{\theta_k} \leftarrow \rho B_k \nabla_{\theta_k}, \quad "
        r"B_k = \frac{\sum_{j \ne k} \Delta_j}{\sum_j \Delta_j}, \quad "
        r"L_{gm} = \frac1M \sum_k \bigl( |B_k| - B_k \cos(u_k, u_\Omega) \bigr)",
        acts="encoder gradient, loss",
        cost="1 forward, 1 backward",
        watch="Changes of batch accuracy are mostly noise and often cancel: B jumps. Equal "
        "progress of a pair means B = 1/2, so that ρ = 1.3 is a smaller rate for the encoders.",
        paper="Directions are gradients of the classifiers and of the fusion module.",
        official="Directions are the weights themselves, not their gradients; the term built in "
        "one step joins the next one's loss; no guard, the gradient's norm is cut off at 0.8.",
        ours="The paper's gradients for a linear head in closed form, the weights by option; "
        "everything within one step; a guard where changes cancel, which can be taken away.",
        source="Guo et al. 2024",
    )

    before: Tensor

    def __init__(
        self,
        model: Multimodal,
        *,
        generator: torch.Generator | None = None,
        rho: float = 1.3,
        weight: float = 0.2,
        direction: str = "gradient",
        guard: bool = True,
        rate: float = 0.5,
        clip: float = 0.8,
    ) -> None:
        super().__init__(model, generator=generator)
        if len(model.modalities) < 2:
            raise ValueError(f"modalities: got {len(model.modalities)}, expected at least 2")
        for option, value in (("rho", rho), ("weight", weight), ("rate", rate)):
            if not 0 <= value < float("inf"):
                raise ValueError(f"{option}: got {value}, expected a finite number >= 0")
        if not clip > 0:
            raise ValueError(f"clip: got {clip}, expected a number > 0, or inf")
        model.fusion.blocks(model.head.weight)  # raises where there are none
        self.rho, self.weight, self.guard = rho, weight, guard
        self.rate, self.clip = rate, clip
        self.direction = one_of(direction, ("gradient", "weight"), "direction")
        self.heads = own_heads(model, "separate", self.generator)
        self.register_buffer("before", torch.zeros(len(model.modalities)))
        self.balance = torch.ones(len(model.modalities))

    def parameters_to_train(self) -> list[nn.Parameter]:
        """Those of the model; the classifiers come with a rate of their own in `attach`."""
        return [p for p in self.model.parameters() if p.requires_grad]

    def attach(
        self, optimizer: torch.optim.Optimizer, scaler: torch.amp.GradScaler | None = None
    ) -> None:
        """The classifiers are a second group of the same optimizer."""
        super().attach(optimizer, scaler)
        rate = self.rate * optimizer.param_groups[0]["lr"]
        optimizer.add_param_group({"params": list(self.heads.parameters()), "lr": rate})

    def loss(self, batch: Batch) -> Tensor:
        """L_mm + λ L_gm and the classifiers' cross-entropies."""
        features = self.model.features(batch.inputs)
        apart = {name: z.detach() for name, z in features.items()}
        own = own_logits(self.model, self.heads, apart)
        right = [(o.argmax(dim=-1) == batch.labels).float().mean() for o in own.values()]
        accuracy = torch.stack(right).to(self.before)
        self.balance = balance(accuracy, self.before, len(batch) if self.guard else None)
        self.before.copy_(accuracy)
        joint = cross_entropy(self.classify(features), batch.labels)
        losses = [joint, *own_losses(own, batch.labels).values()]
        if self.weight:
            cosines = self.cosines(apart, own, batch.labels)
            losses.append(self.weight * direction_loss(self.balance, cosines))
        return torch.stack(losses).sum()

    def cosines(self, features: Features, own: Features, labels: Tensor) -> Tensor:
        """cos(u_k, u_Ω) (M,), with a derivative in the joint head alone."""
        names = self.model.modalities
        blocks = self.model.fusion.blocks(self.model.head.weight)
        if self.direction == "weight":
            pairs = [
                (self.heads.get_parameter(f"{n}.weight").detach(), w)
                for n, w in zip(names, blocks, strict=True)
            ]
        else:
            joint = self.model.head(self.model.fusion([features[n] for n in names]))
            pairs = [
                (
                    head_gradient(own[n].detach(), labels, features[n]),
                    head_gradient(joint, labels, features[n]),
                )
                for n in names
            ]
        return torch.stack([cosine_similarity(u.flatten(), v.flatten(), dim=0) for u, v in pairs])

    def edit(self) -> None:
        """Encoders times ρ B_k, then the whole model's gradient to length `clip` at most."""
        for name, factor in zip(self.model.modalities, self.rho * self.balance, strict=True):
            for parameter in self.model.parameters_of[name]:
                if parameter.grad is not None:
                    parameter.grad *= factor
        if self.clip < float("inf"):
            clip_grad_norm_(self.model.parameters(), self.clip)

    def alone(self, features: Features) -> dict[str, Tensor]:
        """What the classifiers say."""
        return own_logits(self.model, self.heads, features)


def balance(accuracy: Tensor, before: Tensor, batch: int | None) -> Tensor:
    """B_k, guarded for batches of the given size, as published for None. Shapes: (M,) → (M,)."""
    change = accuracy - before
    total = change.sum() + 1e-8
    free = (total - change) / total
    if batch is None:
        return free
    even = (len(change) - 1) / len(change)
    return torch.where(total.abs() < 1 / (2 * batch), even, free.clamp(0, 2))


def direction_loss(balance: Tensor, cosines: Tensor) -> Tensor:
    """L_gm ≥ 0, zero where every cosine is sign B_k. Shapes: (M,), (M,) → number."""
    return (balance.abs() - balance * cosines).mean()


def head_gradient(logits: Tensor, labels: Tensor, features: Tensor) -> Tensor:
    """Gradient of CE in a linear head, (P − Y)ᵀ Z / B. Shapes: (B, K), (B,), (B, d) → (K, d)."""
    residual = softmax(logits, dim=-1) - one_hot(labels, logits.shape[-1])
    return residual.T @ features.to(residual) / len(labels)
