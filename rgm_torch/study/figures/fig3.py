"""Fig. 3 (a–e): where single samples were on the Balance–nonConflict Plane, early and late."""

from collections.abc import Sequence

import numpy as np
from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from rgm_torch.study.figures.look import BALANCE, CONFLICT, GREY, TIME, name
from rgm_torch.study.figures.series import columns
from rgm_torch.study.figures.words import listed
from rgm_torch.study.results import Row

METHODS = ("joint", "pcgrad", "arm", "cggm", "rgm")
COLUMNS = ("step", "balance", "conflict")
CORNERS = {
    (-0.5, 0.5): "imbalanced,\nagreeing",
    (-0.5, -0.5): "imbalanced,\nconflicting",
}
STRETCHES = 10


def draw(samples: Sequence[Row]) -> Figure:
    """A panel per method: samples at (w̄, c), coloured by step, and the way of their means.

    The panels show the part of the plane that has samples; the last one shows which part it is.
    """
    clouds = points(samples)
    every = np.concatenate(list(clouds.values()), axis=1)
    figure = Figure(figsize=(9.4, 6.2), layout="constrained")
    panels = figure.subplots(2, 3).flat
    time = ScalarMappable(Normalize(0, every[0].max()), TIME)
    window = limits(every)
    for letter, (method, cloud), axes in zip("abcde", clouds.items(), panels, strict=False):
        draw_cloud(axes, cloud, time)
        axes.set(xlim=window[0], ylim=window[1])
        axes.set_title(f"({letter}) {name(method)}", loc="left")
    draw_whole(panels[5], window)
    figure.supxlabel(BALANCE + " of the energies so far", size=rcParams["font.size"])
    figure.supylabel(CONFLICT + " of the sample", size=rcParams["font.size"])
    figure.colorbar(time, ax=figure.axes[:6], label="step (red: early, blue: late)", aspect=40)
    return figure
