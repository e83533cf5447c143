"""RGM as a method: joint training with an RGM layer between the encoders and the fusion."""

import inspect
from typing import Any

import torch

from rgm_torch.layer import RGM
from rgm_torch.methods.base import Method
from rgm_torch.methods.card import Card
from rgm_torch.models.fusion import Concat
from rgm_torch.models.multimodal import Multimodal

# What the model decides: their number and the head; an RGM that only watches is joint training.
GIVEN = ("modalities", "head", "modulate")


class Reconcile(Method):
    """Joint training whose feature gradients g_k pass through the RGM layer on their way back.

    Options: those of the layer (`rgm_torch.RGM`), where `conflict="logit"` reads the model's own
    head (concat fusion), and `step`, "rate" or "effective": which step sizes make the energies.
    Any M ≥ 2 with equal feature widths. Source: Eqs. 3–15.
    """

    name = "rgm"
    family = "reconciling"
    card = Card(
        idea="Rescale and turn the gradients that come back to the features, pair by pair, by the "
        "energy each modality has spent and by whether the two agree.",
        formula=r"g_i^{\mathrm{mod}} = \tilde r_i\, \mathcal G_k[\gamma_l P_i^{(k)} "
        r"+ (1 - \gamma_l) g_i^{(k)}] + (1 - \gamma_g) O_i",
        acts="features (their gradients)",
        cost="1 forward, 1 backward",
        watch="It can only transform gradients that are there: where the common residual vanishes, "
        "so does what it returns. Its cosines depend on the bases of the features.",
        paper="Eqs. 3 to 15, for two modalities of equal width; which energy, which granularity, "
        "and how many blocks are left open.",
        official="None is public.",
        ours="Eq. 13 with its indices put right; raw energies, one matrix per sample, the paper's "
        "slope; every other reading by option. For M > 2 the pair rule is averaged.",
        source="Gao, Cao, Gong and Zhu 2026",
    )

    def __init__(
        self,
        model: Multimodal,
        *,
        generator: torch.Generator | None = None,
        step: str = "rate",
        **options: Any,
    ) -> None:
        super().__init__(model, generator=generator)
        check_widths(model, options.get("blocks", 1))
        if options.get("conflict") == "logit":
            if not isinstance(model.fusion, Concat):
                kind = type(model.fusion).__name__
                raise ValueError(f"conflict: 'logit' reads a head behind Concat, got {kind}")
            options["head"] = model.head
        self.step = step
        self.layer = model.modulator = RGM(len(model.modalities), **options)

    @classmethod
    def options(cls) -> dict[str, Any]:
        """The layer's options and their defaults, and `step`."""
        layer = inspect.signature(RGM).parameters.values()
        own = {p.name: p.default for p in layer if p.name not in GIVEN}
        return own | {"step": "rate"}

    def attach(
        self, optimizer: torch.optim.Optimizer, scaler: torch.amp.GradScaler | None = None
    ) -> None:
        """The layer counts energy in steps of the optimizer's present learning rate."""
        super().attach(optimizer, scaler)
        parameters = [self.model.parameters_of[name] for name in self.model.modalities]
        self.layer.follow(optimizer, scaler, parameters, self.step)


def check_widths(model: Multimodal, blocks: int) -> None:
    """Raise ValueError where the layer would, but now and not in the first step."""
    widths = model.fusion.widths
    if len(set(widths)) > 1:
        raise ValueError(f"width: got features of widths {widths}, but rgm compares equal ones")
    if blocks > widths[0]:
        raise ValueError(f"blocks: got {blocks}, expected at most the width {widths[0]}")
