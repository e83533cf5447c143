"""Names beside spots, where they cover neither spots nor each other."""

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox

from rgm_torch.study.figures.look import GREY

DISTANCES = (1, 6, 14, 24, 36, 50, 70, 90)
FAR = 6
"""Points beyond which a line leads from the name to its spot."""

ANGLES = np.pi / 8 * np.array([0, 8, 4, 12, 1, 7, 15, 9, 2, 6, 14, 10, 3, 5, 13, 11])

LINE: dict[str, Any] = {"arrowstyle": "-", "color": GREY, "lw": 0.7, "shrinkA": 0, "shrinkB": 0}
TEXT: dict[str, Any] = {
    "textcoords": "offset points", "ha": "center", "va": "center", "size": "small", "zorder": 1,
}  # fmt: skip

Spots = Mapping[str, tuple[float, float, float]]
"""Name → x, y and area (points²)."""


def place(figure: Figure, axes: Axes, spots: Spots) -> list[Annotation]:
    """Write every name beside its spot, with a thin line where it stands further off.

    Of the places around a spot, near ones first, a name gets the first that is free, or the one
    that covers least. The limits of the axes must be final.
    """
    figure.draw_without_rendering()  # now the axes are where they will be
    pixels = figure.dpi / 72
    centres = {name: axes.transData.transform((x, y)) for name, (x, y, _) in spots.items()}
    radii = {name: np.sqrt(area / 2) * pixels for name, (_, _, area) in spots.items()}
    taken = [around(centres[name], radii[name]) for name in spots]
    written = []
    for name, (x, y, _) in spots.items():
        half = half_size(axes, name)
        boxes = {
            beside(centres[name], radii[name] + distance * pixels, angle, half): distance
            for distance, angle in product(DISTANCES, ANGLES)
        }
        best = min(boxes, key=lambda box: covered(box, taken, axes.bbox))
        offset = (np.mean([best.min, best.max], axis=0) - centres[name]) / pixels
        line = LINE if boxes[best] > FAR else None
        written.append(axes.annotate(name, (x, y), tuple(offset), arrowprops=line, **TEXT))
        taken.append(best)
    return written


def half_size(axes: Axes, name: str) -> np.ndarray:
    """Half the width and height of a written name, in pixels."""
    text = axes.text(0, 0, name, size=TEXT["size"])
    box = text.get_window_extent()
    text.remove()
    return np.array([box.width, box.height]) / 2


def around(centre: np.ndarray, half: np.ndarray | float) -> Bbox:
    """The box with this centre and half these sides."""
    return Bbox([centre - half, centre + half])


def beside(centre: np.ndarray, distance: float, angle: float, half: np.ndarray) -> Bbox:
    """A box of that size whose nearest point lies about so far off in that direction."""
    return around(centre + np.array([np.cos(angle), np.sin(angle)]) * (distance + half), half)


def covered(box: Bbox, taken: list[Bbox], inside: Bbox) -> float:
    """Pixels² that the box shares with what is there, and has outside the axes."""
    boxes = [shared for other in taken if (shared := Bbox.intersection(box, other))]
    within = Bbox.intersection(box, inside)
    outside = area(box) - (area(within) if within else 0)
    return sum(map(area, boxes)) + outside


def area(box: Bbox) -> float:
    """Pixels²."""
    return box.width * box.height
