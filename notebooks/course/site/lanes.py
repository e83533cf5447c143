"""The whole ledger in one picture: a lane per idea; what a claim rests on stands to its left."""

import networkx as nx

from course.site.graph import depths
from course.site.marks import edge, node, picture
from course.site.places import LEFT, STEP, Lane, is_named, lanes, places
from derivations import REGISTRY
from derivations.ledger import Result

TITLES = {"orth": "orthogonal", "figure": "figures", "reading": "the text"}


def svg(graph: nx.DiGraph, results: dict[str, Result]) -> str:
    """The overview as SVG; every mark leads to its claim."""
    found = lanes(graph)
    place = places(graph, found)
    width = LEFT + STEP * (max(depths(graph).values()) + 1)
    height = max(lane.bottom for lane in found.values())
    drawn = [_lane(idea, lane, width) for idea, lane in found.items()]
    drawn += [_edge(basis, name, place, results) for basis, name in graph.edges]
    drawn += [_node(graph, name, results[name].verdict, *place[name]) for name in results]
    told = (
        f"{len(graph)} claims in {len(found)} lanes, one per idea, and {graph.number_of_edges()} "
        "lines from a claim to those that rest on it, which stand further right. "
        "The same ties are written at each claim, as rests on and needed by."
    )
    return picture("overview", "What rests on what", told, (width, height), drawn)


def _lane(idea: str, lane: Lane, width: float) -> str:
    top, height, middle = lane.top + 1, lane.bottom - lane.top - 2, lane.middle
    count = sum(map(len, lane.columns.values()))
    return (
        f'<rect class="lane" x="0" y="{top:g}" width="{width}" height="{height:g}" rx="4"/>'
        f'<a href="{idea}.html"><text class="idea" x="10" y="{middle:g}">'
        f"{TITLES.get(idea, idea)}</text></a>"
        f'<text class="count" x="10" y="{middle + 14:g}">{count}</text>'
    )


def _edge(basis: str, name: str, place: dict, results: dict[str, Result]) -> str:
    (x, y), (to_x, to_y) = place[basis], place[name]
    start, end, middle = x + 7, to_x - 7, (x + to_x) / 2
    path = f"M{start:g} {y:.1f}C{middle:g} {y:.1f} {middle:g} {to_y:.1f} {end:g} {to_y:.1f}"
    return edge(basis, name, path, results[basis].verdict == "fails")


def _node(graph: nx.DiGraph, name: str, verdict: str, x: float, y: float) -> str:
    label = ""
    if is_named(graph, name):
        label = f'<text class="name" x="{x:g}" y="{y - 9:.1f}">{name.split("-", 1)[1]}</text>'
    return node(name, verdict, x, round(y, 1), label, f"{REGISTRY[name].idea}.html")
