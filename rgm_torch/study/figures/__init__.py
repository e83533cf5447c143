"""The study's figures, drawn from its tables: one file each, with `draw` and `alt`.

`draw(table)` makes the picture and `alt(table)` says in words what is seen in it, with its numbers;
both hold whatever was measured. Needs matplotlib; nothing else of `rgm_torch.study` does.
"""

from pathlib import Path

import matplotlib as mpl

from rgm_torch.study.figures import fig1a, fig1b, fig1c, fig3, fig4, fig5, frontier
from rgm_torch.study.results import COMMITTED, Study, table
from rgm_torch.training.figures import STYLE, save
from rgm_torch.training.files import write

FIGURES = {
    "fig1a": (fig1a, "epochs"),
    "fig1b": (fig1b, "epochs"),
    "fig1c": (fig1c, "study"),
    "fig3": (fig3, "samples"),
    "fig4": (fig4, "study"),
    "fig5": (fig5, "steps"),
    "frontier": (frontier, "study"),
}
"""Name → its file here, and the table that it draws."""


def draw_all(tables: Path = COMMITTED, out: Path = COMMITTED / "figures") -> None:
    """Write every figure of a study as SVG and PNG, and its words beside it as text."""
    out.mkdir(parents=True, exist_ok=True)
    read = {name: table(name, tables) for name in ("study", "epochs", "steps", "samples")}
    data = read | {"study": Study(read["study"])}
    for name, (figure, source) in FIGURES.items():
        with mpl.rc_context(STYLE):
            save(figure.draw(data[source]), out / name)
        write(out / f"{name}.txt", figure.alt(data[source]) + "\n")


__all__ = ["FIGURES", "draw_all", "fig1a", "fig1b", "fig1c", "fig3", "fig4", "fig5", "frontier"]
