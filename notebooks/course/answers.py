"""`check("orth-2", answer)`: right, or which known mistake it is.

An exercise holds the right answer and the named wrong twins of the ledger's formulas. Answers are
numbers, arrays, true or false, a choice, or a function, tried on the exercise's own inputs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

EXERCISES: dict[str, "Exercise"] = {}


class NotYet(AssertionError):
    """The answer is not right yet; the message says what is known about it."""


@dataclass(frozen=True)
class Exercise:
    """One exercise: id, the right answer, named wrong answers, hints from weak to strong.

    For a function, `inputs` are the argument tuples it is tried on. `tolerance` is relative.
    """

    id: str
    right: object
    wrong: dict[str, object] = field(default_factory=dict)
    hints: Sequence[str] = ()
    inputs: Sequence[tuple] = ()
    tolerance: float = 1e-6

    def __post_init__(self) -> None:
        if self.id in EXERCISES:
            raise ValueError(f"id: {self.id!r} names two exercises")
        EXERCISES[self.id] = self


def check(exercise_id: str, answer: object) -> None:
    """Print 'right', or raise `NotYet` naming the mistake when it is a known one."""
    exercise = _find(exercise_id)
    if answer is None or answer is ...:
        raise NotYet(f"{exercise_id}: no answer yet. hint({exercise_id!r}) helps.")
    given = _results(exercise, answer)
    if _same(given, _results(exercise, exercise.right), exercise.tolerance):
        print(f"{exercise_id}: right")
        return
    for mistake, twin in exercise.wrong.items():
        if _same(given, _results(exercise, twin), exercise.tolerance):
            raise NotYet(f"{exercise_id}: not yet. This is what one gets with: {mistake}.")
    raise NotYet(f"{exercise_id}: not yet. {_compare(exercise, given)}hint({exercise_id!r}) helps.")


def hint(exercise_id: str, number: int = 1) -> None:
    """Print hint `number`, the first being the weakest."""
    hints = _find(exercise_id).hints
    if not 1 <= number <= len(hints):
        raise ValueError(f"number: got {number}, {exercise_id} has hints 1 to {len(hints)}")
    print(f"hint {number} of {len(hints)}: {hints[number - 1]}")


def _find(exercise_id: str) -> Exercise:
    if exercise_id not in EXERCISES:
        raise ValueError(
            f"exercise_id: got {exercise_id!r}, expected one of {', '.join(EXERCISES)}"
        )
    return EXERCISES[exercise_id]


def _results(exercise: Exercise, answer: object) -> list:
    if not callable(answer):
        return [answer]
    try:
        return [answer(*arguments) for arguments in exercise.inputs]
    except Exception as error:  # a student's function may fail in any way; say how, and for what
        raise NotYet(
            f"{exercise.id}: your function stopped with {type(error).__name__}: {error}"
        ) from error


def _same(given: list, expected: list, tolerance: float) -> bool:
    return len(given) == len(expected) and all(
        _equal(one, other, tolerance) for one, other in zip(given, expected, strict=True)
    )


def _equal(given: object, expected: object, tolerance: float) -> bool:
    if isinstance(expected, str | bool | np.bool_):
        return given == expected
    try:
        given, expected = np.asarray(given, float), np.asarray(expected, float)
    except (TypeError, ValueError):
        return False
    if given.shape != expected.shape or not np.isfinite(given).all():
        return False
    scale = np.abs(expected).max(initial=0) or 1.0
    return bool(np.abs(given - expected).max(initial=0) <= tolerance * scale)


def _compare(exercise: Exercise, given: list) -> str:
    """Where a shape or a first value differs, said without giving the answer away."""
    if isinstance(exercise.right, str | bool):
        return ""
    expected = _results(exercise, exercise.right)
    shapes = np.shape(given[0]), np.shape(expected[0])
    return f"Its shape is {shapes[0]}, expected {shapes[1]}. " if shapes[0] != shapes[1] else ""
