"""One idea's ties as a list with arcs: downwards, from a claim to those that rest on it."""

import networkx as nx

from course.site.graph import around
from course.site.marks import edge, node, picture
from derivations import REGISTRY
from derivations.ledger import Result

ROW, TEXT = 24, 300


def svg(graph: nx.DiGraph, idea: str, results: dict[str, Result]) -> str:
    """The claims that have a tie, what they rest on always above; empty where none has one."""
    near = around(graph, idea)
    rank = {name: place for place, name in enumerate(REGISTRY)}
    order = list(nx.lexicographical_topological_sort(near, key=rank.get))
    if not order:
        return ""
    height = {name: ROW * (place + 0.5) for place, name in enumerate(order)}
    reach = max(_bulge(height[a], height[b]) for a, b in near.edges)
    x = 0.75 * reach + 12
    drawn = [_arc(a, b, x, height, results[a].verdict == "fails") for a, b in near.edges]
    drawn += [_row(name, idea, x, height[name], results[name].verdict) for name in order]
    told = (
        f"{len(order)} claims, one below the other, and {near.number_of_edges()} arcs, each from "
        "a claim down to one that rests on it."
    )
    size = (x + TEXT, ROW * len(order))
    return picture("arcs", f"What rests on what: {idea}", told, size, drawn)


def _bulge(top: float, bottom: float) -> float:
    return min(14 + 0.55 * (bottom - top), 190)


def _arc(basis: str, result: str, x: float, height: dict[str, float], corrected: bool) -> str:
    top, bottom = height[basis], height[result]
    far, near = x - _bulge(top, bottom), x - 8
    path = f"M{near:g} {top:g}C{far:g} {top:g} {far:g} {bottom:g} {near:g} {bottom:g}"
    return edge(basis, result, f"{path}m-5 -3l5 3l-5 3", corrected)


def _row(name: str, idea: str, x: float, y: float, verdict: str) -> str:
    other = REGISTRY[name].idea
    page = "" if other == idea else f"{other}.html"
    kind = "label" if other == idea else "label elsewhere"
    label = f'<text class="{kind}" x="{x + 14:g}" y="{y + 4:g}">{name}</text>'
    return node(name, verdict, x, y, label, page)
