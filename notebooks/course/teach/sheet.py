"""The formula sheet: the letters with code name, shape and unit, and the equations in their order.

What a function computes is said by its docstring; what is true of it, by the ledger.
"""

import importlib
import inspect
from html import escape

from course.overview import PAPER, SYMBOLS, Place
from course.teach.page import inline, math, page, table
from derivations import REGISTRY
from derivations.ledger.record import recorded
from derivations.ledger.report import prose


def sheet() -> str:
    """The page, to be printed."""
    letters = (
        (inline(s.symbol), inline(s.meaning), _code(s.code), _code(s.size), s.unit) for s in SYMBOLS
    )
    heading = ("symbol", "meaning", "in code", "shape", "unit")
    equations = [_row(place) for place in PAPER if place.functions]
    truths = [_truth(place, name) for place in PAPER for name in place.claims]
    return page(
        "Formula sheet",
        f"<p>M modalities, d features, l blocks; units: L of the loss, Z of a feature.</p>"
        f"<h2>Letters</h2>{table(heading, letters)}"
        f"<h2>Equations</h2>"
        f"{table(('in the paper', 'symbol', 'name', 'computed by rgm_ref', 'as'), equations)}"
        f"<h2>What is true</h2><p>From the ledger; where a claim fails, what holds instead.</p>"
        f"{table(('in the paper', 'claim', 'verdict', 'true'), truths)}",
    )


def _row(place: Place) -> tuple[str, ...]:
    names = "<br>".join(_code(name) for name in place.functions)
    stated = "".join(f"<p>{prose(equation(name))}</p>" for name in place.functions)
    return place.place, inline(place.symbol), escape(place.name), names, stated


def _truth(place: Place, name: str) -> tuple[str, ...]:
    claim = REGISTRY[name]
    formula = math(claim.corrected or claim.statement)
    needs = f"<br>if {math(claim.condition)}" if claim.condition else ""
    return place.place, _code(name), recorded()[name]["verdict"], formula + needs


def equation(name: str) -> str:
    """What the docstring of `rgm_ref.<name>` says first, up to where it states an equation."""
    module, function = name.rsplit(".", 1)
    text = inspect.getdoc(getattr(importlib.import_module(f"rgm_ref.{module}"), function))
    summary, _, details = text.partition("\n\n")
    if "=" not in summary:
        summary += " " + details.split("Shapes:")[0]
    return " ".join(summary.split())


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"
