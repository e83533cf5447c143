"""GMD: a loss for every coalition of modalities, and no loss pulls against another."""

from collections.abc import Mapping
from itertools import combinations

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from rgm_torch.data.batch import Batch
from rgm_torch.functional._checks import one_of
from rgm_torch.methods.aggregators import Gram, gram, pcgrad, weigh, weights
from rgm_torch.methods.base import Method
from rgm_torch.methods.card import Card
from rgm_torch.methods.gradients import Gradients, gradients
from rgm_torch.methods.heads import own_heads, own_logits
from rgm_torch.models.multimodal import Multimodal, without
from rgm_torch.recorder import Recorder

HEADS = ("joint", "separate")
KEPT = 1024


class GMD(Method):
    """For each of the N = 2^M − 1 coalitions S the gradient g_S of L_S = CE(o_S, y) in all
    parameters, 0 in those it does not reach. From ĝ_S = g_S on, for all S' in random order

    ĝ_S ← ĝ_S − (ĝ_S · g_S' / ‖g_S'‖²) g_S'  where ĝ_S · g_S' < 0;
    g = (1/N) Σ_S ĝ_S in parameters that every L_S reaches, Σ_S ĝ_S elsewhere.

    `heads` "joint": o_S is the model's output with the features outside S at zero, for concat
    Σ_{k∈S} W_k z_k + b, so that S = all is the joint model (ours; W is one tensor and takes the
    mean). "separate": o_S = (1/|S|) Σ_{k∈S} (V_k z_k + a_k), nearer to the authors' ensemble;
    nothing is shared then, and the prediction is the mean of all. `project` False leaves the
    projection out: the control for the added losses. The projection sees the whole vector, so that
    an encoder also moves by losses that do not run through it. `recorder` keeps the part of pairs
    that fight and the update's length before and after. Any M. Source: Wang et al. 2024.
    """

    name = "gmd"
    family = "conflict"
    card = Card(
        idea="Train every coalition of modalities to classify, and take out of each coalition's "
        "gradient what goes against another's.",
        formula=r"\hat g_S \leftarrow \hat g_S - \frac{\min(0, \hat g_S^\top g_{S'})}"
        r"{\lVert g_{S'} \rVert^2}\, g_{S'} \quad \forall\, S'",
        acts="whole gradient",
        cost="1 forward, 2^(M − 1) backward",
        watch="Each encoder takes the sum over the 2^(M − 1) coalitions it is in, the shared head "
        "a mean: the encoders' rate is about doubled for a pair.",
        paper="Losses of all subsets and projection of conflicting pairs, for missing modalities.",
        official="Projects whole vectors in random order; mean over shared parameters, sum over "
        "the others (an option for the sum is never heard); outputs of a subset are averaged.",
        ours="The official algorithm on the joint head, absent features at zero; the ensemble of "
        "own heads, and no projection, by option.",
        source="Wang et al. 2024",
    )

    def __init__(
        self,
        model: Multimodal,
        *,
        generator: torch.Generator | None = None,
        heads: str = "joint",
        project: bool = True,
    ) -> None:
        super().__init__(model, generator=generator)
        separate = one_of(heads, HEADS, "heads") == "separate"
        self.heads = own_heads(model, "separate", self.generator) if separate else None
        self.project = project
        self.recorder = Recorder(("conflicts", "norm_before", "norm_after"), KEPT)
        self.pending: list[Tensor] = []

    def loss(self, batch: Batch) -> Tensor:
        """Σ_S L_S; the single losses wait for the backward pass."""
        logits = self.coalitions(self.model.features(batch.inputs))
        self.pending = [cross_entropy(each, batch.labels) for each in logits]
        return torch.stack(self.pending).sum()

    def coalitions(self, features: Mapping[str, Tensor]) -> list[Tensor]:
        """o_S for every S, the full one last; outside S nothing is in the graph.

        Shapes: z_k (B, d_k) → N of (B, K).
        """
        names = self.model.modalities
        smaller = [c for size in range(1, len(names)) for c in combinations(names, size)]
        if self.heads is not None:
            own = own_logits(self.model, self.heads, self.watched(features))
            return [mean([own[name] for name in c]) for c in [*smaller, names]]
        absent = [[name for name in names if name not in c] for c in smaller]
        zeroed = [without(features, *missing) for missing in absent]
        partial = [self.model.head(self.model.fusion([z[n] for n in names])) for z in zeroed]
        return [*partial, self.model.classify(features)]

    def backward(self, loss: Tensor) -> None:
        """Fill `.grad`."""
        losses, self.pending = self.pending, []
        found = gradients(losses, {"all": self.parameters()}, self.scaler)["all"]
        if len(losses) == 1:
            return found.write(found.rows[0])
        table = gram(found.rows)
        before = merge(found, found.rows.sum(dim=0))
        after = before
        if self.project:
            after = merge(found, weigh(weights(self.weigh, table), found.rows))
        found.write(after)
        seen = [fighting(table), before.norm().item(), after.norm().item()]
        self.recorder.append(torch.tensor([seen], dtype=torch.float64))

    def weigh(self, table: Gram) -> list[float]:
        """Weights of Σ_S ĝ_S, every coalition with a random order of its own."""
        orders = [torch.randperm(len(table), generator=self.generator).tolist() for _ in table]
        return pcgrad(table, orders)

    def classify(self, features: Mapping[str, Tensor]) -> Tensor:
        """The joint head's logits, or the mean of the own heads'."""
        if self.heads is None:
            return self.model.classify(features)
        return mean(list(own_logits(self.model, self.heads, self.watched(features)).values()))

    def alone(self, features: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """What the coalitions of one modality say."""
        if self.heads is None:
            return super().alone(features)
        return own_logits(self.model, self.heads, features)


def merge(found: Gradients, total: Tensor) -> Tensor:
    """total/N in parameters that all N losses reach, total elsewhere. Shapes: (d,) → (d,)."""
    shared = found.reached.all(dim=0).to(total.device)
    share = torch.where(shared, 1 / len(found.rows), 1.0).to(total)
    size = torch.tensor(found.sizes, device=total.device)
    return total * share.repeat_interleave(size, output_size=len(total))


def fighting(table: Gram) -> float:
    """The part of pairs with a negative product."""
    pairs = list(combinations(range(len(table)), 2))
    return sum(table[i][j] < 0 for i, j in pairs) / len(pairs)


def mean(logits: list[Tensor]) -> Tensor:
    """The mean of some logits. Shapes: n of (B, K) → (B, K)."""
    return torch.stack(logits).mean(dim=0)
