"""Graphs as arrays, checked at the door of the problems that take them."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import networkx as nx
import numpy as np

from compilers.problems.data import (
    MAX_EXACT,
    Numbers,
    Weights,
    as_weights,
    check_number,
)


@dataclass(frozen=True, eq=False)
class GraphArrays:
    """A graph without loops or parallel edges; nodes counted from 0.

    Attributes
    ----------
    labels
        Names of the nodes, shape (n,).
    rows, columns
        Ends of the edges, shape (m,); from row to column where edges are directed.
    source
        What the graph is called, for the provenance.
    """

    labels: tuple[Hashable, ...]
    rows: Numbers
    columns: Numbers
    source: str

    @property
    def n(self) -> int:
        """Number of nodes."""
        return len(self.labels)

    @classmethod
    def from_networkx(cls, graph: nx.Graph, *, directed: bool = False) -> GraphArrays:
        """Read a graph; directed ones are refused unless `directed` is True.

        Raises
        ------
        TypeError
            If it is no networkx graph, a multigraph, or directed where it may not be.
        ValueError
            If it has no nodes, or a node is joined to itself.
        """
        if not isinstance(graph, nx.Graph):
            msg = f"graph must be a networkx.Graph, not {type(graph).__name__}"
            raise TypeError(msg)
        if graph.is_multigraph() or (graph.is_directed() and not directed):
            wanted = "a networkx.Graph or DiGraph" if directed else "an undirected"
            wanted += "" if directed else " networkx.Graph"
            msg = f"graph must be {wanted}, not {type(graph).__name__}"
            raise TypeError(msg)
        labels = tuple(graph.nodes)
        if not labels:
            msg = "graph must have at least 1 node, not 0"
            raise ValueError(msg)
        index = {label: k for k, label in enumerate(labels)}
        m = graph.number_of_edges()
        rows = np.fromiter((index[u] for u, _ in graph.edges), np.int64, m)
        columns = np.fromiter((index[v] for _, v in graph.edges), np.int64, m)
        loops = np.flatnonzero(rows == columns)
        if loops.size:
            msg = f"node {labels[rows[loops[0]]]!r} is joined to itself"
            raise ValueError(msg)
        source = f"networkx graph {graph.name!r}" if graph.name else "networkx graph"
        return cls(labels, rows, columns, source)

    def complement(self) -> GraphArrays:
        """Return the graph whose edges are the pairs of nodes without one here."""
        i, j = np.triu_indices(self.n, 1)
        mine = np.minimum(self.rows, self.columns) * self.n
        mine += np.maximum(self.rows, self.columns)
        absent = np.isin(i * self.n + j, mine, invert=True)
        return GraphArrays(
            self.labels,
            i[absent].astype(np.int64),
            j[absent].astype(np.int64),
            self.source,
        )


def node_weights(graph: nx.Graph, attribute: str) -> Weights:
    """Return a node attribute as an array; nodes without it count 1."""
    return as_weights(
        [
            check_number(f"the weight of node {node!r}", value)
            for node, value in graph.nodes(data=attribute, default=1)
        ]
    )


def edge_weights(graph: nx.Graph, attribute: str) -> Weights:
    """Return an edge attribute as an array; edges without it count 1."""
    return as_weights(
        [
            # What needs no check needs no name: a million of these take a second.
            value
            if type(value) is int and -MAX_EXACT <= value <= MAX_EXACT
            else check_number(f"the weight of edge ({u!r}, {v!r})", value)
            for u, v, value in graph.edges(data=attribute, default=1)
        ]
    )
