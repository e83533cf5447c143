"""One look for every picture: colour-blind safe, markers beside colour, alt text required.

The colours are Okabe and Ito's, told apart by all common kinds of colour blindness; each comes with
its own marker and dash so that the picture also reads in grey. Figures stand on a card of their
own colour, so that they read on a light page and on a dark one; `use_style("dark")` darkens it.
"""

from itertools import cycle, islice

import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from IPython.display import display
from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, PINK, SKY, RED = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#D55E00",
)
COLOURS = (BLUE, RED, GREEN, ORANGE, PINK, SKY)
MARKERS = ("o", "s", "^", "D", "v", "P")
DASHES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)))

CARDS = {"light": ("#fffffc", "#1c1d1f", "#d8d8d4"), "dark": ("#1b1d20", "#ecece8", "#44484e")}

_numbers: dict[str, np.ndarray] = {}


def use_style(card: str = "light") -> None:
    """Set matplotlib's defaults for the whole notebook; `card` is 'light' or 'dark'."""
    if card not in CARDS:
        raise ValueError(f"card: got {card!r}, expected one of {sorted(CARDS)}")
    paper, ink, grid = CARDS[card]
    plt.switch_backend(plt.get_backend())  # loads it: figures made without pyplot show, too
    looks = cycler(color=COLOURS) + cycler(marker=MARKERS) + cycler(linestyle=DASHES)
    plt.rcParams.update(
        {
            "axes.prop_cycle": looks,
            "axes.facecolor": paper,
            "figure.facecolor": paper,
            "savefig.facecolor": paper,
            "text.color": ink,
            "axes.labelcolor": ink,
            "axes.edgecolor": ink,
            "xtick.color": ink,
            "ytick.color": ink,
            "axes.grid": True,
            "grid.color": grid,
            "grid.linewidth": 0.6,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titlelocation": "left",
            "font.size": 11,
            "lines.markersize": 5,
            "lines.markeredgewidth": 0,
            "legend.frameon": False,
            "figure.figsize": (6.4, 4.0),
            "figure.dpi": 100,
            "figure.constrained_layout.use": True,
            "svg.hashsalt": "rgm",
        }
    )


def show(figure: Figure, alt: str, **data) -> None:
    """Display a figure with its alt text; `data` are the numbers behind it, kept for `numbers()`.

    Raises: ValueError without an alt text that says something (at least five words).
    """
    if len(alt.split()) < 5:
        raise ValueError(f"alt: got {alt!r}, expected a sentence that says what the picture shows")
    _numbers.clear()
    _numbers.update({name: np.asarray(values) for name, values in data.items()})
    display(figure, metadata={"image/png": {"alt": alt}})
    plt.close(figure)


def numbers() -> dict[str, np.ndarray]:
    """The numbers behind the last figure shown."""
    return dict(_numbers)


def looks(count: int) -> list[dict]:
    """`count` combinations of colour, marker and dash, for drawing without the cycle."""
    combined = zip(COLOURS, MARKERS, DASHES, strict=True)
    return [
        {"color": colour, "marker": marker, "linestyle": dash}
        for colour, marker, dash in islice(cycle(combined), count)
    ]


def arrow(axes, vector, label: str, colour: str, start=(0.0, 0.0), dash="-") -> None:
    """An arrow from `start` along `vector`, labelled in words at its tip."""
    tip = np.asarray(start) + np.asarray(vector)
    head = {"arrowstyle": "-|>", "color": colour, "lw": 2, "ls": dash, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", tip, start, arrowprops=head)
    axes.plot(*tip, marker="", linestyle="")  # so that the limits know about the tip
    outward = 8 * np.sign(np.where(np.abs(vector) > 1e-9, vector, 0))
    place = {"textcoords": "offset points", "ha": "center", "va": "center"}
    axes.annotate(label, tip, outward, color=colour, **place)


def square(axes, limit: float) -> None:
    """Equal scales on both axes, from −limit to limit."""
    axes.set(xlim=(-limit, limit), ylim=(-limit, limit), aspect="equal")
