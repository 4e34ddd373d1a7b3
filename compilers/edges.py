"""A weighted graph as arrays: what readers produce and what max-cut compiles."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import NDArray

MAX_EXACT = 2**53  # beyond it a float64, which couplings are, skips whole numbers


@dataclass(frozen=True, eq=False)
class EdgeList:
    """An undirected graph without loops or parallel edges; nodes counted from 0.

    Attributes
    ----------
    labels
        Names of the nodes, isolated ones included, shape (n,).
    rows, columns
        Ends of the edges, int64, shape (m,).
    weights
        int64 if every weight is a whole number, float64 otherwise, shape (m,).
    """

    labels: Sequence[Hashable]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    weights: NDArray[np.int64] | NDArray[np.float64]

    @property
    def n(self) -> int:
        """Number of nodes."""
        return len(self.labels)

    @classmethod
    def from_networkx(cls, graph: nx.Graph, weight: str = "weight") -> EdgeList:
        """Read an undirected graph; edges without the attribute `weight` count 1.

        Raises
        ------
        TypeError
            If the graph is directed or a multigraph, or a weight is not a number.
        ValueError
            If a weight is not finite or a whole number beyond 2**53, or a node is
            joined to itself.
        """
        if not isinstance(graph, nx.Graph):
            msg = f"graph must be a networkx.Graph, not {type(graph).__name__}"
            raise TypeError(msg)
        if graph.is_directed() or graph.is_multigraph():
            kind = type(graph).__name__
            msg = f"graph must be an undirected networkx.Graph, not {kind}"
            raise TypeError(msg)
        labels = tuple(graph.nodes)
        index = {label: k for k, label in enumerate(labels)}
        edges = list(graph.edges(data=weight, default=1))
        rows = np.fromiter((index[u] for u, _, _ in edges), np.int64, len(edges))
        columns = np.fromiter((index[v] for _, v, _ in edges), np.int64, len(edges))
        loops = np.flatnonzero(rows == columns)
        if loops.size:
            node = edges[loops[0]][0]
            msg = f"node {node!r} is joined to itself: no cut cuts a self loop"
            raise ValueError(msg)
        weights = [_check_weight(w, u, v) for u, v, w in edges]
        return cls(labels, rows, columns, as_weights(weights))

    def to_networkx(self, weight: str = "weight") -> nx.Graph:
        """Return the graph; Python numbers in the edge attribute `weight`."""
        graph = nx.Graph()
        labels = self.labels
        graph.add_nodes_from(labels)
        triples = zip(
            self.rows.tolist(),
            self.columns.tolist(),
            self.weights.tolist(),
            strict=True,
        )
        graph.add_weighted_edges_from(
            ((labels[i], labels[j], w) for i, j, w in triples), weight=weight
        )
        return graph

    def sha256(self) -> str:
        """Return a digest of n, the ends and the weights, in order; no labels."""
        digest = hashlib.sha256(f"{self.n} {self.weights.dtype.str}".encode())
        for array in (self.rows, self.columns, self.weights):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()


def as_weights(values: list[float]) -> NDArray[np.int64] | NDArray[np.float64]:
    """Return numbers as int64 if all of them are ints, else as float64."""
    if all(isinstance(value, int) for value in values):
        return np.array(values, dtype=np.int64)
    return np.array(values, dtype=np.float64)


def _check_weight(value: Any, u: Hashable, v: Hashable) -> float:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, int | float):
        msg = f"the weight of edge ({u!r}, {v!r}) must be a number, not {value!r}"
        raise TypeError(msg)
    if isinstance(value, int):
        if abs(value) > MAX_EXACT:
            msg = (
                f"the weight of edge ({u!r}, {v!r}) must be within ±2**53, not {value}"
            )
            raise ValueError(msg)
    elif not math.isfinite(value):
        msg = f"the weight of edge ({u!r}, {v!r}) must be finite, not {value}"
        raise ValueError(msg)
    return value
