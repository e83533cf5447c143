"""Three ways through the course, with minutes. Notebooks that are not there yet are left out."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Item:
    """Some minutes on one notebook: what is done, and which exercises the class solves."""

    minutes: int
    notebook: str
    what: str
    exercises: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """A syllabus: its length in minutes and its items; a pause belongs to no notebook."""

    title: str
    minutes: int
    items: tuple[Item, ...]


PAUSE = Item(15, "", "Pause.")

LECTURE = Plan(
    "A lecture of 90 minutes",
    90,
    (
        Item(12, "00", "Two gradients over twenty steps, and the same run on the plane."),
        Item(8, "01", "Where the gradients come from: concatenation shares one residual."),
        Item(10, "02", "Energy with a pencil; Theorem 1, and the step size at which it fails."),
        Item(10, "03", "The plane; the cosine changes with the basis, and the model does not."),
        Item(8, "04", "EAR: what Eq. 7 makes equal, and what it does not."),
        Item(10, "05", "Syn: the counterexample to Theorem 2, by hand; its repaired form."),
        Item(12, "06", "Orth: the misprint, the parallelogram that becomes a rectangle."),
        Item(10, "07", "The whole step, and the flow over the plane."),
        Item(10, "09", "A training: starvation, and late fusion as the yardstick."),
    ),
)

WORKSHOP = Plan(
    "A half-day workshop",
    210,
    (
        Item(30, "00", "Start together; everybody's installation runs.", ("start-1", "start-3")),
        Item(35, "03", "Energies and cosines on the plane.", ("plane-1", "plane-2", "plane-3")),
        Item(40, "06", "Turn two gradients apart.", ("orth-1", "orth-2", "orth-3")),
        PAUSE,
        Item(30, "07", "The whole step as a matrix.", ("step-1", "step-2", "step-3")),
        Item(25, "08", "The layer in torch: one line in a model.", ("torch-1", "torch-2")),
        Item(35, "09", "Train, compare, and believe little.", ("train-1", "train-2")),
    ),
)

WEEKS = (
    ("Two gradients and where they come from", ("00", "01")),
    ("Energy and the plane", ("02", "03")),
    ("Balance and cooperation", ("04", "05")),
    ("Conflict and the whole step", ("06", "07")),
    ("Into torch, into training", ("08", "09")),
    ("Against other methods, and your own model", ("10", "11", "12", "13", "14")),
)
"""A module of six weeks, two sessions of 90 minutes each; the exercises are the homework."""
