"""The playground's picture on paper: the same arrows and the same plane, drawn from `rgm_ref`."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from course.figure import BLUE, GREEN, RED, arrow, square
from rgm_ref.plane import balance, nonconflict
from rgm_ref.synorth import synorth

COUNTS = {2: "Two", 3: "Three"}
WHO = (("audio", "i", BLUE, "o"), ("video", "j", RED, "s"), ("text", "k", GREEN, "^"))


def still(gradients, energy, blocks: int = 1, **options) -> tuple[Figure, str]:
    """Raw gradients dashed, modulated ones solid, every pair on the plane; and the alt text.

    Shapes: gradients (M, 2), energies (M,); options as `rgm_ref.synorth.synorth`. Use it as
    `show(*still(g, E), gradients=g)`.
    """
    g = np.asarray(gradients, float)
    out = synorth(g, energy, blocks, **options)
    figure, (arena, plane) = plt.subplots(1, 2, figsize=(8.8, 4.2), width_ratios=[1.1, 1])
    _arrows(arena, g, out)
    told = _points(plane, balance(energy), nonconflict(g), nonconflict(out))
    alt = (
        f"{COUNTS[len(g)]} gradients as arrows from one point, dashed as they came and solid after "
        f"the step of RGM; beside them the Balance–nonConflict Plane. {' '.join(told)}"
    )
    return figure, alt


def _arrows(axes, g, out) -> None:
    for raw, modulated, (word, letter, colour, mark) in zip(g, out, WHO, strict=False):
        line = {"ls": "--", "marker": mark, "markevery": [1], "ms": 9, "mfc": "none", "mew": 2}
        label = f"{word}, $g_{letter}$"
        axes.plot(*np.stack([0 * raw, raw], axis=1), color=colour, label=label, **line)
        arrow(axes, modulated, "", colour)
    square(axes, 1.15 * max(np.abs(g).max(), np.abs(out).max()))
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=len(g), fontsize=10)
    axes.set(xlabel="first feature", ylabel="second feature")


def _points(axes, w_bar, before, after) -> list[str]:
    """Every pair, hollow before and full after the step; what is seen, in sentences."""
    axes.axvspan(-1, 0, color="grey", alpha=0.12, lw=0)
    axes.axhline(0, color="grey", lw=1, ls="-", marker="")
    told = []
    for n, (i, j) in enumerate(zip(*np.triu_indices(len(w_bar), 1), strict=True)):
        look = {"color": "black", "marker": WHO[n][3], "ms": 9, "ls": ""}
        axes.plot([w_bar[i, j]] * 2, [before[i, j], after[i, j]], ":", color="black", marker="")
        axes.plot(w_bar[i, j], before[i, j], mfc="none", mew=2, **look)
        pair = f"pair ${WHO[i][1]}, {WHO[j][1]}$"
        axes.plot(w_bar[i, j], after[i, j], label=pair, **look)
        told.append(
            f"{WHO[i][0].capitalize()} and {WHO[j][0]}: balance {w_bar[i, j]:.2f}, "
            f"nonConflict {before[i, j]:.2f} before and {after[i, j]:.2f} after.".replace("-", "−")
        )
    axes.set(xlim=(-1.05, 1.05), ylim=(-1.05, 1.05))
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3, fontsize=10)
    axes.set_xlabel(r"balance $\bar w$ (left of 0 the printed gates flip)")
    axes.set_ylabel("nonConflict $c$ (hollow before, full after)")
    return told
