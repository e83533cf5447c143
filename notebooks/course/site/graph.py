"""What rests on what: the claims as a directed graph, from what is used to what uses it."""

from collections.abc import Collection

import networkx as nx

from derivations import REGISTRY
from derivations.ledger import Claim


def build(claims: Collection[Claim] = tuple(REGISTRY.values())) -> nx.DiGraph:
    """One node per claim, one edge from each claim to the claims that rest on it.

    Raises: ValueError where a claim rests on itself, directly or by way of others.
    """
    graph = nx.DiGraph()
    graph.add_nodes_from(claim.id for claim in claims)
    graph.add_edges_from((basis, claim.id) for claim in claims for basis in claim.depends)
    if not nx.is_directed_acyclic_graph(graph):
        circle = " → ".join(edge[0] for edge in nx.find_cycle(graph))
        raise ValueError(f"depends: the claims {circle} rest on one another in a circle")
    return graph


def depths(graph: nx.DiGraph) -> dict[str, int]:
    """Length of the longest chain of claims below each one; claims without any tie left out."""
    tied = graph.subgraph(node for node in graph if graph.degree(node))
    return {
        node: depth
        for depth, layer in enumerate(nx.topological_generations(tied))
        for node in layer
    }


def around(graph: nx.DiGraph, idea: str) -> nx.DiGraph:
    """The ties that a claim of this idea has a part in, and the claims at both ends."""
    here = {node for node in graph if REGISTRY[node].idea == idea}
    return graph.edge_subgraph(tie for tie in graph.edges if here & set(tie))


def rests_on(graph: nx.DiGraph, node: str) -> int:
    """How many claims rest on this one, directly or by way of others."""
    return len(nx.descendants(graph, node))
