"""Fig. 5: Cumulative Gradient Energy and training loss over the steps, Joint beside RGM.

Both methods have the learning rate of their search, which is squared in the energy: the curves are
shares of what a method spends in all. The schedule takes the rate to zero: that a curve of energy
flattens is no sign, by itself, of convergence.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from rgm_torch.study.figures.look import BLUE, LOOKS, RED, name
from rgm_torch.study.figures.series import columns
from rgm_torch.study.results import Row
from rgm_torch.study.settings import SETTINGS
from rgm_torch.training.figures import smooth

METHODS = ("joint", "rgm")
PLACES = ("av-digits", "dominant")
COLUMNS = ("step", "loss", "energy_audio", "energy_video")
MODALITIES: dict[str, dict[str, Any]] = {
    "audio": {"color": BLUE, "marker": "o"},
    "video": {"color": RED, "marker": "s"},
}

Runs = Mapping[str, np.ndarray]
"""Method → its COLUMNS, (4, n)."""


def draw(steps: Sequence[Row]) -> Figure:
    """A row per data set: energies of both modalities to the left, the loss to the right."""
    found = runs(steps)
    figure = Figure(figsize=(9, 3.3 * len(found)), layout="constrained")
    panels = figure.subplots(len(found), 2, squeeze=False)
    for (left, right), (setting, methods) in zip(panels, found.items(), strict=True):
        draw_energy(left, methods)
        draw_loss(right, methods)
        left.set_title(SETTINGS[setting].title, loc="left")
    panels[0, 1].legend(handlelength=3.4)
    lines = panels[0, 0].lines
    labels = [f"energy of {line.get_label()}" for line in lines]
    figure.legend(lines, labels, loc="outside lower center", ncols=2, handlelength=3.4)
    return figure


def draw_energy(axes: Axes, methods: Runs) -> None:
    """E_k/Σ_j E_j(T) over the steps: colour and marker tell the modality, dashes the method."""
    for method, (step, _, *energies) in methods.items():
        shares = np.array(energies) / np.sum(energies, axis=0)[-1]
        for (modality, look), share in zip(MODALITIES.items(), shares, strict=True):
            label, every = f"{modality}, {name(method)}", max(1, len(step) // 7)
            dash = LOOKS[method]["ls"]
            axes.plot(step, share, lw=1.8, ms=5, label=label, ls=dash, markevery=every, **look)
    axes.set(xlabel="step", ylabel="energy $E_k$ (CGE), share\nof the method's last total", ylim=0)
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))


def draw_loss(axes: Axes, methods: Runs) -> None:
    """Training loss over the steps, of a step thin, the mean of seven points bold."""
    for method, (step, loss, *_) in methods.items():
        look = {"color": rcParams["text.color"], "ls": LOOKS[method]["ls"], "marker": ""}
        axes.plot(step, loss, lw=0.6, alpha=0.4, **look)
        axes.plot(step, smooth(loss, reach=3), lw=1.8, label=f"loss of {name(method)}", **look)
    axes.set(xlabel="step", ylabel="training loss", ylim=(0, None))


def alt(steps: Sequence[Row]) -> str:
    """How far each energy is half-way, which is larger at the end, and what the loss does."""
    parts = []
    for setting, methods in runs(steps).items():
        for method, (_, loss, audio, video) in methods.items():
            half = [f"{energy[len(energy) // 2] / energy[-1]:.0%}" for energy in (audio, video)]
            end = smooth(loss, reach=3)[-1]
            parts.append(
                f"{SETTINGS[setting].title}, {name(method)}, {audio[-1] + video[-1]:.2g} spent in "
                f"all: half-way audio has {half[0]} and "
                f"video {half[1]} of its last energy, audio ends at {audio[-1] / video[-1]:.2f} "
                f"times video's, the loss goes from {loss[0]:.2f} to {end:.2f}"
            )
    return f"Line charts of energy and loss over the steps. {'; '.join(parts)}."


def runs(steps: Sequence[Row]) -> dict[str, Runs]:
    """Setting → method → its columns, as far as the table has them."""
    found = {
        setting: {
            method: array
            for method in METHODS
            if (array := columns(steps, COLUMNS, setting=setting, method=method)).size
        }
        for setting in PLACES
    }
    return {setting: methods for setting, methods in found.items() if methods}
