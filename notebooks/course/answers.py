"""`check("orth-2", answer)`: right, or which known mistake it is.

An exercise holds the right answer and the named wrong twins of the ledger's formulas. Answers are
numbers, arrays, true or false, a choice, or a function, tried on the exercise's own inputs. Where
many answers are right, a judge says whether this one qualifies.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from course.arrows import draw_beside
from course.figure import show

EXERCISES: dict[str, "Exercise"] = {}


class NotYet(AssertionError):
    """The answer is not right yet; the message says what is known about it."""


@dataclass(frozen=True)
class Exercise:
    """One exercise: id, the right answer, named wrong answers, hints from weak to strong.

    For a function, `inputs` are the argument tuples it is tried on. `tolerance` is relative. With
    `arrows`, the (first) answer is one or two vectors of the plane: a wrong one is drawn.
    """

    id: str
    right: object
    wrong: dict[str, object] = field(default_factory=dict)
    hints: Sequence[str] = ()
    inputs: Sequence[tuple] = ()
    tolerance: float = 1e-6
    arrows: bool = False

    def __post_init__(self) -> None:
        if self.id in EXERCISES:
            raise ValueError(f"id: {self.id!r} names two exercises")
        EXERCISES[self.id] = self


def check(exercise_id: str, *answer: object, judge: Callable | None = None) -> None:
    """Print 'right', or raise `NotYet` naming the mistake when it is a known one.

    `judge(*answer)` is what is compared where many answers are right.
    """
    exercise = _find(exercise_id)
    if any(part is None or part is ... for part in answer):
        raise _no_answer(exercise)
    given = [_call(exercise, judge, answer)] if judge else _results(exercise, *answer)
    expected = _results(exercise, exercise.right)
    if _same(given, expected, exercise.tolerance):
        print(f"{exercise_id}: right")
        return
    if exercise.arrows and np.shape(given[0]) == np.shape(expected[0]):
        show(*draw_beside(given[0], expected[0]))
    known = [
        mistake
        for mistake, twin in exercise.wrong.items()
        if _same(given, _results(exercise, twin), exercise.tolerance)
    ]
    if known:
        raise NotYet(f"{exercise_id}: not yet. This is what one gets with: {'; or: '.join(known)}.")
    shapes = _shapes(given[0], expected[0])
    raise NotYet(f"{exercise_id}: not yet. {shapes}hint({exercise_id!r}) helps.")


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
    return [_call(exercise, answer, arguments) for arguments in exercise.inputs]


def _call(exercise: Exercise, function: Callable, arguments: Sequence) -> object:
    try:
        return function(*arguments)
    except NotImplementedError:
        raise _no_answer(exercise) from None
    except Exception as error:  # a student's function may fail in any way; say how, and for what
        told = f"{exercise.id}: your answer stopped with {type(error).__name__}: {error}"
        raise NotYet(told) from error


def _no_answer(exercise: Exercise) -> NotYet:
    return NotYet(f"{exercise.id}: no answer yet. hint({exercise.id!r}) helps.")


def _same(given: list, expected: list, tolerance: float) -> bool:
    return len(given) == len(expected) and all(
        _equal(one, other, tolerance) for one, other in zip(given, expected, strict=True)
    )


def _equal(given: object, expected: object, tolerance: float) -> bool:
    if isinstance(expected, str | bool | np.bool_):
        return isinstance(given, str | bool | np.bool_) and given == expected
    try:
        given, expected = np.asarray(given, float), np.asarray(expected, float)
    except (TypeError, ValueError):
        return False
    if given.shape != expected.shape or not np.isfinite(given).all():
        return False
    scale = np.abs(expected).max(initial=0) or 1.0
    return bool(np.abs(given - expected).max(initial=0) <= tolerance * scale)


def _shapes(given: object, expected: object) -> str:
    """Where the shapes differ, said without giving the answer away."""
    if isinstance(expected, str | bool):
        return ""
    shapes = np.shape(given), np.shape(expected)
    return f"Its shape is {shapes[0]}, expected {shapes[1]}. " if shapes[0] != shapes[1] else ""
