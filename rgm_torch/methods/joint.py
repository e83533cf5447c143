"""Joint training: one cross-entropy on the fused logits, the reference of every comparison."""

from rgm_torch.methods.base import Method


class Joint(Method):
    """L = CE(W [z_1, …, z_M] + b, y); nothing else.

    ∂L/∂z_k = W_kᵀ (softmax(o) − y) / B: the residual is common to all modalities, so once one of
    them makes it small, all encoders lose their signal. Any M. Source: Eq. 1.
    """

    name = "joint"
    family = "baseline"
