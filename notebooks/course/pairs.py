"""Pictures of two gradients being turned apart, and of three that need more room."""

from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from course.figure import BLUE, GREEN, ORANGE, PINK, RED, SKY, arrow

TILDE = (r"$\tilde g_i$", r"$\tilde g_j$")


def pair_at(long_i: float, long_j: float, c: float, first: float = 0.0) -> np.ndarray:
    """Two vectors of the plane with these lengths and cosine c, g_i at `first` degrees."""
    turn, apart = np.radians(first), np.arccos(c)
    angles = np.array([turn, turn + apart])
    return np.array([[long_i], [long_j]]) * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def cosine(pair) -> float:
    """The cosine of two vectors, the plain way."""
    return float(pair[0] @ pair[1] / np.sqrt((pair[0] @ pair[0]) * (pair[1] @ pair[1])))


def panel(axis, old, new, title: str = "", names=TILDE) -> None:
    """A pair before (broad, pale) and after (arrows)."""
    looks = zip(old, new, (BLUE, RED), ("-", "--"), names, strict=True)
    for before, after, colour, dash, name in looks:
        pale = {"color": colour, "lw": 8, "alpha": 0.25, "marker": "", "ls": "-"}
        axis.plot(*np.stack([[0, 0], before], axis=1), solid_capstyle="butt", **pale)
        arrow(axis, after, name, colour, dash=dash)
    axis.set_title(title, size=11)
    axis.set(aspect="equal", xlabel="first feature")
    axis.margins(0.16)


def panels(old, news: dict[str, np.ndarray]) -> Figure:
    """One pair, several ways to turn it, each with the cosine it ends at."""
    figure, axes = plt.subplots(1, len(news), figsize=(8.8, 3.4), sharex=True, sharey=True)
    for axis, (form, new) in zip(axes, news.items(), strict=True):
        panel(axis, old, new, f"{form}: cosine {_number(cosine(old))} → {_number(cosine(new))}")
    axes[0].set_ylabel("second feature")
    return figure


def responsibility(w_i, adjustments, angles) -> Figure:
    """Relative adjustments and angles (2, n) of both, and their sums, over audio's weight."""
    figure, axes = plt.subplots(1, 2, figsize=(8.6, 3.4))
    for axis, values in zip(axes, (adjustments, angles), strict=True):
        total = values.sum(axis=0)
        axis.plot(w_i, values[0], "-", color=BLUE, marker="o", markevery=25, label="audio, $i$")
        axis.plot(w_i, values[1], "--", color=RED, marker="s", markevery=25, label="video, $j$")
        axis.plot(w_i, total, "-", color="grey", marker="", lw=3, label="sum")
        axis.set(xlabel="weight of audio, $w_i$", ylim=(0, 1.25 * total[0]))
        axis.legend(loc="upper center", fontsize=9, ncols=3)
    axes[0].set_ylabel(r"linear: adjustment $\|O\|/\|g\|$")
    axes[1].set_ylabel("exact: angle turned, degrees")
    return figure


def overshoot(ratios, movement: dict, remaining: dict, before: float) -> Figure:
    """Movement of the weaker gradient and the cosine after, over the ratio of the lengths."""
    figure, axes = plt.subplots(1, 2, figsize=(8.6, 3.5))
    looks = (("--", ORANGE, "D"), ("-", GREEN, "o"))
    for form, (dash, colour, mark) in zip(movement, looks, strict=True):
        look = {"ls": dash, "color": colour, "marker": mark, "markevery": 17, "label": form}
        axes[0].plot(ratios, movement[form], **look)
        axes[1].plot(ratios, remaining[form], **look)
    axes[0].set(yscale="log", ylabel=r"movement of video, $\|O_j\|/\|g_j\|$")
    axes[1].set(ylim=(-1.05, 1.05), ylabel=r"cosine after, $\cos(\tilde g_i,\tilde g_j)$")
    axes[1].axhline(before, color="black", lw=1, ls=":")
    for axis in axes:
        axis.axvline(np.sqrt(2 + np.sqrt(3)), color="black", lw=1)
        axis.set(xscale="log", xlabel=r"ratio of the lengths, $\|g_i\|/\|g_j\|$")
        axis.set_xticks([1, 3, 10, 30], ["1", "3", "10", "30"])
        axis.minorticks_off()
    axes[0].legend(loc="lower right", bbox_to_anchor=(1, 0.28))
    return figure


def residuals(t, part_left, before, after) -> Figure:
    """Random pairs under the quarter bound and under the bound on the cosine."""
    figure, axes = plt.subplots(1, 2, figsize=(8.6, 3.8))
    grid = np.linspace(0, 1, 200)
    dots = {"ls": "", "marker": "o", "ms": 3, "color": GREEN, "alpha": 0.6}
    axes[0].plot(t, part_left, **dots)
    for c, dash in ((0.5, ":"), (0.8, "-."), (1.0, "-")):
        curve = c**2 * grid * (1 - grid)
        axes[0].plot(grid, curve, dash, color="black", marker="", label=rf"$|c|={c:g}$")
    axes[0].axhline(1 / 4, color=ORANGE, lw=2, ls="--")
    axes[0].text(0.01, 0.255, "a quarter", color=ORANGE, size=10)
    axes[0].set(xlabel="video's part of the load, $t$", ylim=(0, 0.31))
    axes[0].set_ylabel(r"product left, $\tilde g_i^\top\tilde g_j\,/\,s$")
    axes[0].legend(fontsize=9, ncols=3, loc="upper right", columnspacing=1, handlelength=1.6)
    axes[1].plot(np.abs(before), np.abs(after), **dots)
    bound = grid**3 / (4 - 3 * grid**2)
    axes[1].plot(grid, bound, "k-", marker="", label=r"bound $|c|^3/(4-3c^2)$")
    axes[1].plot(grid, grid, ":", color="grey", marker="", label="nothing done")
    axes[1].plot(1, 1, "D", color=ORANGE, ms=9, clip_on=False, label="−1 stays −1")
    axes[1].set(xlabel="conflict before, $|c|$", ylabel="conflict after, $|c'|$", aspect="equal")
    axes[1].legend(fontsize=9, loc="upper left")
    return figure


def frame_cost(pair, w, degrees) -> np.ndarray:
    """What it costs to project g_i on an axis at each of these angles and g_j across it."""
    turn = np.radians(degrees)
    e, f = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
    kept = w[0] * (pair[0] @ e) ** 2 + w[1] * (pair[1] @ f) ** 2
    return w @ (pair**2).sum(axis=1) - kept


def rectangle(before, after, degrees, cost) -> Figure:
    """A parallelogram, the rectangle it becomes, and the cost of every turned frame."""
    figure, axes = plt.subplots(1, 3, figsize=(8.8, 3.3))
    for axis, sides, name in zip(axes, (before, after), ("before", "after"), strict=False):
        _outline(axis, *sides, name)
        axis.set_xlabel(r"first entry of $\sqrt{w}\,g$")
    low = np.minimum(*(np.vstack([x, y, x + y, 0 * x]).min(axis=0) for x, y in (before, after)))
    high = np.maximum(*(np.vstack([x, y, x + y, 0 * x]).max(axis=0) for x, y in (before, after)))
    for axis in axes[:2]:
        axis.set(xlim=(low[0] - 0.1, high[0] + 0.1), ylim=(low[1] - 0.1, high[1] + 0.1))
    axes[0].set_ylabel(r"second entry of $\sqrt{w}\,g$")
    axes[0].legend(loc="upper left", fontsize=9)
    axes[2].plot(degrees, cost, "k-", marker="")
    best = np.degrees(np.arctan2(after[0, 1], after[0, 0]))
    axes[2].plot(best, cost.min(), "o", color=GREEN, ms=9, label="exact form")
    axes[2].set(xlabel=r"angle $\varphi$ of the frame, degrees", ylabel="cost")
    axes[2].set(ylim=(0, 1.25 * cost.max()))
    axes[2].legend(fontsize=9, loc="upper right")
    return figure


def _outline(axis, x, y, title: str) -> None:
    corners = np.array([0 * x, x, x + y, y])
    axis.fill(*corners.T, color="grey", alpha=0.15, lw=0)
    axis.plot(*np.array([0 * x, x + y]).T, "-", color=PINK, marker="", lw=2, label="$u$")
    axis.plot(*np.array([y, x]).T, "--", color=SKY, marker="", lw=2, label="$v$")
    axis.plot(*np.array([0 * x, x]).T, "-", color=BLUE, marker="", lw=3)
    axis.plot(*np.array([0 * x, y]).T, "--", color=RED, marker="", lw=3)
    axis.set(aspect="equal")
    axis.set_title(title, size=11)


def full_conflict(angles, near: dict, loads, full: dict) -> Figure:
    """Parts (2, n) of the lengths kept, over the angle; and at 180° over audio's load."""
    figure, axes = plt.subplots(1, 2, figsize=(8.6, 3.6), sharey=True)
    for form, width in zip(near, (2.5, 1), strict=True):
        for who, colour, mark, dash in ((0, BLUE, "o", "-"), (1, RED, "s", "--")):
            look = {"color": colour, "ls": dash, "marker": mark, "markevery": 30, "lw": width}
            name = f"{('audio', 'video')[who]}, {form}"
            axes[0].plot(angles, near[form][who], label=name, **look)
            axes[1].plot(loads, full[form][who], **look)
    axes[0].set(xlabel="angle between the gradients, degrees", ylim=(-0.05, 1.08))
    axes[0].set_ylabel(r"part of the length kept, $\|\tilde g\|/\|g\|$")
    axes[1].set(xlabel="audio's part of the load, at 180°")
    figure.legend(loc="outside upper center", ncols=4, fontsize=9)
    return figure


def circle(pair, minimiser: Callable[[float], np.ndarray], chosen: float, w, angles) -> Figure:
    """Two opposed gradients, the circle of their minimisers, and the cost wave going flat."""
    figure, axes = plt.subplots(1, 2, figsize=(8.8, 3.5), width_ratios=[1.3, 1])
    around = np.array([minimiser(degrees) for degrees in range(361)])
    for who, colour, dash, mark in ((0, BLUE, "-", "o"), (1, RED, "--", "s")):
        look = {"ls": dash, "color": colour, "marker": mark, "markevery": 40, "alpha": 0.5}
        axes[0].plot(*around[:, who].T, lw=1, **look)
    panel(axes[0], pair, minimiser(chosen))
    axes[0].set(ylabel="second feature")
    degrees, lengths = np.linspace(-90, 90, 181), np.linalg.norm(pair, axis=1)
    for apart, dash in zip(angles, (":", "-.", "--", "-"), strict=True):
        cost = frame_cost(pair_at(*lengths, np.cos(np.radians(apart))), w, degrees)
        axes[1].plot(degrees, cost, dash, color="black", marker="", label=f"{apart}°")
    axes[1].set(xlabel=r"angle $\varphi$ of the frame, degrees", ylabel="cost")
    axes[1].set(ylim=(0, 1.2 * w @ lengths**2))
    axes[1].legend(fontsize=9, ncols=4, columnspacing=1, handlelength=1.6, loc="upper center")
    return figure


def cosine_maps(pair, news: dict, before, after: dict) -> Figure:
    """One pair turned in two ways; the cosine after against the cosine before for each rule."""
    figure, axes = plt.subplots(1, 3, figsize=(8.8, 3.4), width_ratios=[1, 1, 1.15])
    names = ((r"$\hat g_i$", r"$\hat g_j$"), TILDE)
    for axis, (title, new), labels in zip(axes, news.items(), names, strict=False):
        panel(axis, pair, new, title, labels)
    axes[1].sharex(axes[0])
    axes[1].sharey(axes[0])
    axes[0].set_ylabel("second feature")
    looks = (("-", PINK, "^"), ("--", GREEN, "o"), (":", "black", "s"))
    for (rule, values), (dash, colour, mark) in zip(after.items(), looks, strict=True):
        axes[2].plot(before, values, dash, color=colour, marker=mark, markevery=40, label=rule)
    axes[2].set(xlabel="cosine before, $c$", ylabel="cosine after", ylim=(-1.05, 1.05))
    axes[2].legend(fontsize=9, loc="lower right")
    return figure


def three(states: dict[str, np.ndarray], cosines: Callable) -> Figure:
    """Three gradients in space, and the matrix of their cosines, for each state."""
    figure = plt.figure(figsize=(8.6, 5.4))
    base = next(iter(states.values()))
    for place, (title, vectors) in enumerate(states.items(), 1):
        space = figure.add_subplot(2, len(states), place, projection="3d")
        colours, dashes = (BLUE, RED, GREEN), ("-", "--", "-.")
        for vector, colour, dash in zip(vectors, colours, dashes, strict=True):
            space.plot(*np.stack([0 * vector, vector]).T, dash, color=colour, marker="", lw=3)
            space.plot(*vector[:, None], "o", color=colour)
        space.plot(*base[[0, 1, 2, 0]].T, "-", color="grey", marker="", lw=1)
        space.set(xlim=(-1, 1), ylim=(-1, 1), zlim=(0, 1), title=title)
        space.set_box_aspect((2, 2, 1), zoom=1.25)
        space.view_init(elev=22, azim=-65)
        space.tick_params(labelbottom=False, labelleft=False)
        _heat(figure.add_subplot(2, len(states), place + len(states)), cosines(vectors))
    return figure


def _heat(axis, table) -> None:
    axis.imshow(table, cmap="PuOr", vmin=-1, vmax=1)
    for (row, column), value in np.ndenumerate(table):
        shade = "white" if abs(value) > 0.7 else "black"
        axis.text(column, row, _number(value), ha="center", va="center", color=shade)
    names = [f"$g_{k}$" for k in range(1, len(table) + 1)]
    axis.set_xticks(range(len(table)), names)
    axis.set_yticks(range(len(table)), names)
    axis.grid(False)


def _number(value: float) -> str:
    """Two decimals, a true minus, and no minus zero."""
    return f"{round(value, 2) + 0.0:.2f}".replace("-", "−")
