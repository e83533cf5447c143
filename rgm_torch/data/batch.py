"""What a training step sees: a `Batch` of named modalities, from `Clips` held in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset


@dataclass(frozen=True)
class Batch:
    """B clips: the inputs by modality, the labels, and which rows of the data set they are.

    Shapes: inputs name → (B, ...), in the order of the corpus' modalities; labels, indices (B,).
    """

    inputs: dict[str, Tensor]
    labels: Tensor
    indices: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def to(self, device: torch.device | str) -> "Batch":
        """The same batch on another device."""
        inputs = {name: value.to(device) for name, value in self.inputs.items()}
        return Batch(inputs, self.labels.to(device), self.indices.to(device))


def concatenate(batches: Sequence[Batch]) -> Batch:
    """Batches of the same modalities, one after the other.

    Raises: ValueError for none at all.
    """
    if not batches:
        raise ValueError("batches: got none, expected at least one Batch")
    names = batches[0].inputs
    inputs = {name: torch.cat([batch.inputs[name] for batch in batches]) for name in names}
    labels = torch.cat([batch.labels for batch in batches])
    return Batch(inputs, labels, torch.cat([batch.indices for batch in batches]))


class Clips(Dataset[Batch]):
    """A data set held in memory.

    `facts` are what is known of each clip beside its label and what no model may see: which
    recording and which image it was made of, or the factors that generated it.
    Shapes: inputs name → (N, ...), labels (N,) int64, facts name → (N, ...).
    Raises: ValueError for tables of unequal length or labels that are not int64.
    """

    def __init__(
        self,
        inputs: Mapping[str, Tensor],
        labels: Tensor,
        facts: Mapping[str, Tensor] | None = None,
    ) -> None:
        self.inputs, self.labels, self.facts = dict(inputs), labels, dict(facts or {})
        if labels.dtype != torch.int64 or labels.ndim != 1:
            raise ValueError(
                f"labels: got {labels.dtype} of shape {tuple(labels.shape)}, expected int64 (N,)"
            )
        for name, value in {**self.inputs, **self.facts}.items():
            if len(value) != len(labels):
                raise ValueError(f"{name}: got {len(value)} rows, expected {len(labels)}")

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> Batch:
        """The clip in row `index`, as a batch of one."""
        if not -len(self) <= index < len(self):  # Python ends a for loop over the clips by this
            raise IndexError(f"index: got {index}, expected one of {len(self)} clips")
        return self.__getitems__([index % len(self)])

    def __getitems__(self, indices: Sequence[int]) -> Batch:
        """Many rows at once: what a DataLoader calls, instead of collecting them one by one."""
        rows = torch.as_tensor(indices, dtype=torch.int64)
        inputs = {name: value[rows] for name, value in self.inputs.items()}
        return Batch(inputs, self.labels[rows], rows)


def clips(table: Mapping[str, np.ndarray], modalities: Sequence[str]) -> Clips:
    """A table of arrays as `Clips`: inputs in single precision, `labels`, and the rest as facts."""
    tensors = {name: torch.from_numpy(array) for name, array in table.items()}
    inputs = {name: tensors.pop(name).float() for name in modalities}
    return Clips(inputs, tensors.pop("labels"), tensors)


@dataclass(frozen=True)
class Corpus:
    """A data set in its three parts, with the names of its modalities and classes.

    The parts hold at least `__len__`, `__getitem__` → Batch of one and `labels` (N,).
    `settings` are all the dials it was built with: they, and nothing else, decide what is in it.
    """

    name: str
    modalities: tuple[str, ...]
    classes: tuple[str, ...]
    train: Any
    validation: Any
    test: Any
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def parts(self) -> dict[str, Any]:
        """The parts by name: train, validation, test."""
        return {"train": self.train, "validation": self.validation, "test": self.test}

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of one clip, by modality."""
        inputs = self.train[0].inputs
        return {name: tuple(inputs[name].shape[1:]) for name in self.modalities}


def loader(
    dataset: Dataset[Batch],
    batch_size: int,
    *,
    order: Sequence[int] | Tensor | None = None,
    workers: int = 0,
) -> DataLoader[Batch]:
    """Batches of a data set, in the order of the given rows (None: as stored).

    The last batch may be smaller: pass an `order` of fewer rows to leave it out. Nothing is drawn
    from torch's global generator, so that reading data never changes what training draws.
    Raises: ValueError for a batch size below 1 or rows that the data set does not have.
    """
    size = len(dataset)  # type: ignore[arg-type]  # a Dataset need not have a length; ours do
    if batch_size < 1:
        raise ValueError(f"batch_size: got {batch_size}, expected at least 1")
    rows = list(range(size)) if order is None else torch.as_tensor(order).tolist()
    if rows and not (min(rows) >= 0 and max(rows) < size):
        raise ValueError(f"order: got rows {min(rows)} to {max(rows)}, expected 0 to {size - 1}")
    return DataLoader(
        dataset,
        batch_size,
        sampler=rows,
        num_workers=workers,
        collate_fn=_collate,
        generator=torch.Generator().manual_seed(0),
    )


def shuffled(size: int, seed: int, epoch: int) -> list[int]:
    """A permutation of the rows that depends on (seed, epoch) only.

    A run that is resumed in epoch 7 therefore sees the batches that it would have seen.
    Raises: ValueError for a negative size, seed or epoch.
    """
    for name, value in (("size", size), ("seed", seed), ("epoch", epoch)):
        if value < 0:
            raise ValueError(f"{name}: got {value}, expected 0 or more")
    rng = np.random.default_rng([seed, epoch])
    return rng.permutation(size).tolist()


def check_classes(corpus: Corpus) -> None:
    """Check that no class is missing from a part. Raises: ValueError naming class and part."""
    for part, dataset in corpus.parts.items():
        found = set(torch.as_tensor(dataset.labels).tolist())
        missing = [name for k, name in enumerate(corpus.classes) if k not in found]
        if missing:
            raise ValueError(
                f"{corpus.name}: no clip of class {', '.join(missing)} in the {part} part "
                f"({len(dataset)} clips); every class must be in every part"
            )


def _collate(fetched: Batch | list[Batch]) -> Batch:
    """A batch as it is; single clips (a data set without `__getitems__`) put together."""
    return fetched if isinstance(fetched, Batch) else concatenate(fetched)
