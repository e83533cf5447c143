"""A tiny run that kills itself: `python -m tests.torch.mortal FOLDER METHOD MOMENT`.

Moments are counted through the run: every step, every flush to the disk and every renaming.
"""

import os
import signal
import sys
from dataclasses import replace
from itertools import count

from rgm_torch.training import loop, train
from tests.torch.tiny import CONFIG, QUIET, corpus


def mortal(function, moments, last: int):
    """The function, which kills the process instead if its turn is the last moment."""

    def called(*arguments):
        if next(moments) == last:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments)

    return called


def main(folder: str, method: str, last: int) -> None:
    """Start or resume the run, and die at the moment."""
    moments = count(1)
    for place, name in ((loop, "step"), (os, "fsync"), (os, "replace")):
        setattr(place, name, mortal(getattr(place, name), moments, last))
    config = replace(CONFIG, method=method, checkpoint_every=3)
    train(config, folder, resume=True, corpus=corpus(), display=QUIET)
    print(next(moments) - 1, "moments survived")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
