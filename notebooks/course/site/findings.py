"""What the graph shows, computed: the load-bearing claims, and what rests on the refuted ones."""

from collections import Counter

import networkx as nx

from course.site.claims import MARKS, badge, is_ours
from course.site.graph import rests_on
from course.site.prose import link
from derivations import REGISTRY
from derivations.ledger import Result

MOST = 6  # so many load-bearing claims are named


def sentences(graph: nx.DiGraph, checked: dict[str, Result]) -> list[str]:
    """Paragraphs of Markdown."""
    tied = [name for name in graph if graph.degree(name)]
    longest = nx.dag_longest_path(graph)
    return [
        f"{graph.number_of_edges()} ties hold {len(tied)} of the {len(graph)} claims together; "
        f"the other {len(graph) - len(tied)} stand alone, at the left of their lanes. No claim "
        "rests on itself by way of others. The longest chain has "
        f"{len(longest)} claims, from {link(longest[0])} to {link(longest[-1])}.",
        f"The most rests on {_most(graph, checked)} (counted directly or by way of others).",
        _refuted(graph, checked),
        _of_the_paper(graph, checked),
    ]


def _most(graph: nx.DiGraph, checked: dict[str, Result]) -> str:
    ranked = sorted(graph, key=lambda name: -rests_on(graph, name))[:MOST]
    named = [
        f"{link(name)} ({rests_on(graph, name)}"
        + (", on its corrected form)" if checked[name].verdict == "fails" else ")")
        for name in ranked
    ]
    return ", ".join(named[:-1]) + f" and {named[-1]}"


def _refuted(graph: nx.DiGraph, checked: dict[str, Result]) -> str:
    """Whether what rests on a refuted claim has something right to rest on."""
    wrong = [name for name in graph if checked[name].verdict == "fails"]
    bases = [name for name in wrong if graph.out_degree(name)]
    bare = [name for name in bases if "correction proved" not in checked[name].evidence]
    text = f"{len(bases)} of the {len(wrong)} refuted claims have others that rest on them. "
    if not bare:
        return text + "The corrected form of each is proved: there is something right to rest on."
    proved = f"The corrected form is proved for all of them but {', '.join(map(link, bare))}"
    return text + proved + ", where what follows rests on the refutation itself."


def _of_the_paper(graph: nx.DiGraph, checked: dict[str, Result]) -> str:
    """The paper's sentences that rest on a refuted sentence of the paper, and how they fare."""
    wrong = {n for n in graph if checked[n].verdict == "fails" and not is_ours(REGISTRY[n])}
    resting = [n for n in graph if not is_ours(REGISTRY[n]) and wrong & nx.ancestors(graph, n)]
    counts = Counter(checked[name].verdict for name in resting)
    fare = ", ".join(f"{badge(verdict)} {counts[verdict]}" for verdict in MARKS if counts[verdict])
    return (
        f"{len(wrong)} sentences of the paper itself fail. {len(resting)} of its sentences rest on "
        "one of these, directly or by way of others; judged with what is right in its place, they "
        f"come out as {fare}."
    )
