"""MMPareto: add where joint and unimodal gradient agree, else the shortest mix; never shorter."""

from collections.abc import Sequence

import torch
from torch import Tensor

from rgm_torch.functional._checks import one_of
from rgm_torch.methods.aggregators import Gram, mgda, weigh, weights
from rgm_torch.methods.card import Card
from rgm_torch.methods.gradients import Gradients
from rgm_torch.methods.surgery import Surgery
from rgm_torch.models.multimodal import Multimodal


class MMPareto(Surgery):
    """Per encoder (α_m, α_u) = (½, ½) if cos(g_mm, g_u) > 0, else argmin ‖α_m g_mm + α_u g_u‖ over
    the simplex, and

    h = 2 α_m g_mm + 2 α_u g_u,  κ = max(1, ‖g_mm + g_u‖ / ‖h‖),  g = γ κ h.

    Heads keep the plain sum. `gamma`: γ, 1.5 in the authors' code. `kappa`: "tensor", a κ for every
    parameter tensor, as the authors' code does and therefore the default; "encoder", one κ, as the
    algorithm reads, and only then is the product with both gradients sure not to be negative. A
    gradient of zero has nothing to fight with. κ = 1 where h has cancelled out. `heads`: "separate"
    is the authors'. Any M. Source: Wei & Hu 2024.
    """

    name = "mmpareto"
    family = "conflict"
    card = Card(
        idea="Add an encoder's joint and unimodal gradient where they agree; where they fight, "
        "take the mix that helps both, and make it at least as long as the sum, times γ.",
        formula=r"h = 2\alpha_m g_{mm} + 2\alpha_u g_u, \qquad "
        r"g = \gamma \max\Bigl(1, \frac{\lVert g_{mm} + g_u \rVert}{\lVert h \rVert}\Bigr) h",
        acts="encoder gradient",
        cost="1 forward, 2 backward",
        watch="γ > 1 is a larger learning rate for the encoders at every step, conflict or not: "
        "the fair control is multi-loss with the encoders' rate times γ.",
        paper="One factor per encoder, so that both losses fall by equal amounts under conflict.",
        official="Cosine and weights from the whole encoder, but a factor κ for every parameter "
        "tensor; γ = 1.5. BalanceBenchmark's port never reaches the conflict branch.",
        ours="The official reading, one κ per tensor; one per encoder by option. A tensor whose "
        "mix has cancelled out keeps κ = 1 instead of dividing by rounding.",
        source="Wei & Hu 2024",
    )

    def __init__(
        self,
        model: Multimodal,
        *,
        generator: torch.Generator | None = None,
        gamma: float = 1.5,
        kappa: str = "tensor",
        heads: str = "separate",
    ) -> None:
        super().__init__(model, generator=generator, heads=heads)
        if not 0 < gamma < float("inf"):
            raise ValueError(f"gamma: got {gamma}, expected a finite number > 0")
        self.gamma, self.kappa = gamma, one_of(kappa, ("tensor", "encoder"), "kappa")

    def merge(self, found: Gradients, table: Gram) -> Tensor:
        """γ κ h."""
        total = found.rows.sum(dim=0)
        if not fight(table):
            return self.gamma * total
        mix = weigh([2 * w for w in weights(mgda, table)], found.rows)
        sizes = found.sizes if self.kappa == "tensor" else [len(mix)]
        return self.gamma * lift(mix, total, found.rows, sizes)


def fight(table: Gram) -> bool:
    """Whether cos ≤ 0; exactly 0 counts, as in the authors' code."""
    (a, s), (_, b) = table
    return s <= 0 < min(a, b)


def lift(mix: Tensor, total: Tensor, rows: Tensor, sizes: Sequence[int]) -> Tensor:
    """κ h with κ = max(1, ‖total‖ / ‖h‖) for every piece of the given sizes.

    A piece of h below √eps of the gradients it is a mix of is rounding, and keeps κ = 1.
    Shapes: (d,), (d,), (2, d) → (d,).
    """
    size = torch.tensor(sizes, device=mix.device)
    ours, sums = lengths(mix, sizes), lengths(total, sizes)
    longest = torch.maximum(*(lengths(row, sizes) for row in rows))
    rounding = ours <= torch.finfo(mix.dtype).eps ** 0.5 * longest
    kappa = torch.where(rounding, 1, sums / ours).clamp_min(1)
    return mix * kappa.repeat_interleave(size, output_size=len(mix))


def lengths(vector: Tensor, sizes: Sequence[int]) -> Tensor:
    """‖·‖ of every piece. Shapes: (d,) → (pieces,)."""
    return torch.stack([piece.norm() for piece in vector.split(list(sizes))])
