"""What methods share that look at the gradients of several losses before they add them."""

from math import sqrt

import torch
from torch import Tensor

from rgm_torch.data.batch import Batch
from rgm_torch.functional._checks import one_of
from rgm_torch.methods.aggregators import Gram, gram, weigh, weights
from rgm_torch.methods.gradients import Gradients, gradients
from rgm_torch.methods.multi_loss import MultiLoss
from rgm_torch.models.multimodal import Multimodal
from rgm_torch.recorder import Recorder

COLUMNS = ("cosine", "norm_before", "norm_after")
KEPT = 1024
SCOPES = ("encoder", "model")
REDUCTIONS = ("sum", "mean")


class Surgery(MultiLoss):
    """The losses of `MultiLoss`; encoder k's pair (g_mm, g_u) = (∇L_mm, λ ∇L_k) goes through
    `merge`, everything else keeps the plain sum of its gradients.

    Encoder k is in no other unimodal loss, so that two backward passes, of L_mm and of Σ_k L_k,
    give all pairs. `recorder` keeps, of the last 1024 steps and for every encoder, cos(g_mm, g_u),
    ‖g_mm + g_u‖ and the length of what became of it.
    """

    def __init__(
        self,
        model: Multimodal,
        *,
        generator: torch.Generator | None = None,
        heads: str = "separate",
        weight: float = 1.0,
    ) -> None:
        super().__init__(model, generator=generator, heads=heads, weight=weight)
        names = [f"{column}_{name}" for name in model.modalities for column in COLUMNS]
        self.recorder = Recorder(names, KEPT)
        self.pending: list[Tensor] = []

    def merge(self, found: Gradients, table: Gram) -> Tensor:
        """The update (d,) of one encoder from its rows (2, d) and their Gram matrix."""
        raise NotImplementedError

    def loss(self, batch: Batch) -> Tensor:
        """Their sum; the single losses wait for the backward pass."""
        self.pending = self.tasks(self.model.features(batch.inputs), batch.labels)
        return torch.stack(self.pending).sum()

    def backward(self, loss: Tensor) -> None:
        """Fill `.grad`, encoder by encoder."""
        joint, *own = self.pending
        self.pending = []
        losses = [joint, torch.stack(own).sum()]
        seen: dict[str, float] = {}
        for name, found in gradients(losses, self.groups(), self.scaler).items():
            if name not in self.model.modalities:
                found.write(found.rows.sum(dim=0))
                continue
            table = gram(found.rows)
            update = self.merge(found, table)
            found.write(update)
            measured = (cosine(table), length(table), update.norm().item())
            seen |= {f"{c}_{name}": v for c, v in zip(COLUMNS, measured, strict=True)}
        self.record(seen)

    def record(self, seen: dict[str, float]) -> None:
        """One row; an encoder that is frozen has no numbers."""
        row = [seen.get(column, float("nan")) for column in self.recorder.columns]
        self.recorder.append(torch.tensor([row], dtype=torch.float64))


class Aggregator(Surgery):
    """A rule of `aggregators` as a method.

    `scope`: "encoder" applies it to every encoder's pair (g_mm, g_u) and leaves the heads alone;
    "model" to the M + 1 gradients of all losses with respect to all parameters, heads included.
    `reduction`: "sum" or "mean". What the rule's authors define is multiplied (a mean) or divided
    (PCGrad's sum) by the number of gradients where it is the other one. The sum is the default, so
    that one learning rate serves these methods and `MultiLoss`, which adds.
    """

    adds = False
    """Whether the rule itself gives a sum."""

    def __init__(
        self,
        model: Multimodal,
        *,
        generator: torch.Generator | None = None,
        heads: str = "separate",
        weight: float = 1.0,
        scope: str = "encoder",
        reduction: str = "sum",
    ) -> None:
        super().__init__(model, generator=generator, heads=heads, weight=weight)
        self.scope = one_of(scope, SCOPES, "scope")
        self.reduction = one_of(reduction, REDUCTIONS, "reduction")

    def rule(self, table: Gram) -> list[float]:
        """Weights from the Gram matrix."""
        raise NotImplementedError

    def merge(self, found: Gradients, table: Gram) -> Tensor:
        """Σ_i w_i g_i."""
        factor = 1.0
        if self.adds != (self.reduction == "sum"):
            factor = 1 / len(table) if self.adds else float(len(table))
        return weigh([factor * w for w in weights(self.rule, table)], found.rows)

    def backward(self, loss: Tensor) -> None:
        """As `Surgery`, or once for the whole model (nothing is recorded then)."""
        if self.scope == "encoder":
            return super().backward(loss)
        losses, self.pending = self.pending, []
        found = gradients(losses, {"model": self.parameters()}, self.scaler)["model"]
        found.write(self.merge(found, gram(found.rows)))


def cosine(table: Gram) -> float:
    """cos(g_1, g_2) of a pair, 0 where one of them vanishes."""
    lengths = sqrt(table[0][0] * table[1][1])
    return table[0][1] / lengths if lengths else 0.0


def length(table: Gram) -> float:
    """‖Σ_i g_i‖."""
    return sqrt(max(sum(map(sum, table)), 0.0))
