"""How a run can end other than well."""


class Mistake(ValueError):
    """A run that cannot be as it was asked for: bad configuration, bad data, not its folder."""


class Stopped(RuntimeError):
    """A run that cannot go on; what it has saved stays good."""


class Interrupted(Stopped):
    """A run stopped from outside, all saved; `code` is what a shell expects, 128 + signal."""

    def __init__(self, number: int, message: str) -> None:
        super().__init__(message)
        self.code = 128 + number

    def __reduce__(self) -> tuple[type["Interrupted"], tuple[int, str]]:
        """How it passes between processes: exceptions are made anew from what __init__ takes."""
        return type(self), (self.code - 128, str(self))
