"""The ledger as pages: `ledger/index` with the status and the graph, and a page per idea."""

from collections import Counter
from pathlib import Path

import networkx as nx

from course.site import arcs, findings, lanes, objects
from course.site.claims import MARKS, MEANINGS, badge
from course.site.graph import build
from course.site.prose import link, prose
from course.site.runs import results
from derivations import REGISTRY
from derivations.ledger import Result
from derivations.ledger.report import HEADINGS
from derivations.ledger.show import agreement, evidence_text

SCRIPT = '<script src="../_static/ledger.js" defer></script>'


def write(folder: Path, fast: bool = False) -> None:
    """`folder/ledger/*.md`, from running every claim; `fast` takes a tenth of the samples."""
    checked, graph = results(fast), build()
    target = folder / "ledger"
    target.mkdir(parents=True)
    ideas = list(dict.fromkeys(REGISTRY[name].idea for name in checked))
    (target / "index.md").write_text(status_page(ideas, checked, graph), encoding="utf-8")
    for idea in ideas:
        content = idea_page(idea, checked, graph)
        (target / f"{idea}.md").write_text(content, encoding="utf-8")


def status_page(ideas: list[str], checked: dict[str, Result], graph: nx.DiGraph) -> str:
    """Counts, the graph, what it shows, and the table of all claims."""
    blocks = [
        "# The ledger",
        f"The paper's claims, and ours about it: {len(checked)} sentences, each beside the proof, "
        "the counterexample or the experiment that decides it. Building this page ran them all; "
        "no verdict is written by hand.",
        _counts(checked),
        "Any of them can be checked on your own machine in a minute, with its derivation line by "
        "line:",
        "```sh\npython -m derivations show orth-exact\n```",
        "and all of them, in a minute or two, by `make verify`.",
        "## What rests on what",
        raw('<a class="ledger-skip" href="#all-claims">Skip the graph</a>'),
        "Each lane is an idea. A claim stands to the right of all that it rests on; at the left "
        "of its lane if it has no ties. Every mark leads to its claim; under the pointer, or "
        "reached by Tab, it shows all that it rests on and all that rests on it.",
        raw(f'<div class="ledger-scroll">\n{lanes.svg(graph, checked)}\n</div>'),
        _legend(),
        *findings.sentences(graph, checked),
        "## All claims",
        "Digits: on how many decimal digits the worst sample of a numeric check agrees with its "
        "oracle. Bounds: how often an inequality was tried, and kept.",
        _table(checked),
        raw(SCRIPT),
        "```{toctree}\n:hidden:\n\n" + "\n".join(ideas) + "\n```",
    ]
    return "\n\n".join(blocks) + "\n"


def idea_page(idea: str, checked: dict[str, Result], graph: nx.DiGraph) -> str:
    """The claims of one idea in the paper's order, after a picture of their ties."""
    here = [name for name in checked if REGISTRY[name].idea == idea]
    counts = Counter(checked[name].verdict for name in here)
    told = ", ".join(f"{badge(v)} {counts[v]}" for v in MARKS if counts[v])
    drawn = arcs.svg(graph, idea, checked)
    blocks = [f"# {HEADINGS[idea]}", f"Claims: {told}. All ideas: {{doc}}`index`."]
    if drawn:
        blocks += [raw(f'<div class="ledger-scroll">\n{drawn}\n</div>'), _legend(), raw(SCRIPT)]
    blocks += [
        objects.page_part(REGISTRY[name], checked[name], graph.successors(name)) for name in here
    ]
    return "\n\n".join(blocks) + "\n"


def raw(html: str) -> str:
    """HTML as it stands."""
    return f"```{{raw}} html\n{html}\n```"


def _counts(checked: dict[str, Result]) -> str:
    counts = Counter(result.verdict for result in checked.values())
    rows = [f"| {badge(v)} | {counts[v]} | {MEANINGS[v]} |" for v in MARKS]
    return "\n".join(["| verdict | claims | what it means |", "|---|---:|---|", *rows])


def _legend() -> str:
    marks = ", ".join(badge(verdict) for verdict in MARKS)
    return (
        f"Marks: {marks}. A line leads from a claim to one that rests on it. It is broken where "
        "the first is refuted: what is used there is its corrected form or its refutation."
    )


def _table(checked: dict[str, Result]) -> str:
    head = ["| claim | place | what is claimed | verdict | evidence | digits |", "|---" * 6 + "|"]
    rows = [_row(result) for result in checked.values()]
    return "\n".join([":::{table}", ":class: ledger-table", "", *head, *rows, ":::"])


def _row(result: Result) -> str:
    claim = REGISTRY[result.id]
    # The verdict already says whether it was refuted: the table keeps what was proved instead.
    known = evidence_text(result).removeprefix("refuted as stated; ").removeprefix("refuted; ")
    cells = (
        link(claim.id),
        claim.place,
        prose(claim.title),
        badge(result.verdict),
        known,
        agreement(result),
    )
    return f"| {' | '.join(cells)} |"
