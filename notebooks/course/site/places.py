"""Where each claim stands in the overview: its lane is its idea, its column its depth."""

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import accumulate
from statistics import mean

import networkx as nx

from course.site.graph import depths
from derivations import REGISTRY

LEFT, STEP, ROW, GAP = 176, 66, 17, 18
LOOSE = 1.7  # a column may be stretched so far
WIDE, ALONE = 4, 15  # claims without ties: so many in a row, so many pixels apart
NAMED, NAME = 4, 11  # if as many rest directly on a claim, its name is above it, so high


@dataclass
class Lane:
    """One idea: its columns of claims (column −1: those without ties) from `top` to `bottom`."""

    columns: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    top: float = 0.0
    bottom: float = 0.0

    @property
    def middle(self) -> float:
        """Height of the line about which the columns are centred."""
        return (self.top + self.bottom) / 2


def lanes(graph: nx.DiGraph) -> dict[str, Lane]:
    """The lanes one below the other, in the order of the ledger."""
    depth, found = depths(graph), defaultdict(Lane)
    for name in graph:
        found[REGISTRY[name].idea].columns[depth.get(name, -1)].append(name)
    end = 0.0
    for lane in found.values():
        rows = (_heights(graph, names, column) for column, names in lane.columns.items())
        lane.top, lane.bottom = end, end + max(2 * ROW, *map(sum, rows), 0) + GAP
        end = lane.bottom
    return dict(found)


def places(graph: nx.DiGraph, found: dict[str, Lane]) -> dict[str, tuple[float, float]]:
    """x and y of each claim; a column is sorted by where the neighbours of its claims stand."""
    known: dict[str, tuple[float, float]] = {}
    for _ in range(12):  # it settles within a few rounds
        for lane in found.values():
            for column, names in lane.columns.items():
                if column >= 0:
                    names.sort(key=lambda name: _pull(graph, known, name))
                known |= _column(graph, names, column, lane)
    return known


def is_named(graph: nx.DiGraph, name: str) -> bool:
    """Whether so much rests on the claim that its name is written out."""
    return graph.out_degree(name) >= NAMED


def _heights(graph: nx.DiGraph, names: list[str], column: int) -> list[float]:
    if column < 0:
        return [ROW] * -(-len(names) // WIDE)
    return [ROW + NAME * is_named(graph, name) for name in names]


def _column(graph: nx.DiGraph, names: list[str], column: int, lane: Lane) -> dict:
    """A column fills its lane as far as `LOOSE` allows, about the middle."""
    heights = _heights(graph, names, column)
    if column < 0:
        left, top = LEFT - ALONE * WIDE, lane.middle - sum(heights) / 2 + ROW / 2
        return {
            name: (left + ALONE * (place % WIDE), top + ROW * (place // WIDE))
            for place, name in enumerate(names)
        }
    spread = min(LOOSE, (lane.bottom - lane.top - GAP) / sum(heights))
    top, x = lane.middle - spread * sum(heights) / 2, LEFT + STEP * (column + 0.5)
    ends = (top + spread * end for end in accumulate(heights))
    return {name: (x, end - spread * ROW / 2) for name, end in zip(names, ends, strict=True)}


def _pull(graph: nx.DiGraph, known: dict, name: str) -> float:
    """Mean height of the neighbours that have a place, or its own."""
    near = [known[other][1] for other in nx.all_neighbors(graph, name) if other in known]
    return mean(near) if near else known.get(name, (0, 0))[1]
