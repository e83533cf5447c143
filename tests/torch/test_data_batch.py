"""Batches: what a training step sees is what is stored, in the order that was asked for."""

import pytest
import torch
from torch.utils.data import Dataset

from rgm_torch.data import Batch, Clips, Corpus, loader, shuffled
from rgm_torch.data.batch import check_classes, concatenate


def clips(n: int = 10) -> Clips:
    rows = torch.arange(n, dtype=torch.float32)
    inputs = {"audio": rows[:, None, None, None].expand(n, 1, 2, 2), "video": -rows[:, None]}
    return Clips(inputs, torch.arange(n) % 3, {"recording": torch.arange(n)})


class OneByOne(Dataset[Batch]):
    """A data set that gives single clips only, as one that reads files may."""

    def __len__(self) -> int:
        return 5

    def __getitem__(self, index: int) -> Batch:
        return clips()[index]


def test_one_clip_is_a_batch_of_one() -> None:
    batch = clips()[7]
    assert len(batch) == 1
    assert batch.inputs["audio"].shape == (1, 1, 2, 2)
    assert (batch.labels.item(), batch.indices.item()) == (1, 7)


def test_clips_can_be_run_through() -> None:
    assert [batch.indices.item() for batch in clips(4)] == [0, 1, 2, 3]
    assert clips(4)[-1].indices.item() == 3


@pytest.mark.parametrize("workers", [0, 1])
def test_loader_keeps_the_order(workers: int) -> None:
    order = [3, 1, 9, 0, 4]
    batches = list(loader(clips(), 2, order=order, workers=workers))
    assert [len(b) for b in batches] == [2, 2, 1]
    assert torch.cat([b.indices for b in batches]).tolist() == order
    for b in batches:  # input, label and row belong together
        assert torch.equal(b.inputs["video"][:, 0], -b.indices.float())
        assert torch.equal(b.labels, b.indices % 3)
        assert list(b.inputs) == ["audio", "video"]


def test_loader_without_an_order_reads_as_stored() -> None:
    assert torch.cat([b.indices for b in loader(clips(), 4)]).tolist() == list(range(10))


def test_single_clips_are_put_together() -> None:
    batches = list(loader(OneByOne(), 3))
    assert [b.indices.tolist() for b in batches] == [[0, 1, 2], [3, 4]]


def test_reading_draws_nothing_from_the_global_generator() -> None:
    before = torch.get_rng_state()
    list(loader(clips(), 4, order=shuffled(10, 0, 0)))
    assert torch.equal(before, torch.get_rng_state())


def test_a_shuffle_depends_on_seed_and_epoch_only() -> None:
    torch.manual_seed(1)
    first = shuffled(100, 3, 5)
    torch.manual_seed(2)
    assert first == shuffled(100, 3, 5)
    assert sorted(first) == list(range(100))
    assert first != shuffled(100, 3, 6)
    assert first != shuffled(100, 4, 5)


def test_a_batch_moves_whole() -> None:
    moved = clips()[2].to("meta")
    assert {x.device.type for x in (*moved.inputs.values(), moved.labels, moved.indices)} == {
        "meta"
    }


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: loader(clips(), 0), "batch_size: got 0"),
        (lambda: loader(clips(), 2, order=[0, 10]), "order: got rows 0 to 10, expected 0 to 9"),
        (lambda: shuffled(5, -1, 0), "seed: got -1"),
        (lambda: concatenate([]), "batches: got none"),
        (lambda: Clips({"audio": torch.zeros(3, 1)}, torch.zeros(2).long()), "audio: got 3 rows"),
        (lambda: Clips({}, torch.zeros(2)), "labels: got torch.float32"),
    ],
)
def test_what_does_not_fit_is_named(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_a_class_missing_from_a_part_is_named() -> None:
    part = clips()
    corpus = Corpus("toy", ("audio",), ("a", "b", "c"), part, Clips({}, torch.tensor([0, 2])), part)
    with pytest.raises(ValueError, match="toy: no clip of class b in the validation part"):
        check_classes(corpus)


def test_shapes_are_those_of_one_clip() -> None:
    corpus = Corpus("toy", ("audio", "video"), ("a", "b", "c"), clips(), clips(), clips())
    assert corpus.shapes == {"audio": (1, 2, 2), "video": (1,)}
