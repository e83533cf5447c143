"""Fusion of modality features, f = F(z_1, …, z_M): the modules of `rgm_ref.fusion`."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class Fusion(nn.Module):
    """What every fusion has: the `widths` d_k of its features and the `width` d of f.

    Shapes: M features z_k (..., d_k) → f (..., d).
    """

    def __init__(self, widths: Sequence[int], width: int):
        super().__init__()
        self.widths, self.width = tuple(widths), width

    def blocks(self, weight: Tensor) -> tuple[Tensor, ...]:
        """Parts W_k (K, d_k) of a linear head's weight W (K, d), such that W f = Σ_k W_k z_k.

        Raises: ValueError for a fusion that is not additive.
        """
        kind = type(self).__name__
        raise ValueError(f"fusion: got {kind}, expected an additive one (Concat, Sum)")

    def check(self, features: Sequence[Tensor]) -> None:
        """Raise ValueError unless features of the right widths came, all of one batch."""
        shapes = [tuple(z.shape) for z in features]
        if tuple(s[-1] for s in shapes) != self.widths or len({s[:-1] for s in shapes}) > 1:
            raise ValueError(
                f"features: got shapes {shapes}, expected one batch of widths {self.widths}"
            )


class Concat(Fusion):
    """Concatenation, f = [z_1, …, z_M]; features of any widths, from one modality on.

    Shapes: z_k (..., d_k) → f (..., Σ d_k). Raises: ValueError for other widths or unequal batches.
    Source: Eq. 1.
    """

    def __init__(self, widths: Sequence[int]):
        super().__init__(widths, sum(widths))

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        self.check(features)
        return torch.cat(list(features), dim=-1)

    def blocks(self, weight: Tensor) -> tuple[Tensor, ...]:
        """The columns of W that read z_k."""
        return weight.split(self.widths, dim=1)


class Sum(Fusion):
    """Sum fusion, f = z_1 + … + z_M; every modality then receives one and the same gradient.

    Shapes: z_k (..., d) → f (..., d). Raises: ValueError for unequal widths or batches.
    Source: Eq. 1; claim fusion-sum-noop.
    """

    def __init__(self, widths: Sequence[int]):
        super().__init__(widths, one_width(widths, "sum"))

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        self.check(features)
        return torch.stack(list(features)).sum(dim=0)

    def blocks(self, weight: Tensor) -> tuple[Tensor, ...]:
        """All of W, for every modality."""
        return (weight,) * len(self.widths)


class Gated(Fusion):
    """Gated fusion, f = σ(z_i) ∘ z_j: the first modality opens or closes the entries of the second.

    Shapes: two z (..., d) → f (..., d). Raises: ValueError beyond a pair, for unequal widths or
    batches. Source: Eq. 1.
    """

    def __init__(self, widths: Sequence[int]):
        super().__init__(as_pair(widths, "gated"), one_width(widths, "gated"))

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        self.check(features)
        z_i, z_j = features
        return torch.sigmoid(z_i) * z_j


class FiLM(Fusion):
    """FiLM, f = (Γ z_i) ∘ z_j + B z_i: the first modality scales and shifts the second.

    Shapes: z_i (..., d_i), z_j (..., d), Γ = `scale.weight` and B = `shift.weight` (d, d_i)
    → f (..., d). Raises: ValueError beyond a pair or for unequal batches. Source: Eq. 1.
    """

    def __init__(self, widths: Sequence[int]):
        modulating, modulated = as_pair(widths, "film")
        super().__init__(widths, modulated)
        self.scale = nn.Linear(modulating, modulated, bias=False)
        self.shift = nn.Linear(modulating, modulated, bias=False)

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        self.check(features)
        z_i, z_j = features
        return self.scale(z_i) * z_j + self.shift(z_i)


def one_width(widths: Sequence[int], fusion: str) -> int:
    """The width that all features share; ValueError where they differ."""
    if len(set(widths)) != 1:
        raise ValueError(f"widths: got {tuple(widths)}, expected one width for {fusion} fusion")
    return widths[0]


def as_pair(widths: Sequence[int], fusion: str) -> tuple[int, int]:
    """The widths of exactly two modalities; ValueError for more or fewer."""
    if len(widths) != 2:
        raise ValueError(f"widths: got {len(widths)} modalities, expected 2 for {fusion} fusion")
    return widths[0], widths[1]


FUSIONS = {"concat": Concat, "sum": Sum, "gated": Gated, "film": FiLM}
