"""Audio-visual data: batches, two sources that need no download, and readers for those on disk.

`load("av-digits")` is real: recorded spoken digits × handwritten digits. `load("bounce-av")` is
generated, with a dial for everything; its presets are `bounce-av-dominant` and the like. The
readers (`crema-d`, …) take the `root` folder of a data set that you have.
"""

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

from rgm_torch.data import av_digits, bounce_av
from rgm_torch.data.batch import Batch, Clips, Corpus, check_classes, loader, shuffled

__all__ = ["Batch", "Clips", "Corpus", "dials", "load", "loader", "names", "shuffled"]

Builder = Callable[..., Corpus]
GENERATED: dict[str, Builder] = {
    "av-digits": av_digits.av_digits,
    "bounce-av": bounce_av.bounce_av,
    **{
        f"bounce-av-{name}": partial(bounce_av.bounce_av, **p)
        for name, p in bounce_av.PRESETS.items()
    },
}


def load(name: str, *, seed: int = 0, **chosen: Any) -> Corpus:
    """The corpus of that name, drawn by `seed`, with the dials chosen and the others as they are.

    Raises: ValueError for a name or dial that is not known, a dial out of range or missing, or a
    class that is missing from a part.
    """
    known = dials(name)
    for dial in chosen:
        if dial not in known:
            raise ValueError(f"{dial}: {name} has no such dial, it has {', '.join(known)}")
    for dial, value in known.items():
        if value is inspect.Parameter.empty and dial not in chosen:
            raise ValueError(f"{dial}: {name} needs it, got nothing")
    corpus = _builder(name)(seed=seed, **chosen)
    check_classes(corpus)
    return corpus


def names() -> tuple[str, ...]:
    """The corpora that `load` knows."""
    return (*GENERATED, *_readers())


def dials(name: str) -> dict[str, Any]:
    """The dials of a corpus and their defaults (`inspect.Parameter.empty`: it must be given).

    Raises: ValueError for a name that is not known.
    """
    parameters = inspect.signature(_builder(name)).parameters
    return {dial: p.default for dial, p in parameters.items() if dial != "seed"}


def _builder(name: str) -> Builder:
    """What builds the corpus of that name. Raises: ValueError for a name that is not known."""
    if name not in GENERATED and name not in _readers():
        raise ValueError(f"data: got {name!r}, expected one of {', '.join(names())}")
    return GENERATED[name] if name in GENERATED else _readers()[name]


def _readers() -> dict[str, Builder]:
    """The readers of data sets on disk: imported when asked for, for that takes a while."""
    from rgm_torch.data.readers import READERS

    return READERS
