"""BalGrad: let the modalities' predictions teach one another, and keep the task out of the way."""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, kl_div, log_softmax

from rgm_torch.data.batch import Batch
from rgm_torch.functional._checks import one_of
from rgm_torch.functional._safe import safe_divide
from rgm_torch.methods.card import Card
from rgm_torch.methods.gradients import Gradients, gradients
from rgm_torch.methods.heads import own_logits, own_losses
from rgm_torch.methods.multi_loss import MultiLoss
from rgm_torch.models.multimodal import Multimodal
from rgm_torch.recorder import Recorder

KEPT = 1024


class BalGrad(MultiLoss):
    """With p_k = softmax(V_k z_k + a_k) and per encoder a_k = ∇L_mm, b_k = ∇L_k, c_k = ∇D_k,

    D_k = (1/(M−1)) Σ_{j≠k} KL(p_j ‖ p_k), p_j held fixed;  g_kl = (ω_1 c_1, …, ω_M c_M);
    g_k = a_k + b_k + ω_k (1 − min(0, π)/‖g_kl‖²) c_k,  π = Σ_k ω_k a_k · c_k.

    That is g_mm made orthogonal to g_kl where they fight, plus the other two: a conflict shows as a
    longer g_kl, `cap` times at most (ours). `rule`: "other", ω_k = (1 − n_k/Σ_j n_j)/(M − 1) with
    n_k = ‖b_k‖, so that who learns slowly is pulled more; "own", ω_k = n_k/Σ_j n_j. Both are our
    reconstructions, and so is the direction of the KL; the paper blames unequal lengths, which
    "other" answers. `scope`: "all" tests and projects all encoders as one vector, "encoder" each
    by itself. The head of modality k follows L_k + ω_k D_k, the joint head L_mm. `recorder` keeps
    cos(g_mm, g_kl), the factor 1 − min(0, π)/‖g_kl‖² (the largest) and ω. Any M ≥ 2; for M > 2
    ours. Source: Kwon et al. 2025.
    """

    name = "balgrad"
    family = "conflict"
    variant = "reconstructed"
    card = Card(
        idea="Let every modality's prediction also learn from the others', more where it lags, "
        "and take from the task's gradient what goes against that teaching.",
        formula=r"g = g_{mm} - \frac{\min(0, g_{mm}^\top g_{kl})}{\lVert g_{kl} \rVert^2}\, g_{kl}"
        r" + \sum_k g_k + g_{kl}, \qquad g_{kl} = (\omega_1 c_1, \dots, \omega_M c_M)",
        acts="loss, encoder gradient",
        cost="1 forward, 3 backward",
        watch="Once the predictions agree g_kl is tiny, and removing a conflict with it would "
        "make it huge: look at the factor.",
        paper="Mutual KL between the modalities, reweighted gradients, projection of the task's "
        "gradient; seen in abstract and figure only.",
        official="No code was found.",
        ours="The structure as stated; weights, direction of the KL and the cap reconstructed: a "
        "row of it says what this reading does, not what the authors report.",
        source="Kwon et al. 2025",
    )

    def __init__(
        self,
        model: Multimodal,
        *,
        generator: torch.Generator | None = None,
        rule: str = "other",
        scope: str = "all",
        cap: float = 10.0,
    ) -> None:
        super().__init__(model, generator=generator)
        if len(model.modalities) < 2:
            raise ValueError(f"modalities: got {len(model.modalities)}, expected at least 2")
        if not cap >= 1:
            raise ValueError(f"cap: got {cap}, expected a number >= 1, or inf")
        self.rule = one_of(rule, ("other", "own"), "rule")
        self.scope = one_of(scope, ("all", "encoder"), "scope")
        self.cap = cap
        omegas = [f"weight_{name}" for name in model.modalities]
        self.recorder = Recorder(("cosine", "factor", *omegas), KEPT)
        self.pending: list[Tensor] = []

    def loss(self, batch: Batch) -> Tensor:
        """L_mm + Σ_k L_k + Σ_k D_k; the three wait for the backward pass."""
        features = self.model.features(batch.inputs)
        joint = cross_entropy(self.classify(features), batch.labels)
        logits = own_logits(self.model, self.heads, features)
        own = torch.stack(list(own_losses(logits, batch.labels).values())).sum()
        self.pending = [joint, own, mutual_kl(logits).sum()]
        return torch.stack(self.pending).sum()

    def backward(self, loss: Tensor) -> None:
        """Fill `.grad`; encoder k and its head are in no L_j and D_j of another."""
        losses, self.pending = self.pending, []
        names = self.model.modalities
        heads = {f"head of {name}": self.heads[name].parameters() for name in names}
        found = gradients(losses, {**self.model.parameters_of, **heads}, self.scaler)
        tables = torch.stack([products(found.get(name), like=loss) for name in names])
        omega = shares(tables[:, 1, 1].sqrt(), self.rule)
        inner, square = omega * tables[:, 0, 2], omega**2 * tables[:, 2, 2]
        factor = amplification(inner, square, self.scope, self.cap)
        pull = dict(zip([*names, *heads], torch.cat([omega * factor, omega]), strict=True))
        for name, one in found.items():
            joint, own, kl = one.rows
            one.write(joint + own + pull[name] * kl if name in pull else joint + own)
        cosine = safe_divide(inner.sum(), (tables[:, 0, 0].sum() * square.sum()).sqrt())
        row = torch.cat([torch.stack([cosine, factor.max()]), omega])
        self.recorder.append(row[None].double())


def mutual_kl(logits: Mapping[str, Tensor]) -> Tensor:
    """D_k, a batch's mean. Shapes: M of (B, K) → (M,)."""
    log_p = torch.stack([log_softmax(own, dim=-1) for own in logits.values()])
    modalities = range(len(log_p))
    told = [
        [
            kl_div(log_p[k], log_p[j].detach(), log_target=True, reduction="batchmean")
            for j in modalities
            if j != k
        ]
        for k in modalities
    ]
    return torch.stack([torch.stack(each).mean() for each in told])


def products(found: Gradients | None, like: Tensor) -> Tensor:
    """Products of (a_k, b_k, c_k) with one another (3, 3); 0 for a frozen encoder."""
    return like.detach().new_zeros(3, 3) if found is None else found.rows @ found.rows.T


def shares(lengths: Tensor, rule: str) -> Tensor:
    """ω_k, with sum 1; all alike while every length is 0. Shapes: (M,) → (M,)."""
    total = lengths.sum()
    share = torch.where(total > 0, safe_divide(lengths, total), 1 / len(lengths))
    return share if rule == "own" else (1 - share) / (len(lengths) - 1)


def amplification(inner: Tensor, square: Tensor, scope: str, cap: float) -> Tensor:
    """1 − min(0, π)/‖g_kl‖², at most `cap`, from the encoders' parts of both. (M,) → (M,)."""
    if scope == "all":
        inner, square = inner.sum().expand_as(inner), square.sum().expand_as(square)
    return (1 - safe_divide(inner.clamp(max=0), square)).clamp(max=cap)
