"""Three ways through the course: a lecture, a workshop, a module. Minutes, sections, exercises."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Item:
    """Some minutes on one notebook: what is done, from which sections, what the class solves.

    An item without a notebook is a pause or a discussion.
    """

    minutes: int
    notebook: str
    what: str
    sections: tuple[int, ...] = ()
    exercises: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """A syllabus: for whom, its length in minutes, its items."""

    title: str
    whom: str
    minutes: int
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Week:
    """Two sessions of 90 minutes: the subject, its notebooks, the question to end with."""

    subject: str
    notebooks: tuple[str, ...]
    question: str


LECTURE = Plan(
    "A lecture",
    "For people who train networks and have not read the paper. The slides are enough; nobody "
    "needs a computer. Let the class answer each question “Before you run it” by raised hands.",
    90,
    (
        Item(10, "00", "Two gradients over twenty steps, and the same run on the plane.", (1,)),
        Item(5, "01", "Where the gradients come from: one residual for all.", (1, 2)),
        Item(9, "02", "Energy with a pencil; Theorem 1, and where it fails.", (2, 4, 5)),
        Item(10, "03", "The plane; one model in two places on it.", (1, 2, 6)),
        Item(7, "04", "EAR: what Eq. 7 makes equal, and what it does not.", (1, 2, 3)),
        Item(9, "05", "Syn: the counterexample to Theorem 2, and its repaired form.", (1, 6, 7)),
        Item(11, "06", "Orth: the misprint; a parallelogram becomes a rectangle.", (1, 2, 5, 7)),
        Item(7, "07", "The whole step, and its flow over the plane.", (3, 9)),
        Item(7, "09", "A training: starvation, and late fusion as the yardstick.", (3, 4)),
        Item(10, "11", "Does it help? A prediction, 21 methods, the answer.", (3, 4, 5)),
        Item(5, "", "Questions. Who wants to go on alone begins with notebook 00."),
    ),
)

WORKSHOP = Plan(
    "A half-day workshop",
    "For people with a laptop, the course installed, and perhaps a model of their own. Student "
    "notebooks; each part begins with a few slides and ends with its exercises.",
    210,
    (
        Item(
            25, "00", "Start together; everybody's installation runs.", (1, 3),
            ("start-1", "start-3"),
        ),
        Item(
            35, "03", "Energies and cosines on the plane.", (1, 2, 5, 6),
            ("plane-1", "plane-2", "plane-3"),
        ),
        Item(
            40, "06", "Turn two gradients apart; find the misprint.", (1, 2, 4, 5),
            ("orth-1", "orth-2", "orth-3"),
        ),
        Item(15, "", "Pause. Let the trainings of notebook 09 run meanwhile: three minutes."),
        Item(25, "07", "The whole step, its gates and its parts.", (1, 2, 5), ("step-1", "step-2")),
        Item(25, "09", "Starvation, and the yardstick.", (3, 4, 8), ("train-1", "train-2")),
        Item(
            20, "11", "What five seeds can tell; what our tables say.", (2, 4, 5),
            ("tables-2", "tables-3"),
        ),
        Item(25, "14", "One line in a model of one's own; what to watch.", (1, 3, 9), ("own-1",)),
    ),
)  # fmt: skip

WEEKS = (
    Week(
        "Two gradients: where they come from, how far they go",
        ("00", "01", "02"),
        "Which of two modalities is the stronger one, and who measured it?",
    ),
    Week(
        "The plane, and balance",
        ("03", "04"),
        "One model stands in two places on the plane. What does the plane measure?",
    ),
    Week(
        "Cooperation and conflict",
        ("05", "06"),
        "A theorem fails and a formula is misprinted. What is left of both?",
    ),
    Week(
        "The whole step, with a pencil and in torch",
        ("07", "08"),
        "Eq. 15 is a matrix of size two. What can such a matrix never do?",
    ),
    Week(
        "Trainings, the other methods, the tables",
        ("09", "10", "11"),
        "What would have convinced you that a method helps?",
    ),
    Week(
        "Why: parts, knowledge, and a model of your own",
        ("12", "13", "14"),
        "Which of it will you use next month, and how will you know that it helped?",
    ),
)
"""A module of six weeks, two sessions of 90 minutes each; the exercises are the homework."""
