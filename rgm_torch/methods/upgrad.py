"""UPGrad: project every gradient on the cone of directions that hurt no loss, then average."""

from rgm_torch.methods import aggregators
from rgm_torch.methods.aggregators import Gram
from rgm_torch.methods.card import Card
from rgm_torch.methods.surgery import Aggregator


class UPGrad(Aggregator):
    """g = (1/m) Σ_i π(g_i), π the projection on the cone {d : g_j · d ≥ 0 for all j}; m times that
    with `reduction` "sum", so that gradients without conflict give their plain sum.

    For an encoder's pair that is PCGrad, bit for bit; the two differ for `scope` "model", where the
    cone of all M + 1 gradients is exact (every active set is tried, up to 10 losses) and no ridge
    is added to their Gram matrix, which a QP solver needs. `heads`, `weight` as in `MultiLoss`.
    Any M. Source: Quinton & Rey 2024.
    """

    name = "upgrad"
    family = "aggregator"
    card = Card(
        idea="Move every gradient to the nearest direction that hurts no loss, and average what "
        "comes out: no product of the update with any gradient is negative.",
        formula=r"g = \sum_i \pi(g_i), \qquad "
        r"\pi(x) = \arg\min_{d:\ g_j^\top d \ge 0\ \forall j} \lVert d - x \rVert",
        acts="encoder gradient",
        cost="1 forward, 2 backward",
        watch="With two gradients it is PCGrad; only with three or more (the whole model) does its "
        "promise go further than PCGrad's.",
        paper="Projections on the dual cone, averaged; a quadratic program per gradient.",
        official="TorchJD: quadprog on the Gram matrix divided by its trace, with a ridge of 1e-4.",
        ours="Exact by trying every active set, without ridge and without a solver; the sum "
        "instead of the mean by default, to keep step sizes comparable.",
        source="Quinton & Rey 2024",
    )

    def rule(self, table: Gram) -> list[float]:
        """The exact projections' weights."""
        return aggregators.upgrad(table)
