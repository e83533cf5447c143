"""Differences judged together: a p-value of its own, and one adjusted for its family by Holm."""

from collections.abc import Mapping
from typing import NamedTuple, TypeVar

from rgm_torch.study.statistics import Difference, holm

Name = TypeVar("Name")

LEVEL = 0.05


class Judged(NamedTuple):
    """mean ± half_width over n seeds, p by itself, and p adjusted for its family by Holm."""

    mean: float
    half_width: float
    p: float
    n: int
    adjusted: float

    @property
    def significant(self) -> bool:
        """Whether the adjusted p is at most 5 %; not for nan."""
        return self.adjusted <= LEVEL


def judged(family: Mapping[Name, Difference]) -> dict[Name, Judged]:
    """The differences of one family, with Holm's adjusted p-values."""
    adjusted = holm([one.p for one in family.values()])
    return {name: Judged(*one, p) for (name, one), p in zip(family.items(), adjusted, strict=True)}
