"""Pictures of gradients cut into blocks: their lengths, directions and weights in the cosine."""

import math

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from course.figure import BLUE, GREEN, ORANGE, PINK, RED, SKY, arrow
from rgm_ref import alignment, synergy

GREY = {"color": "grey", "marker": "", "lw": 1}


def stack(axes, lengths, kappa, names) -> None:
    """Block lengths (2, l) end to end, block cosines in between, lines from cut to cut."""
    ends = np.cumsum(lengths, axis=1)
    for row, (colour, height) in enumerate(((BLUE, 1.0), (RED, 0.0))):
        for k, (length, end) in enumerate(zip(lengths[row], ends[row], strict=True)):
            shade = 0.95 - 0.3 * (k % 2)
            axes.barh(height, length, 0.3, end - length, color=colour, ec="white", alpha=shade)
            middle = end - length / 2
            axes.text(
                middle, height, f"{length:.2g}", color="white", ha="center", va="center", size=9
            )
    for k, cut in enumerate(ends.T):
        axes.plot(cut, [0.85, 0.15], "-", **GREY)
        middle = (ends[:, k] - lengths[:, k] / 2).mean()
        axes.text(middle, 0.5, _number(kappa[k]), ha="center", va="center")
    axes.set(yticks=[1, 0], yticklabels=names, xlabel="block lengths, end to end")
    axes.grid(False)


def directions(before, after) -> Figure:
    """Pairs (2, 2l) in blocks of two entries: before (broad, pale) and after (arrows)."""
    count = before.shape[1] // 2
    figure, axes = plt.subplots(1, count, figsize=(4.1 * count, 3.4), sharex=True, sharey=True)
    for k, panel in enumerate(axes):
        here = slice(2 * k, 2 * k + 2)
        for g, P, colour, name in zip(before, after, (BLUE, RED), "ij", strict=True):
            old = {"color": colour, "lw": 8, "alpha": 0.3, "marker": "", "ls": "-"}
            panel.plot(*np.stack([[0, 0], g[here]], axis=1), solid_capstyle="butt", **old)
            arrow(panel, P[here], f"$P_{name}$", colour)
        panel.set(xlabel="first entry of the block", aspect="equal")
        panel.set_title(f"block {k + 1}", size=11)
    axes[0].set_ylabel("second entry of the block")
    return figure


def readings(a: float, b: float, rho: float) -> Figure:
    """One block: the lengths that each reading of constraint (10) demands, and those of Eq. 11."""
    figure, axes = plt.subplots(figsize=(7.2, 3.8))
    line, turn, radius = np.array([0, a + b]), np.linspace(0, np.pi / 2), math.hypot(a, b)
    axes.plot(line, line[::-1], "--", label="lengths kept, $x+y=a+b$", **GREY)
    axes.plot(
        radius * np.cos(turn),
        radius * np.sin(turn),
        "-",
        label="energy kept, $x^2+y^2=a^2+b^2$",
        **GREY,
    )
    axes.plot(line, line / rho, ":", label=r"one ratio, $x=\rho\,y$", **GREY)
    axes.plot(a, b, "kx", ms=9, mew=2, label="given, $(a, b)$")
    marks = zip(synergy.READINGS, "sDv", (ORANGE, PINK, SKY), strict=True)
    for name, mark, colour in marks:
        if name == "one-sided" and rho * b > a + b:
            continue  # it has no solution there
        ratio = 1 if name == "swap" else rho
        point = synergy.printed_lengths(np.array([a, b]), ratio, name)
        axes.plot(*point, mark, color=colour, ms=9, label=f"(10), {name}")
    axes.plot(*eq11(np.array([a, b]), rho**2 / (1 + rho**2)), "o", color=GREEN, ms=9, label="(11)")
    reach = (0, 1.05 * (a + b))
    axes.set(xlabel=r"new length $x=\|P_i\|$", ylabel=r"new length $y=\|P_j\|$")
    axes.set(xlim=reach, ylim=reach, aspect="equal")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def eq11(lengths, w_i: float) -> np.ndarray:
    """Block lengths (2, ...) after Eq. 11: √w_i √S_k and √w_j √S_k."""
    roots = np.sqrt([w_i, 1 - w_i])
    return np.multiply.outer(roots, np.hypot(*lengths))


def weights_and_sweep(lengths, kappa, block: int) -> Figure:
    """Left, the weight of each block in the cosine; right, the cosine as one a_k is moved."""
    figure, axes = plt.subplots(1, 2, figsize=(8.6, 3.3))
    _weights(axes[0], *lengths, kappa)
    _sweep(axes[1], lengths, kappa, block - 1)
    return figure


def _weights(axes, a, b, kappa) -> None:
    place = np.arange(len(kappa))
    q, p = a * b / math.sqrt((a @ a) * (b @ b)), (a**2 + b**2) / (a @ a + b @ b)
    axes.bar(place - 0.2, q, 0.36, color=SKY, label="before, $q_k$")
    axes.bar(place + 0.2, p, 0.36, color=GREEN, hatch="//", ec="white", label="after, $p_k$")
    names = [rf"block {k}: $\kappa_{k}={_number(c)}$" for k, c in enumerate(kappa, 1)]
    axes.set_xticks(place, names)
    axes.set(ylabel="weight in the cosine", ylim=(0, 1.3))
    axes.grid(axis="x", visible=False)
    axes.set_axisbelow(True)
    axes.legend(loc="upper center", ncols=2, fontsize=9)


def _sweep(axes, lengths, kappa, block: int) -> None:
    reach = np.logspace(-2, 2, 200)
    moved = np.repeat(lengths[None], len(reach), axis=0)
    moved[:, 0, block] = reach
    rules = (alignment.cosine_before, alignment.cosine_after)
    looks = (("before", SKY, "--", "o"), ("after", GREEN, "-", "s"))
    for rule, (name, colour, dash, mark) in zip(rules, looks, strict=True):
        values = [rule(pair, kappa) for pair in moved]
        axes.plot(reach, values, dash, color=colour, marker="", lw=2, label=name)
        axes.plot(lengths[0, block], rule(lengths, kappa), mark, color=colour, ms=9)
    axes.set(xscale="log", ylabel="cosine of the pair")
    axes.set(xlabel=f"length of block {block + 1} of $g_i$, $a_{block + 1}$")
    axes.legend(fontsize=9)


def _number(value: float) -> str:
    return f"{value:g}".replace("-", "−")
