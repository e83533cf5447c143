"""The formula sheet: letters with code name, shape and unit; equations; what is true of them.

The equations are the paper's, with Eq. 13's indices put right; each stands beside the function of
`rgm_ref` that computes it. What is true comes from the ledger.
"""

import re
from html import escape

from course.overview import PAPER, SYMBOLS, Place
from course.teach.page import inline, math, page, table
from derivations import REGISTRY
from derivations.ledger.record import recorded

EQUATIONS = {
    "Eq. 1": r"g_k = g\, J_k,\quad J_k = \frac{\partial f}{\partial z_k}",
    "Eq. 2": r"\mathrm{tr}\,F_k = \frac1n \sum_{s} \|g_k^{(s)}\|^2",
    "Eq. 3": r"E_k = \sum_t \|\eta_t\, g_k^{(t)}\|^2",
    "Eq. 4, Theorem 1": r"\frac{\eta\,\Delta\mathcal L}{1 + L\eta/2} \le \sum_k E_k \le "
    r"\frac{\eta\,\Delta\mathcal L}{1 - L\eta/2}",
    "Eq. 5": r"w_i = \frac{E_i}{E_i + E_j},\quad \bar w_{ij} = 8\, w_i w_j - 1",
    "Eq. 6": r"c_{ij} = \frac{g_i^\top g_j}{\|g_i\| \|g_j\|}",
    "Eq. 7": r"r_i = \frac{\sum_j E_j}{M E_i}",
    "Eq. 8": r"\tilde r_i = r_i^{(1 + c)/2}",
    "Theorem 2": r"\cos(\mathcal P_i, \mathcal P_j) = \frac{\sum_k S_k \kappa_k}{\sum_k S_k},\quad "
    r"S_k = \|g_i^{(k)}\|^2 + \|g_j^{(k)}\|^2",
    "Eqs. 9–10": r"\min \sum_k \|\mathcal P_i^{(k)} - g_i^{(k)}\|^2,\quad "
    r"\|\mathcal P_i^{(k)}\| = \rho\, \|\mathcal P_j^{(k)}\|",
    "Eq. 11": r"\alpha_i^{(k)} = \frac{\sqrt{w_i S_k}}{\|g_i^{(k)}\|},\quad "
    r"\mathcal P_i^{(k)} = \alpha_i^{(k)} g_i^{(k)}",
    "Eq. 12": r"\min\; w_i \|\mathcal O_i\|^2 + w_j \|\mathcal O_j\|^2,\quad "
    r"(g_i + \mathcal O_i)^\top (g_j + \mathcal O_j) = 0",
    "Eq. 13": r"\mathcal O_i = -\frac{w_j\, g_i^\top g_j}{w_i \|g_i\|^2 + w_j \|g_j\|^2}\, g_j",
    "Eq. 14": r"\gamma = \sigma(q\, c),\quad q = 4 \bar w_{ij},\quad "
    r"\gamma_g \;\text{of}\; c_{ij},\quad \gamma_l \;\text{of}\; c_{ij}^{(k)}",
    "Eq. 15": r"g_i^{\mathrm{mod}} = \tilde r_i \left[\gamma_l\, \mathcal P_i^{(k)} + "
    r"(1 - \gamma_l)\, g_i^{(k)}\right]_k + (1 - \gamma_g)\, \mathcal O_i",
}
PIECE = re.compile(r"\\text\{([^{}]*)\}|\\q?quad|\\Rightarrow|\\;|[{}]|\\left|\\right")


def sheet() -> str:
    """The page, to be printed: two pages of A4."""
    letters = (
        (inline(s.symbol), inline(s.meaning), _code(s.code), _code(s.size), s.unit) for s in SYMBOLS
    )
    equations = [_row(place) for place in PAPER if place.place in EQUATIONS]
    truths = [_truth(place, name) for place in PAPER for name in place.claims]
    return page(
        "Formula sheet",
        "<p>M modalities, d features, l blocks; units: L of the loss, Z of a feature. Eq. 13 has "
        "its indices put right, Theorem 1 is the two-sided form.</p><h2>Letters</h2>"
        f"{table(('symbol', 'meaning', 'in code', 'shape', 'unit'), letters)}<h2>Equations</h2>"
        f"{table(('in the paper', 'name', 'equation', 'in rgm_ref'), equations)}"
        "<h2>What is true</h2><p>From the ledger; where a claim fails, what holds instead.</p>"
        f"{table(('in the paper', 'claim', 'verdict', 'true'), truths)}",
        look="sheet",
    )


def _row(place: Place) -> tuple[str, ...]:
    names = "<br>".join(_code(name) for name in place.functions)
    equation = math(rf"\displaystyle {EQUATIONS[place.place]}")
    return place.place, escape(place.name), equation, names


def _truth(place: Place, name: str) -> tuple[str, ...]:
    claim = REGISTRY[name]
    stated = claim.corrected or claim.statement
    needs = f" <b>if</b> {wrapped(claim.condition)}" if claim.condition else ""
    return place.place, _code(name), recorded()[name]["verdict"], wrapped(stated) + needs


def wrapped(latex: str) -> str:
    """A long formula in pieces between which a line may end: words, and what stands between them.

    It is cut at words, at spaces and at arrows that no brace encloses.
    """
    pieces, start, depth = [], 0, 0
    for found in PIECE.finditer(latex):
        sign = found[0]
        depth += (sign in ("{", r"\left")) - (sign in ("}", r"\right"))
        if depth == 0 and sign not in ("}", r"\right"):
            said = {r"\Rightarrow": math(r"\Rightarrow")}.get(sign, escape(found[1] or ""))
            pieces += [_formula(latex[start : found.start()]), said]
            start = found.end()
    return " ".join(filter(None, [*pieces, _formula(latex[start:])]))


def _formula(latex: str) -> str:
    return math(latex.strip()) if latex.strip() else ""


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"
