"""PCGrad: where two gradients fight, take from each its part along the other, then add."""

import torch

from rgm_torch.methods import aggregators
from rgm_torch.methods.aggregators import Gram
from rgm_torch.methods.card import Card
from rgm_torch.methods.surgery import Aggregator


class PCGrad(Aggregator):
    """Per encoder, with s = g_mm · g_u:

    g = g_mm + g_u for s ≥ 0, else (1 − s/‖g_mm‖²) g_mm + (1 − s/‖g_u‖²) g_u.

    The authors' tasks are those of one shared network; here encoder k is shared by L_mm and L_k
    (`scope` "encoder", the default, in which heads keep the plain sum). "model" projects the M + 1
    gradients of the whole model, every task in an order of its own drawn anew at every step; it
    also moves heads, and encoder j by L_k where g_k and g_mm fight. `reduction`: the sum is the
    authors' code's, a popular port takes the mean. `heads`, `weight` as in `MultiLoss`. Any M.
    Source: Yu et al. 2020; per encoder ours.
    """

    name = "pcgrad"
    family = "conflict"
    adds = True
    card = Card(
        idea="Where the joint and the unimodal gradient of an encoder point against each other, "
        "remove from each its component along the other before adding them.",
        formula=r"\hat g_i = g_i - \frac{\min(0, g_i^\top g_j)}{\lVert g_j\rVert^2}\, g_j,"
        r"\qquad g = \hat g_{mm} + \hat g_u",
        acts="encoder gradient",
        cost="1 forward, 2 backward",
        watch="Without conflict it is the plain sum of the losses, and conflict is often rare: "
        "compare with multi-loss and look at how many steps have a negative cosine.",
        paper="Tasks of one shared network; all gradients flattened; each task projects onto the "
        "others' original gradients in random order; the projected ones are added.",
        official="Sums; the shuffle's result is discarded, so the order is fixed.",
        ours="One pair per encoder, where no order is needed, and the sum, so that no conflict is "
        "the plain multi-loss step; the whole model with a fresh order per task by option.",
        source="Yu et al. 2020",
    )

    def rule(self, table: Gram) -> list[float]:
        """PCGrad's weights; a pair needs no order and draws none."""
        if len(table) == 2:
            return aggregators.pcgrad(table)
        orders = [torch.randperm(len(table), generator=self.generator).tolist() for _ in table]
        return aggregators.pcgrad(table, orders)
