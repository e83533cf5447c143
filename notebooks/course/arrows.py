"""A wrong answer in the plane, drawn over the right one."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from course.figure import BLUE, RED, arrow

COLOURS, DASHES, PLACES = (BLUE, RED), ("-", "--"), ("first", "second")


def draw_beside(given, expected) -> tuple[Figure, str]:
    """Vectors (2,) or rows (2, 2): the expected ones broad and pale, the given ones as arrows.

    Returns the figure and its alt text, which says in words by how much they differ.
    """
    given, expected = (np.atleast_2d(np.asarray(vectors, float)) for vectors in (given, expected))
    figure, axes = plt.subplots(figsize=(4.2, 3.6))
    for new, old, colour, dash in zip(given, expected, COLOURS, DASHES, strict=False):
        pale = {"color": colour, "lw": 8, "alpha": 0.3, "marker": "", "ls": "-"}
        axes.plot(*np.stack([0 * old, old], axis=1), solid_capstyle="butt", **pale)
        arrow(axes, new, "yours", colour, dash=dash)
    axes.set(aspect="equal", xlabel="first entry", ylabel="second entry")
    axes.set_title("expected: broad and pale", size=11)
    axes.margins(0.2)
    told = [difference(*pair) for pair in zip(given, expected, strict=True)]
    words = [f"the {place} {text}" for place, text in zip(PLACES, told, strict=False)]
    return figure, f"Arrows of the answer over the expected ones: {'; '.join(words)}."


def difference(given, expected) -> str:
    """In words: as expected, or how many times as long and by how many degrees turned."""
    if np.allclose(given, expected):
        return "is as expected"
    long, right = np.linalg.norm(given), np.linalg.norm(expected)
    if not long * right:
        return "is zero and should not be" if right else "should be zero"
    inner = np.clip(given @ expected / (long * right), -1, 1)
    turned = np.degrees(np.arccos(inner))
    return f"is {long / right:.2g} times as long, turned by {turned:.0f} degrees"
