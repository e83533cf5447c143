"""Ctrl-C lets the step under way finish: the run is saved, then it stops."""

import signal
import threading
from types import FrameType


class Interrupt:
    """Within `with Interrupt() as asked:`, SIGINT and SIGTERM set `asked.number` and wait.

    A second Ctrl-C does not wait. Outside the main thread, where Python allows no handlers, signals
    do what they always did.
    """

    SIGNALS = (signal.SIGINT, signal.SIGTERM)

    def __init__(self) -> None:
        self.number = 0

    def __enter__(self) -> "Interrupt":
        if threading.current_thread() is threading.main_thread():
            self.before = {number: signal.signal(number, self._note) for number in self.SIGNALS}
        else:
            self.before = {}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.number:
            raise KeyboardInterrupt
        self.number = number
