"""Labelled data that several modalities see, with three dials: how much, how often wrong, how often
nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rgm_ref._checks import as_float, as_nonnegative

Array = np.ndarray


@dataclass(frozen=True)
class Views:
    """What M modalities see, views (M, n, p), and the labels (n,) in 0 … classes − 1."""

    views: Array
    labels: Array
    classes: int

    def __post_init__(self) -> None:
        views, labels = as_float(self.views, "views"), np.asarray(self.labels)
        if views.ndim != 3 or len(views) < 2:
            raise ValueError(f"views: got shape {views.shape}, expected (M, n, p) with M >= 2")
        if labels.shape != views.shape[1:2] or not np.issubdtype(labels.dtype, np.integer):
            raise ValueError(f"labels: expected {views.shape[1]} integers, one per sample")
        if not ((labels >= 0) & (labels < self.classes)).all():
            raise ValueError(f"labels: expected classes 0 to {self.classes - 1}")

    @classmethod
    def sample(
        cls,
        rng: np.random.Generator,
        size: int = 100,
        classes: int = 4,
        width: int = 8,
        signal: Sequence[float] = (3.0, 1.5),
        dispute: float = 0.0,
        dropout: float = 0.0,
    ) -> "Views":
        """Class centres of length `signal[k]` in unit noise, one signal per modality.

        In every modality but the first a sample shows a wrong class with probability `dispute` and
        is blanked (all zeros) with probability `dropout`.
        """
        for name, rate in (("dispute", dispute), ("dropout", dropout)):
            if not 0 <= rate <= 1:
                raise ValueError(f"{name}: got {rate}, expected a probability")
        labels = rng.integers(classes, size=size)
        views = []
        for k, strength in enumerate(as_nonnegative(signal, "signal")):
            centres = rng.normal(size=(classes, width))
            centres *= strength / np.linalg.norm(centres, axis=1, keepdims=True)
            wrong = (rng.random(size) < dispute) & (k > 0)
            blank = (rng.random(size) < dropout) & (k > 0)
            shown = np.where(wrong, (labels + rng.integers(1, classes, size)) % classes, labels)
            view = centres[shown] + rng.normal(size=(size, width))
            views.append(np.where(blank[:, None], 0, view))
        return cls(np.stack(views), labels, classes)

    def batch(self, rng: np.random.Generator, size: int) -> "Views":
        """`size` of the samples, drawn without replacement."""
        chosen = rng.choice(len(self.labels), size, replace=False)
        return replace(self, views=self.views[:, chosen], labels=self.labels[chosen])
