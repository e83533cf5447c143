"""`report/ledger.json` for machines and `report/index.html` for people, without an outside request.

Formulas are MathML, which browsers draw by themselves.
"""

import json
import re
from dataclasses import asdict
from html import escape
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from latex2mathml.converter import convert
from markupsafe import Markup

from derivations.ledger.claim import Claim
from derivations.ledger.judge import Result
from derivations.ledger.show import agreement, evidence_text
from derivations.ledger.twins import kill_matrix

HEADINGS = {
    "fusion": "Fusion (Eq. 1)",
    "energy": "Cumulative Gradient Energy (Eqs. 2–4, Theorem 1)",
    "plane": "Balance–nonConflict Plane (Eqs. 5–6)",
    "rebalance": "Energy-Aware Rebalancing (Eqs. 7–8)",
    "synergy": "Synergistic Enhanced Projection (Eqs. 9–11, Theorem 2)",
    "orth": "Conflict Orthogonalization Projection (Eqs. 12–13)",
    "synorth": "SynOrth Grad (Eqs. 14–15)",
    "tables": "The tables against the text",
    "reading": "The text against itself",
    "figure": "The figures, on toys",
}

# One letter, perhaps with a combining mark (g̃), an underscore, and a short index.
SUBSCRIPT = re.compile(r"(?<![^\W_])([^\W\d_][\u0300-\u036f]?)_([A-Za-z0-9]{1,4})(?![A-Za-z0-9_])")


def write(
    folder: Path, claims: dict[str, Claim], results: list[Result], speeds: list[dict]
) -> Path:
    """Write both files; returns the path of the page."""
    folder.mkdir(parents=True, exist_ok=True)
    content = json.dumps(as_json(claims, results, speeds), indent=1, ensure_ascii=False)
    (folder / "ledger.json").write_text(content + "\n", encoding="utf-8")
    page = folder / "index.html"
    page.write_text(as_html(claims, results, speeds), encoding="utf-8")
    return page


def as_json(claims: dict[str, Claim], results: list[Result], speeds: list[dict]) -> dict:
    """Everything that ran, as plain data."""
    fields = ("place", "title", "statement", "quote", "condition", "corrected", "depends", "remark")
    entries = [
        {name: getattr(claims[result.id], name) for name in fields} | asdict(result)
        for result in results
    ]
    return {"claims": entries, "kill_matrix": kill_matrix(results), "speed": speeds}


def as_html(claims: dict[str, Claim], results: list[Result], speeds: list[dict]) -> str:
    """One self-contained page."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters |= {
        "math": math,
        "prose": prose,
        "agreement": agreement,
        "evidence": evidence_text,
    }
    template = environment.from_string(
        files("derivations.ledger").joinpath("report.html.j2").read_text(encoding="utf-8")
    )
    rows = [(claims[result.id], result) for result in results]
    verdicts = [result.verdict for result in results]
    counts = {verdict: verdicts.count(verdict) for verdict in dict.fromkeys(verdicts)}
    return template.render(
        rows=rows, counts=counts, matrix=kill_matrix(results), speeds=speeds, headings=HEADINGS
    )


def math(latex: str) -> Markup:
    """LaTeX as display MathML, with its source as the accessible label."""
    # SymPy writes \operatorname{x} and \left(…\right); latex2mathml reads both.
    mathml = convert(latex, display="block")
    return Markup(mathml.replace("<math ", f'<math aria-label="{escape(latex, quote=True)}" ', 1))


def prose(text: str) -> Markup:
    """Escaped text in which O_i, g̃_j and w_min have real subscripts."""
    return Markup(SUBSCRIPT.sub(r"\1<sub>\2</sub>", escape(text)))
