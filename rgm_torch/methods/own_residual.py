"""Own residuals: unimodal losses read through the joint head, written as a rule on gradients."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn.functional import cross_entropy, one_hot

from rgm_torch.data.batch import Batch
from rgm_torch.functional._safe import widened
from rgm_torch.methods.base import Method
from rgm_torch.methods.card import Card
from rgm_torch.models.multimodal import Multimodal


class OwnResidual(Method):
    """With split logits l_k = W_k z_k, p = softmax(Σ_j l_j + b), p_k = softmax(l_k + b) the joint
    residual r = p − y becomes, on modality k's way back, one with modality k's own in it:

    ρ_k = 2 [(1 − α) r + α r_k],  r_k = p_k − y;  z_k receives W_kᵀ ρ_k, W_k receives ρ_k z_kᵀ and
    b the mean of the ρ_k.

    This is the gradient of L_α = 2 [(1 − α) CE(Σ_j l_j + b, y) + α Σ_k CE(l_k + b, y)], but that b
    receives the mean of the own terms where L_α has their sum: unimodal losses on slices of the
    joint head, without other heads or passes, and no more information than they have. L_α is also
    what is reported as the loss.

    `alpha`: α. 0 is twice the joint gradient; ½, the default, the joint loss and one own loss per
    modality, all with weight 1; 1 is late fusion trained in one pass, on one head. b is trained;
    where it ends at the log prior of the classes, Σ_k l_k + b is Bayes' rule for modalities that
    are independent given the class. Not for labels that live in the combination of modalities
    only: there own terms, above all with large α, can destroy what joint training learns.
    Additive fusions only, else ValueError; any M. Source: ours; product of experts and unimodal
    losses are old.
    """

    name = "own-residual"
    family = "ours"
    card = Card(
        idea="Give each modality, besides the residual all share, the residual of its own slice of "
        "the joint head: what it alone still gets wrong.",
        formula=r"\rho_k = 2\,[(1 - \alpha)(p - y) + \alpha (p_k - y)], \qquad "
        r"g_k = W_k^\top \rho_k",
        acts="gradient of the split logits: encoders and head",
        cost="1 forward, 1 backward; one softmax per modality",
        watch="It is unimodal losses in another form, so its control is multi-loss with split "
        "heads. Under synergy a large α can destroy what joint training learns.",
        paper="Not in the literature as a rule on gradients, as far as we know; the loss it comes "
        "from is standard.",
        official="None.",
        ours="Encoders and head both; the bias gets the mean over the modalities. "
        "α = ½ because it has no tuned constant.",
        source="ours",
    )

    def __init__(
        self,
        model: Multimodal,
        *,
        generator: torch.Generator | None = None,
        alpha: float = 0.5,
    ) -> None:
        super().__init__(model, generator=generator)
        model.fusion.blocks(model.head.weight)  # raises where the logits do not split
        if not 0 <= alpha <= 1:
            raise ValueError(f"alpha: got {alpha}, expected a number between 0 and 1")
        self.alpha = alpha

    def loss(self, batch: Batch) -> Tensor:
        """L_α, whose gradient in the split logits is ρ_k / B."""
        split = self.model.split_logits(self.watched(self.model.features(batch.inputs)))
        return Residuals.apply(self.alpha, self.model.head.bias, batch.labels, *split.values())


class Residuals(torch.autograd.Function):
    """L_α of split logits l_k + b/M that sum to the joint ones; their gradients are ρ_k / B.

    The rest of the bias that l_k + b needs is a constant here: b has its gradient by way of the
    b/M, Σ_k ρ_k / M.
    """

    @staticmethod
    def forward(ctx, alpha: float, bias: Tensor, labels: Tensor, *split: Tensor) -> Tensor:
        """Shapes: bias (K,), labels (B,), M split logits (B, K) → scalar."""
        parts = widened(torch.stack(split))
        joint, own = parts.sum(dim=0), parts + (1 - 1 / len(split)) * bias
        ctx.save_for_backward(residuals(joint, own, labels, alpha))
        ctx.dtype = split[0].dtype
        losses = torch.stack([cross_entropy(logits, labels) for logits in own])
        return 2 * ((1 - alpha) * cross_entropy(joint, labels) + alpha * losses.sum())

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient: Tensor) -> tuple[Tensor | None, ...]:
        """ρ_k / B for every split logits."""
        (rho,) = ctx.saved_tensors
        scaled: Sequence[Tensor] = (gradient / rho.shape[1] * rho).to(ctx.dtype).unbind()
        return None, None, None, *scaled


def residuals(joint: Tensor, own: Tensor, labels: Tensor, alpha: float) -> Tensor:
    """ρ_k = 2 [(1 − α) r + α r_k]. Shapes: logits (B, K), (M, B, K), labels (B,) → (M, B, K)."""
    y = one_hot(labels, joint.shape[-1])
    return 2 * ((1 - alpha) * (joint.softmax(-1) - y) + alpha * (own.softmax(-1) - y))
