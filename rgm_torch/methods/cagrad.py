"""CAGrad: of the directions near the mean gradient, the one that helps the worst-off loss most."""

import torch

from rgm_torch.methods import aggregators
from rgm_torch.methods.aggregators import Gram
from rgm_torch.methods.card import Card
from rgm_torch.methods.surgery import Aggregator
from rgm_torch.models.multimodal import Multimodal


class CAGrad(Aggregator):
    """Per encoder, with g_0 = (g_mm + g_u)/2:

    d = argmax_d min_i g_i · d  subject to  ‖d − g_0‖ ≤ c ‖g_0‖
      = g_0 + c ‖g_0‖ g_w/‖g_w‖,  w = argmin_{simplex} g_w · g_0 + c ‖g_0‖ ‖g_w‖;

    the update is 2 d with `reduction` "sum", d with "mean", as the authors have it. `c` = 0 is the
    plain sum (mean), c ≥ 1 hurts no loss; 0.5 is a library's default. `rescale` divides by 1 + c²,
    as the same library does. `scope` "model" takes the M + 1 gradients of all losses, up to 10.
    `heads`, `weight` as in `MultiLoss`. Any M. Source: Liu et al. 2021.
    """

    name = "cagrad"
    family = "aggregator"
    card = Card(
        idea="Stay within a ball around the mean gradient and, inside it, take the direction in "
        "which the worst-off loss falls fastest.",
        formula=r"d = g_0 + c \lVert g_0 \rVert \frac{g_w}{\lVert g_w \rVert}, \qquad "
        r"w = \arg\min_{w \in \Delta} g_w^\top g_0 + c \lVert g_0 \rVert \lVert g_w \rVert",
        acts="encoder gradient",
        cost="1 forward, 2 backward",
        watch="For c < 1 a loss may still rise; the update is up to 1 + c times longer than the "
        "mean gradient, which acts like a larger learning rate.",
        paper="The problem in d and its dual in w; c in [0, 1).",
        official="LibMTL: SciPy's SLSQP for w, c = 0.5, d divided by 1 + c²; TorchJD: a conic "
        "solver, no division, c without a default.",
        ours="Exact w by trying every face, c = 0.5, no division unless asked for; times the "
        "number of gradients by default, to keep step sizes comparable.",
        source="Liu et al. 2021",
    )

    def __init__(
        self,
        model: Multimodal,
        *,
        generator: torch.Generator | None = None,
        heads: str = "separate",
        weight: float = 1.0,
        scope: str = "encoder",
        reduction: str = "sum",
        c: float = 0.5,
        rescale: bool = False,
    ) -> None:
        super().__init__(
            model,
            generator=generator,
            heads=heads,
            weight=weight,
            scope=scope,
            reduction=reduction,
        )
        if not 0 <= c < float("inf"):
            raise ValueError(f"c: got {c}, expected a finite number >= 0")
        self.c, self.rescale = c, rescale

    def rule(self, table: Gram) -> list[float]:
        """The weights of d, divided by 1 + c² where asked for."""
        scale = 1 + self.c**2 if self.rescale else 1.0
        return [w / scale for w in aggregators.cagrad(table, self.c)]
