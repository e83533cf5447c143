"""The map of the course: from the paper to the code, the letters, and which notebook needs which.

`table` shows rows of either, `draw_order` the notebooks. Notebook 00 asserts that all names exist.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from IPython.display import Markdown, display

from course.figure import BLUE


@dataclass(frozen=True)
class Place:
    """A place in the paper: what stands there, functions of `rgm_ref`, and some claims."""

    place: str
    symbol: str
    name: str
    functions: tuple[str, ...]
    notebook: str
    claims: tuple[str, ...]


PAPER = (
    Place(
        "Eq. 1", r"$g_k = g\,J_k$", "gradient through the fusion",
        ("fusion.concat_vjp", "head.head_gradients"), "01",
        ("fusion-jacobians", "fusion-sum-noop"),
    ),
    Place(
        "Eq. 2", r"$\operatorname{tr} F_k$", "Fisher information, its trace",
        ("energy.fisher_trace",), "02", ("energy-fisher",),
    ),
    Place(
        "Eq. 3", r"$E_k$", "Cumulative Gradient Energy, CGE",
        ("energy.cumulative_energy",), "02", ("energy-monotone", "energy-work"),
    ),
    Place(
        "Eq. 4, Theorem 1", r"$E_k \lesssim 2\eta\,\Delta\mathcal L$", "energy and fallen loss",
        ("bounds.energy_bounds",), "02", ("energy-theorem1", "energy-heavy-ball"),
    ),
    Place(
        "Eq. 5", r"$w_i,\ \bar w_{ij}$", "share; balance coordinate",
        ("energy.pair_shares", "plane.balance"), "03",
        ("plane-balance-forms", "plane-balance-range"),
    ),
    Place(
        "Eq. 6", r"$c_{ij}$", "nonConflict coordinate",
        ("plane.nonconflict",), "03", ("plane-cosine", "plane-gauge"),
    ),
    Place(
        "Eq. 7", r"$r_i$", "rebalancing ratio, EAR",
        ("rebalance.ratio",), "04", ("rebalance-ratio", "rebalance-square"),
    ),
    Place(
        "Eq. 8", r"$\tilde r_i$", "conflict-aware ratio",
        ("rebalance.temper",), "04", ("rebalance-temper", "rebalance-raw"),
    ),
    Place(
        "Theorem 2", "", "proportional blocks and the cosine",
        ("alignment.cosine_after",), "05", ("synergy-theorem2", "synergy-repaired"),
    ),
    Place(
        "Eqs. 9–10", r"$\rho$", "least distortion, one ratio",
        ("synergy.distortion", "synergy.best_angle"), "05",
        ("synergy-constraint", "synergy-least-distorting"),
    ),
    Place(
        "Eq. 11", r"$\alpha_i^{(k)},\ \mathcal P_i^{(k)}$", "block scaling; projection, Syn",
        ("synergy.alpha", "synergy.project"), "05", ("synergy-solution", "synergy-cosine"),
    ),
    Place(
        "Eq. 12", r"$\tilde g_i^\top \tilde g_j = 0$", "nearest orthogonal pair",
        ("frame.nearest_frame",), "06", ("orth-exact", "orth-degenerate"),
    ),
    Place(
        "Eq. 13", r"$\mathcal O_i$", "adjustment, Orth",
        ("orthogonal.adjust",), "06", ("orth-denominator", "orth-residual-quarter"),
    ),
    Place(
        "Eq. 14", r"$\gamma_g,\ \gamma_l,\ q$", "soft gates and their slope",
        ("synorth.gate",), "07", ("synorth-flip", "synorth-leak"),
    ),
    Place(
        "Eq. 15", r"$g_i^{\mathrm{mod}}$", "the whole step, SynOrth",
        ("synorth.synorth", "mixing.mixing_matrix"), "07",
        ("synorth-descent", "synorth-mixing"),
    ),
    Place(
        "Figs. 1, 3", "", "runs on the plane",
        ("descent.descend",), "07", ("figure-1a-run", "figure-1b-run", "figure-3-rgm"),
    ),
    Place(
        "Tables 1–3", "", "accuracies and balance factors",
        (), "11, 12", ("tables-best-everywhere", "tables-highest-balance"),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Symbol:
    """A letter of the paper: name in code, shape, unit as powers of loss and feature."""

    symbol: str
    meaning: str
    code: str
    shape: tuple[str | int, ...]
    loss: int = 0
    feature: int = 0

    @property
    def size(self) -> str:
        """The shape as a tuple of letters."""
        inside = ", ".join(map(str, self.shape))
        return f"({inside}{',' if len(self.shape) == 1 else ''})" if self.shape else "number"

    @property
    def unit(self) -> str:
        """The unit as a formula, L for the loss and Z for a feature; 1 for a pure number."""
        powers = {"L": self.loss, "Z": self.feature}
        over = "".join(_power(letter, p) for letter, p in powers.items() if p > 0) or "1"
        under = "".join(_power(letter, -p) for letter, p in powers.items() if p < 0)
        return f"{over}/{under}" if under else over


SYMBOLS = (
    Symbol(r"$g_i$", "gradient in the features $z_i$", "gradients", ("M", "d"), 1, -1),
    Symbol(r"$\eta$", "learning rate", "rate", (), -1, 2),
    Symbol(r"$E_i$", "energy, $\\sum \\|\\eta g_i\\|^2$", "energy", ("M",), 0, 2),
    Symbol(r"$w_i$", "share of the energy", "shares", ("M",)),
    Symbol(r"$\bar w_{ij}$", "balance", "balance", ("M", "M")),
    Symbol(r"$c_{ij}$", "nonConflict, a cosine", "nonconflict", ("M", "M")),
    Symbol(r"$r_i$", "rebalancing ratio", "ratio", ("M",)),
    Symbol(r"$\tilde r_{ij}$", "conflict-aware ratio", "temper", ("M", "M")),
    Symbol(r"$\|g_i^{(k)}\|$", "block lengths", "block_norms", ("M", "l"), 1, -1),
    Symbol(r"$c_{ij}^{(k)}$", "block cosines of a pair", "block_cosines", ("l",)),
    Symbol(r"$\alpha_i^{(k)}$", "block scaling", "alpha", ("M", "l")),
    Symbol(r"$\mathcal P_i$", "synergy projection", "project", ("M", "d"), 1, -1),
    Symbol(r"$\mathcal O_i$", "orthogonal adjustment of a pair", "adjust", (2, "d"), 1, -1),
    Symbol(r"$\gamma_g$", "gate of a pair", "gate", ("M", "M")),
    Symbol(r"$g_i^{\mathrm{mod}}$", "modulated gradient", "synorth", ("M", "d"), 1, -1),
)


@dataclass(frozen=True)
class Notebook:
    """A notebook: its number, its name, where it stands in the picture, and what it needs."""

    number: str
    name: str
    place: tuple[float, float]
    needs: tuple[str, ...] = ()


NOTEBOOKS = (
    Notebook("00", "start here", (0, 2)),
    Notebook("01", "fusion", (1, 2), ("00",)),
    Notebook("02", "energy", (2, 2), ("01",)),
    Notebook("03", "plane", (3, 2), ("02",)),
    Notebook("04", "rebalance", (4, 3), ("03",)),
    Notebook("05", "synergy", (4, 2), ("03",)),
    Notebook("06", "orthogonal", (4, 1), ("03",)),
    Notebook("07", "synorth", (5, 2), ("04", "05", "06")),
    Notebook("08", "from NumPy\nto torch", (5, 0), ("07",)),
    Notebook("09", "train a\nmodel", (4, 0), ("08",)),
    Notebook("10", "22 methods", (3, 0), ("09",)),
    Notebook("11", "Tables 1, 2", (2, 0), ("10",)),
    Notebook("12", "Table 3", (1, 0), ("11",)),
    Notebook("13", "Fig. 4", (0, 0), ("12",)),
    Notebook("14", "your own\nmodel", (5, -1.2), ("08",)),
)


def draw_order(axes) -> None:
    """Boxes and arrows: which notebook needs which."""
    middle = {"ha": "center", "va": "center", "fontsize": 10, "color": "black"}
    drawn = {}
    for notebook in NOTEBOOKS:
        box = {"boxstyle": "round,pad=0.4", "fc": "white", "ec": BLUE}
        words = f"{notebook.number}\n{notebook.name}"
        drawn[notebook.number] = axes.text(*notebook.place, words, bbox=box, **middle)
    axes.set(xlim=(-0.45, 5.45), ylim=(-1.8, 3.4))
    axes.axis("off")
    axes.figure.draw_without_rendering()  # only now do the boxes know their sizes
    for notebook in NOTEBOOKS:
        for needed in notebook.needs:
            tail, head = drawn[needed], drawn[notebook.number]
            line = {
                "arrowstyle": "-|>",
                "patchA": tail.get_bbox_patch(),
                "patchB": head.get_bbox_patch(),
                "ec": BLUE,
                "fc": BLUE,
            }
            axes.annotate("", head.get_position(), tail.get_position(), arrowprops=line)


def table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Display a Markdown table."""
    lines = [heading, ["---"] * len(heading), *rows]
    display(Markdown("\n".join(f"| {' | '.join(line)} |" for line in lines)))


def code(*names: str) -> str:
    """Names set as code, one per line of a table's cell."""
    return "<br>".join(f"`{name}`" for name in names)


def _power(letter: str, exponent: int) -> str:
    return letter if exponent == 1 else f"{letter}{'⁰¹²³⁴'[exponent]}"
