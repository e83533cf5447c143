"""Joint training: one cross-entropy on the fused logits, the reference of every comparison."""

from rgm_torch.methods.base import Method
from rgm_torch.methods.card import Card


class Joint(Method):
    """L = CE(W [z_1, …, z_M] + b, y); nothing else.

    ∂L/∂z_k = W_kᵀ (softmax(o) − y) / B: the residual is common to all modalities, so once one of
    them makes it small, all encoders lose their signal. Any M. Source: Eq. 1.
    """

    name = "joint"
    family = "baseline"
    card = Card(
        idea="Train all encoders and the head with one cross-entropy on the fused logits.",
        formula=r"L = \mathrm{CE}(W [z_1, \dots, z_M] + b,\; y)",
        acts="loss",
        cost="1 forward, 1 backward",
        watch="The loss vanishes as soon as one modality explains the labels; the others then stop "
        "learning.",
        paper="The baseline of every table.",
        official="No code of the paper is public; the OGM-GE family trains it so.",
        ours="The same.",
        source="Peng et al. 2022, as the baseline",
    )
