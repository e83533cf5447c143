"""Constant scaling: joint training with a fixed factor on each encoder's gradient."""

from collections.abc import Sequence

import torch

from rgm_torch.methods.base import Method
from rgm_torch.methods.card import Card
from rgm_torch.methods.timed import as_amount
from rgm_torch.models.multimodal import Multimodal


class Scaling(Method):
    """Joint training; after each backward pass g_k ← s_k g_k on all parameters of encoder k.

    Over a grid of (s_1, …, s_M) it shows the best that any constant rebalancing of lengths can do,
    the yardstick behind methods that choose the factors anew at every step. `scales`: s_k ≥ 0 in
    the model's order; () is 1 for all, joint training bit for bit, as are ones. The head's gradient
    is that of joint training. Any fusion, any M.
    Under SGD, whose momentum is linear in the gradient, s_k is a factor on encoder k's learning
    rate for the loss. Weight decay is added by the optimizer, after `edit`, and is not scaled: at
    s_k = 0 it alone moves the encoder, θ_k ← (1 − ηλ) θ_k without momentum, and with λ = 0 the
    weights stay where they started. Batch-norm statistics still follow the data. AdamW divides the
    factor out again, so that under it hardly more than s_k = 0 against s_k > 0 makes a difference.
    Source: standard.
    """

    name = "scaling"
    family = "control"
    card = Card(
        idea="Make each encoder's gradient longer or shorter by a factor that never changes.",
        formula=r"\tilde g_k = s_k g_k, \qquad s_k \ge 0 \text{ constant}",
        acts="encoder gradient",
        cost="1 forward, 1 backward",
        watch="The best point of a grid is chosen after the fact: it bounds what constant factors "
        "can do, and not what factors that change in time can. Weight decay is not scaled. With "
        "AdamW a factor above 0 hardly matters.",
        paper="Not in the paper's tables.",
        official="None: it is a standard control.",
        ours="All parameters of an encoder, the head left alone; by default all factors are 1, "
        "which is joint training.",
        source="standard",
    )

    def __init__(
        self,
        model: Multimodal,
        *,
        generator: torch.Generator | None = None,
        scales: Sequence[float] = (),
    ) -> None:
        super().__init__(model, generator=generator)
        names = model.modalities
        if not isinstance(scales, Sequence) or len(scales) not in (0, len(names)):
            expected = f"{len(names)} numbers, one for each of {', '.join(names)}"
            raise ValueError(f"scales: got {scales!r}, expected {expected}")
        self.scales = [as_amount(scale, "scales") for scale in scales or [1.0] * len(names)]

    def edit(self) -> None:
        """g_k ← s_k g_k on the encoders."""
        for scale, name in zip(self.scales, self.model.modalities, strict=True):
            for parameter in self.model.parameters_of[name]:
                if parameter.grad is not None:
                    parameter.grad *= scale
