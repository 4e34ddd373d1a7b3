"""Graphs of Boltzmann machines: what they may be, and where their weights stand."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import networkx as nx
import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from pbit.checks import Floats, check_count


class Structure:
    """Where the weights stand in the symmetric matrix: found once, not at every step."""

    def __init__(self, edges: NDArray[np.int32], n: int) -> None:
        rows = np.concatenate([edges[:, 0], edges[:, 1]])
        columns = np.concatenate([edges[:, 1], edges[:, 0]])
        self._order = np.lexsort((columns, rows)) % max(1, len(edges))
        self._indices = np.sort(rows.astype(np.int64) * n + columns) % n
        self._indptr = np.searchsorted(np.sort(rows), np.arange(n + 1))
        self._n = n

    def matrix(self, weights: Floats) -> sp.csr_array:
        """Return J, shape (n, n)."""
        parts = (weights[self._order], self._indices, self._indptr)
        return sp.csr_array(parts, shape=(self._n, self._n))


def check_graph(graph: nx.Graph | int) -> nx.Graph:
    """Return an undirected graph without loops; a number stands for a complete one."""
    given: Any = graph
    if isinstance(given, int | np.integer) and not isinstance(given, bool):
        return nx.complete_graph(check_count("graph", given))
    if not isinstance(given, nx.Graph):
        msg = f"graph must be a networkx graph or a number of p-bits, not {graph!r}"
        raise TypeError(msg)
    if given.is_directed() or given.is_multigraph():
        msg = "graph must be undirected, with each pair once: weights are symmetric"
        raise ValueError(msg)
    if given.number_of_nodes() == 0:
        msg = "graph must have at least one p-bit"
        raise ValueError(msg)
    for node in given:
        if given.has_edge(node, node):
            msg = f"graph must have no loops: {node!r} has one"
            raise ValueError(msg)
    return given


def labels_of(graph: nx.Graph) -> Sequence[Hashable]:
    """Return the nodes in order; plain numbers as a range, whatever order they came in."""
    nodes = list(graph)
    whole = all(type(v) is int for v in nodes)
    if whole and sorted(nodes) == list(range(len(nodes))):
        return range(len(nodes))
    return tuple(nodes)


def edges_of(
    graph: nx.Graph, index: Mapping[Hashable, int]
) -> tuple[NDArray[np.int32], Floats]:
    """Return pairs of numbers i < j, ascending, and what the attribute "J" says of them."""
    found = sorted(
        (*sorted((index[a], index[b])), float(w))
        for a, b, w in graph.edges(data="J", default=0.0)
    )
    table = np.array([(i, j) for i, j, _ in found], np.int32).reshape(-1, 2)
    return table, np.array([w for _, _, w in found], np.float64)


def within(numbers: NDArray[Any], n: int) -> bool:
    """Say whether these are whole numbers from 0 to below n."""
    return numbers.dtype.kind in "iu" and not (
        numbers.size and (numbers.min() < 0 or numbers.max() >= n)
    )
