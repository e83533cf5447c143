"""MGDA: the shortest vector between the gradients, a direction that hurts no loss."""

from rgm_torch.methods import aggregators
from rgm_torch.methods.aggregators import Gram
from rgm_torch.methods.card import Card
from rgm_torch.methods.surgery import Aggregator


class MGDA(Aggregator):
    """Per encoder w = argmin ‖w_1 g_mm + w_2 g_u‖ over the simplex, and with `reduction` "sum"

    g = 2 (w_1 g_mm + w_2 g_u),  w_1 = (‖g_u‖² − g_mm · g_u) / ‖g_mm − g_u‖², cut off at 0 and 1.

    The factor 2 (M + 1 for the whole model) is ours: gradients of equal length then give their
    plain sum, beside heads that receive it; "mean" is the authors' convex combination. `scope`
    "model" is the authors' view, with w exact for up to 10 losses; there is no clamp of w to
    [0.001, 0.999], which public solvers have. `heads`, `weight` as in `MultiLoss`. Any M.
    Source: Désidéri 2012; Sener & Koltun 2018; per encoder as in Wei & Hu 2024.
    """

    name = "mgda"
    family = "aggregator"
    card = Card(
        idea="Take the shortest vector in the convex hull of the gradients: its product with every "
        "one of them is at least its own squared length.",
        formula=r"g = 2\,(w_1 g_{mm} + w_2 g_u), \qquad "
        r"w = \arg\min_{w \in \Delta} \lVert w_1 g_{mm} + w_2 g_u \rVert",
        acts="encoder gradient",
        cost="1 forward, 2 backward",
        watch="The shorter gradient decides: a loss that is nearly solved has a small gradient and "
        "takes nearly all the weight.",
        paper="The minimum-norm point of the convex hull, by Frank–Wolfe for many tasks; the "
        "gradients may be normalised first.",
        official="Ports clamp the weights of a pair to 0.001 … 0.999, and one multiplies the "
        "vector by the number of tasks; of three gradients TorchJD's rounds stop before the end.",
        ours="Exact weights, no clamp, no normalisation; times the number of gradients by default, "
        "to keep step sizes comparable with the multi-loss sum.",
        source="Désidéri 2012; Sener & Koltun 2018",
    )

    def rule(self, table: Gram) -> list[float]:
        """The exact minimum-norm weights."""
        return aggregators.mgda(table)
